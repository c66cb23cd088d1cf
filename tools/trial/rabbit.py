"""One private RabbitMQ node on 127.0.0.1, with its own epmd. All of its data is in one directory, which may be wiped:
ports, cookie and users are kept in a small file beside it, so that it comes back at the same address, users and all.
It never uses the management plugin, nor a broker that the machine already runs."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tools.trial import ports, settings
from tools.trial.processes import Failed, Pidfile, birth, descendants, end, run, signal_all, spawn, until

VHOST = "nova_like"
_BIN = Path("/usr/lib/rabbitmq/bin")  # the wrappers in /usr/sbin change user and lose the environment
# one scheduler and no busy waiting: the broker must not eat the cores that are being measured
_QUIET = "+S 1:1 +sbwt none +sbwtdcpu none +sbwtdio none"
_ERLANG = f"-kernel inet_dist_use_interface {{127,0,0,1}} {_QUIET}"
CTL_ERLANG = _QUIET  # on a busy machine rabbitmqctl takes five times as long without
_CONF = """\
listeners.tcp.1 = 127.0.0.1:{node}
loopback_users = none
disk_free_limit.absolute = 50MB
vm_memory_high_watermark.absolute = 512MB
log.console = false
log.file.level = info
collect_statistics_interval = 30000
load_definitions = {definitions}
"""


class Rabbit:
    """A broker whose data is in ``directory`` and whose identity is in ``directory``.json."""

    def __init__(self, directory: Path) -> None:
        self.dir = Path(directory).absolute()
        self._kept_in = self.dir.with_name(self.dir.name + ".json")
        self._node = Pidfile(self.dir.with_name(self.dir.name + ".pid"))
        self._epmd = Pidfile(self.dir.with_name(self.dir.name + ".epmd.pid"))
        self._kept = settings.load(self._kept_in)

    @property
    def port(self) -> int:
        """The AMQP port, the same for the life of the trial cloud."""
        return int(self._identity()["node"])

    @property
    def pid(self) -> int | None:
        """The broker's process, None when it does not run."""
        return self._node.pid()

    def add_user(
        self,
        name: str,
        password: str,
        configure: str = ".*",
        write: str = ".*",
        read: str = ".*",
        topics: Sequence[tuple[str, str, str]] = (),
    ) -> None:
        """Make or change a user of the vhost; takes a second on a running broker.

        The three are regular expressions on names; ``topics`` are (exchange, write, read) on routing keys.
        """
        kept = self._identity()
        user: dict[str, Any] = {"password": password, "configure": configure, "write": write, "read": read}
        user["topics"] = [list(topic) for topic in topics]
        if kept["users"].get(name) == user:
            return
        kept["users"][name] = user
        settings.save(self._kept_in, kept)
        if self.running():
            self._write_definitions()
            self.ctl("import_definitions", str(self._definitions))

    def url(self, user: str) -> str:
        """The transport URL for that user."""
        password = self._identity()["users"][user]["password"]
        return f"rabbit://{user}:{quote(password, safe='')}@127.0.0.1:{self.port}/{VHOST}"

    def start(self) -> bool:
        """Start the broker without waiting for it; False when it runs already."""
        if self.pid:
            return False
        kept = self._identity()
        self._files()
        env = self._environment()
        if not self._epmd.pid():
            epmd = ["epmd", "-port", str(kept["epmd"]), "-address", "127.0.0.1"]
            self._epmd.write(spawn(epmd, self.dir / "log" / "epmd.log", env=env, cwd=self.dir))
            until(lambda: ports.listening(kept["epmd"]), 20, "epmd does not listen")
        self._node.write(spawn([str(_BIN / "rabbitmq-server")], self.dir / "log" / "out.log", env=env, cwd=self.dir))
        return True

    def running(self) -> bool:
        """True when it accepts connections."""
        return self.pid is not None and ports.listening(self.port)

    def wait(self, limit_s: float = 120) -> None:
        """Wait until clients can work: the listener opens after users and queues are loaded."""

        def answers() -> bool:
            if self.pid is None:
                raise Failed(f"RabbitMQ ended while starting: see {self.dir / 'log'}")
            return ports.listening(self.port)

        until(answers, limit_s, "RabbitMQ does not answer", every_s=0.1)

    def stop(self) -> None:
        """End broker and epmd in good order."""
        family = self._family()
        end([pid for pid in [self.pid] if pid], patience_s=30)
        end([*family, *[pid for pid in [self._epmd.pid()] if pid]], patience_s=3)
        self._node.forget()
        self._epmd.forget()

    def kill(self) -> None:
        """kill -9 of the broker and its port programs; epmd and the data stay."""
        family = self._family()
        signal_all([pid for pid in [self.pid, *family] if pid], 9)
        until(lambda: not any(birth(pid) for pid in family) and not self.pid, 20, "RabbitMQ does not die")

    def wipe(self) -> None:
        """Remove all data of a broker that is down; the next start has the same port and users, and nothing else."""
        if self.pid:
            raise Failed("RabbitMQ is running: stop or kill it before its data is wiped")
        shutil.rmtree(self.dir, ignore_errors=True)

    def published(self) -> int:
        """Messages that clients have published since the broker's start (0 again after a restart)."""
        text = self.ctl("eval", "rabbit_global_counters:overview().")
        return sum(int(number) for number in re.findall(r"messages_received_total\s*=>\s*(\d+)", text))

    def queues(self) -> list[dict[str, Any]]:
        """Name, type, messages and consumers of each queue of the vhost."""
        columns = ["name", "type", "messages", "messages_ready", "consumers", "durable"]
        return list(json.loads(self.ctl("-p", VHOST, "list_queues", *columns, "--formatter", "json") or "[]"))

    def ctl(self, *arguments: str) -> str:
        """rabbitmqctl on this node; half a second of processor time a call."""
        return run([str(_BIN / "rabbitmqctl"), "-q", *arguments], env=self._environment(), limit_s=120)

    # --- what it is made of

    @property
    def _definitions(self) -> Path:
        return self.dir / "definitions.json"

    def _identity(self) -> dict[str, Any]:
        if not self._kept:
            node, dist, epmd = ports.free(3)
            self._kept = {"node": node, "dist": dist, "epmd": epmd, "cookie": secrets.token_hex(16), "users": {}}
            settings.save(self._kept_in, self._kept)
        return self._kept

    def _family(self) -> list[int]:
        return descendants(self.pid) if self.pid else []

    def _environment(self) -> dict[str, str]:
        kept = self._identity()
        quiet = {name: value for name, value in os.environ.items() if not name.startswith(("RABBITMQ_", "ERL_"))}
        return quiet | {
            "HOME": str(self.dir),
            "ERL_EPMD_PORT": str(kept["epmd"]),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_CRASH_DUMP": str(self.dir / "log" / "erl_crash.dump"),
            "RUNNING_UNDER_SYSTEMD": "1",  # the start script execs the emulator: our pid is the broker
            "RABBITMQ_NODENAME": "trial@localhost",  # localhost avoids every question of the machine's own name
            "RABBITMQ_NODE_PORT": str(kept["node"]),
            "RABBITMQ_DIST_PORT": str(kept["dist"]),
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_HOME_DIR": str(self.dir),
            "RABBITMQ_MNESIA_BASE": str(self.dir / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.dir / "log"),
            "RABBITMQ_PID_FILE": str(self.dir / "node.pid"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.dir / "enabled_plugins"),
            "RABBITMQ_CONFIG_FILE": str(self.dir / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": str(self.dir / "rabbitmq-env.conf"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": _ERLANG,
            "RABBITMQ_CTL_ERL_ARGS": CTL_ERLANG,
        }

    def _files(self) -> None:
        for name in ("log", "mnesia"):
            (self.dir / name).mkdir(parents=True, exist_ok=True)
        cookie = self.dir / ".erlang.cookie"
        with contextlib.suppress(FileNotFoundError):
            cookie.unlink()
        settings.write_secret(cookie, self._kept["cookie"])
        cookie.chmod(0o400)
        conf = _CONF.format(node=self._kept["node"], definitions=self._definitions)
        (self.dir / "rabbitmq.conf").write_text(conf)
        (self.dir / "rabbitmq-env.conf").write_text("")  # must exist, or the machine's own is read
        (self.dir / "enabled_plugins").write_text("[].\n")
        self._write_definitions()

    def _write_definitions(self) -> None:
        users = self._kept["users"]
        grants = [
            {"vhost": VHOST, "user": name, **{verb: user[verb] for verb in ("configure", "write", "read")}}
            for name, user in users.items()
        ]
        listed = [{"name": name, "password_hash": _hash(user["password"]), "tags": ""} for name, user in users.items()]
        topics = [
            {"vhost": VHOST, "user": name, "exchange": exchange, "write": write, "read": read}
            for name, user in users.items()
            for exchange, write, read in user.get("topics", [])
        ]
        content = {"vhosts": [{"name": VHOST}], "users": listed, "permissions": grants, "topic_permissions": topics}
        settings.write_secret(self._definitions, json.dumps(content))


def _hash(password: str) -> str:
    # RabbitMQ's rabbit_password_hashing_sha256: four bytes of salt, then the digest of salt and password
    salt = secrets.token_bytes(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()
