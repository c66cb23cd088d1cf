"""A RabbitMQ of its own for a test: own ports, own epmd, all state in one directory, gone at the end."""

import os
import signal
from pathlib import Path
from typing import Any

from tools.trial import ports, processes, rabbit

ROOT = Path(__file__).parents[2]
HOME = Path("/usr/lib/rabbitmq/bin")  # the wrappers in /usr/sbin change user and lose the environment
CONFIG = """
listeners.tcp.1 = 127.0.0.1:{port}
loopback_users = none
disk_free_limit.absolute = 50MB
vm_memory_high_watermark.absolute = 512MB
log.console = false
"""


TLS = """
{listeners}
ssl_options.certfile = {certificate}
ssl_options.keyfile = {key}
ssl_options.verify = verify_none
"""


class Broker:
    """With a `pair` of certificate and key it listens for TLS too, on these addresses."""

    def __init__(self, directory: Path, pair: Any = None, on: tuple[str, ...] = ("127.0.0.1", "127.0.0.2")) -> None:
        self._dir = directory
        self.port, self._epmd, self._dist, self.tls_port = ports.free(4)
        self._pid = 0
        for name in ("mnesia", "log"):
            (directory / name).mkdir(parents=True, exist_ok=True)
        listeners = "\n".join(f"listeners.ssl.{n} = {one}:{self.tls_port}" for n, one in enumerate(on, 1))
        tls = TLS.format(listeners=listeners, certificate=pair.certificate, key=pair.key) if pair else ""
        (directory / "rabbitmq.conf").write_text(CONFIG.format(port=self.port) + tls)
        (directory / "env.conf").write_text("")
        (directory / "plugins").write_text("[].")
        cookie = directory / ".erlang.cookie"
        cookie.write_text("test")
        cookie.chmod(0o400)

    def environment(self) -> dict[str, str]:
        d = self._dir
        return {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": str(d),
            "ERL_EPMD_PORT": str(self._epmd),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"test{self.port}@localhost",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._dist),
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_MNESIA_BASE": str(d / "mnesia"),
            "RABBITMQ_LOG_BASE": str(d / "log"),
            "RABBITMQ_PID_FILE": str(d / "pid"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(d / "plugins"),
            "RABBITMQ_CONFIG_FILE": str(d / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": str(d / "env.conf"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +S 1:1",
            "RABBITMQ_CTL_ERL_ARGS": rabbit.CTL_ERLANG,
        }

    def ctl(self, *arguments: str) -> str:
        return processes.run([str(HOME / "rabbitmqctl"), "-q", *arguments], self.environment())

    def start(self) -> None:
        self._pid = processes.spawn([str(HOME / "rabbitmq-server")], self._dir / "log" / "out", self.environment())
        processes.until(lambda: ports.listening(self.port), 90, "RabbitMQ does not start", 0.2)
        self.ctl("await_startup")

    def kill(self) -> None:
        """kill -9 of the whole node."""
        pids = [self._pid, *processes.descendants(self._pid)]
        processes.signal_all(pids, signal.SIGKILL)
        processes.until(lambda: not ports.listening(self.port), 30, "RabbitMQ does not die")

    def remove(self) -> None:
        if self._pid:
            processes.end([self._pid, *processes.descendants(self._pid)])
        for pid in processes.every_pid():  # epmd leaves its parents; only ours has our port in its environment
            try:
                if f"ERL_EPMD_PORT={self._epmd}".encode() in Path(f"/proc/{pid}/environ").read_bytes():
                    processes.end([pid])
            except OSError:
                continue

    def url(self, user: str = "guest", password: str = "guest", vhost: str = "") -> str:
        return f"rabbit://{user}:{password}@127.0.0.1:{self.port}/{vhost}"

    def tls_url(self, name: str = "127.0.0.1") -> str:
        return f"rabbit://guest:guest@{name}:{self.tls_port}/"
