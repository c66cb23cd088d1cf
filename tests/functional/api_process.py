"""nova-like-api as a process of its own, on an SQLite file, behind a socket that the test hands over. Test code."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}

# as systemd does it: the socket is descriptor 3, and the variables name the process that it is for
LAUNCH = """
import os, sys
os.dup2(int(sys.argv[1]), 3, inheritable=True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.executable, [sys.executable, "-m", "nova_like.cmd.api", *sys.argv[2:]])
"""


class ApiProcess:
    """`url`, `process`; READY, WATCHDOG and STOPPING arrive in `said`."""

    def __init__(self, state: Path, backend: str, workers: int = 1, **options: Any) -> None:
        self.state, self.said = state, b""
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.config = self._configure(backend, workers, options)
        self._ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._ear.bind(str(state / "notify"))
        self._ear.settimeout(0.2)
        self.manage("db", "sync")
        (state / "password").write_text("secret-of-admin\n")
        self.manage("bootstrap", "--admin-password-file", str(state / "password"), "--public-url", self.url)
        self.process = self._start()

    def _configure(self, backend: str, workers: int, options: dict[str, Any]) -> Path:
        path = self.state / "nova-like.conf"
        rounds = options.get("password_rounds", 4)
        path.write_text(
            f"[DEFAULT]\nconcurrency_backend = {backend}\nstate_path = {self.state}\nlog_file = {self.state}/api.log\n"
            f"[api]\nworkers = {workers}\npublic_url = {self.url}\n{options.get('more_api', '')}"
            f"[database]\nurl = sqlite:///{self.state}/db.sqlite\n"
            f"[identity]\nkey_repository = {self.state}/keys\npassword_rounds = {rounds}\n{options.get('more', '')}"
        )
        return path

    def manage(self, *words: str) -> str:
        """Run nova-like-manage; what it printed."""
        command = [sys.executable, "-m", "nova_like.cmd.manage", "--config-file", str(self.config), *words]
        done = subprocess.run(
            command, cwd=self.state, env=ENVIRONMENT, capture_output=True, text=True, timeout=PATIENCE
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _start(self) -> subprocess.Popen:
        number = self.listener.fileno()
        command = [sys.executable, "-c", LAUNCH, str(number), "--config-file", str(self.config)]
        environment = {**ENVIRONMENT, "NOTIFY_SOCKET": str(self.state / "notify")}
        with (self.state / "api.out").open("wb") as out:
            return subprocess.Popen(
                command, cwd=self.state, env=environment, pass_fds=(number,), stdout=out, stderr=subprocess.STDOUT
            )

    def wait_for(self, word: bytes) -> None:
        """Until the process has said `word` on the notify socket."""
        deadline = time.monotonic() + PATIENCE
        while word not in self.said:
            assert self.process.poll() is None, self.output()
            assert time.monotonic() < deadline, f"{word!r} was not said: {self.output()}"
            try:
                self.said += self._ear.recv(4096) + b"\n"
            except TimeoutError:
                continue

    def workers(self) -> list[int]:
        """Pids of the worker processes."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(word) for word in path.read_text().split()]

    def cpu_seconds(self) -> float:
        """What the workers have used so far."""
        fields = [Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split() for pid in self.workers()]
        return sum(int(found[11]) + int(found[12]) for found in fields) / os.sysconf("SC_CLK_TCK")

    def output(self) -> str:
        log = self.state / "api.log"
        return (self.state / "api.out").read_text() + (log.read_text() if log.exists() else "")

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self._ear.close()
        self.listener.close()


@contextmanager
def running(state: Path, backend: str, workers: int = 1, **options: Any) -> Iterator[ApiProcess]:
    """A process that has said that it serves; ended afterwards."""
    api = ApiProcess(state, backend, workers, **options)
    try:
        api.wait_for(b"READY=1")
        yield api
    finally:
        api.end()
