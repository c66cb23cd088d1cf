"""A trial cloud of fakes for load and faults: started by tools/up, looked at from outside, ended by tools/down."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType

import sqlalchemy as sa

from tools.load.api import Api
from tools.trial.postgres import Postgres
from tools.trial.processes import Failed, Pidfile, descendants, run
from tools.trial.rabbit import Rabbit

ROOT = Path(__file__).resolve().parent.parent.parent
UNLIMITED = {"instances": -1, "cores": -1, "ram": -1}
DAEMON = re.compile(r"(api|scheduler|compute|network|volume)\b")


class Trial:
    """`with Trial(hosts=20) as cloud:`; `keep` leaves an existing cloud at `state` running."""

    def __init__(
        self,
        hosts: int = 20,
        api_workers: int = 2,
        schedulers: int = 1,
        state: Path | None = None,
        options: dict[str, str] | None = None,
        apis: int = 1,
        agents: int = 1,
        hook: str = "",
        mounts: dict[str, str] | None = None,
    ) -> None:
        """`mounts`: file systems of their own below the state, {directory: size}."""
        self._mounts = mounts or {}
        self.keep = state is not None
        self.state = state or Path(tempfile.mkdtemp(prefix="nova-like-load-"))
        self._options = ["--hypervisor", "fake", "--hosts", str(hosts), "--api-workers", str(api_workers),
                         "--schedulers", str(schedulers), "--apis", str(apis), "--agents", str(agents),
                         "--hook", hook, "--no-guest", "--state", str(self.state)]  # fmt: skip
        for name, value in (options or {}).items():
            self._options += ["--set", f"{name}={value}"]

    def __enter__(self) -> "Trial":
        try:
            self._begin()
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return self

    def _begin(self) -> None:
        for name, size in self._mounts.items():
            (self.state / name).mkdir()
            run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "tmpfs", str(self.state / name)])
        done = subprocess.run([sys.executable, str(ROOT / "tools/up"), *self._options], capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"tools/up failed:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
        self.rabbit, self.postgres = Rabbit(self.state / "rabbit"), Postgres(self.state / "postgres")
        self.api, self.admin = self._client("nova-like"), self._client("nova-like-admin")
        self.api.authenticate()
        self.admin.authenticate()
        self.admin.request("PUT", f"/compute/v2.1/os-quota-sets/{self.api.project_id}", {"quota_set": UNLIMITED})
        smallest = min(self.api.get("/compute/v2.1/flavors/detail")["flavors"], key=lambda flavor: flavor["ram"])
        self.flavor, self.flavor_name = smallest["id"], smallest["name"]
        self.image = self.api.get("/image/v2/images?status=active")["images"][0]["id"]

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.keep:
            return
        down = [sys.executable, str(ROOT / "tools/down"), "--state", str(self.state)]
        done = subprocess.run(down, check=False, capture_output=True, text=True)
        for name in self._mounts:
            with contextlib.suppress(Failed, OSError, shutil.Error):
                if error is not None:  # a look at the broken cloud needs its files
                    shutil.copytree(self.state / name, self.state / f"{name}.kept", symlinks=True)
                run(["umount", "-l", str(self.state / name)])
        if error is None and done.returncode == 0:
            shutil.rmtree(self.state, ignore_errors=True)
        else:
            print(f"{done.stderr}the state of this run is kept at {self.state}", file=sys.stderr)

    def _client(self, cloud: str) -> Api:
        """The client of one cloud of clouds.yaml; read as text, its form is tools/up's own."""
        import yaml

        auth = yaml.safe_load((self.state / "clouds.yaml").read_text())["clouds"][cloud]["auth"]
        return Api(auth["auth_url"], auth["username"], auth["password"], auth["project_name"])

    def engine(self) -> sa.Engine:
        return sa.create_engine(self.postgres.url(), pool_pre_ping=True)

    @property
    def world(self) -> Path:
        """Where the fakes keep their logs."""
        return Path(json.loads((self.state / "processes.json").read_text()).get("world", self.state / "world"))

    def daemons(self) -> dict[str, list[int]]:
        """{daemon kind: pids of its processes, workers included}."""
        found: dict[str, list[int]] = {}
        for path in sorted((self.state / "run").glob("*.pid")):
            kind = DAEMON.match(path.stem)
            pid = int(path.read_text().split()[0])
            if kind and Path(f"/proc/{pid}").exists():
                found.setdefault(kind.group(1), []).extend([pid, *descendants(pid)])
        return found

    def daemon_names(self) -> list[str]:
        """The names of all supervised daemons."""
        return sorted(path.stem for path in (self.state / "run").glob("*.pid") if DAEMON.match(path.stem))

    def pid(self, name: str) -> int:
        """The process of one daemon; Failed when it does not run."""
        pid = Pidfile(self.state / "run" / f"{name}.pid").pid()
        if pid is None:
            raise Failed(f"{name} does not run")
        return pid

    def ready(self, name: str) -> int | None:
        """The process of one daemon if it runs and has said that it is ready."""
        pid = Pidfile(self.state / "run" / f"{name}.pid").pid()
        try:
            return pid if int((self.state / "run" / f"{name}.ready").read_text()) == pid else None
        except (OSError, ValueError):
            return None

    def queue_owners(self) -> set[str]:
        """Names of the queues that this cloud's daemons serve."""
        entries = json.loads((self.state / "processes.json").read_text())["processes"]
        agents = [entry["name"] for entry in entries if entry["name"].startswith(("compute", "network"))]
        named = {re.sub(r"^(compute|network)", r"\1.fakes", name) for name in agents}
        return {"flows", "reports", "volume.v1", *named}

    def others(self) -> dict[str, list[int]]:
        """Pids of the broker and the database."""
        pids = {"rabbitmq": self.rabbit.pid, "postgresql": self.postgres.pid}
        return {name: [pid, *descendants(pid)] for name, pid in pids.items() if pid}


def cpu_seconds(pids: list[int]) -> float:
    """Processor time that these processes have used, ended children included."""
    ticks = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except FileNotFoundError:
            continue
        ticks += sum(int(fields[index]) for index in (11, 12, 13, 14))
    return ticks / os.sysconf("SC_CLK_TCK")


def pss_mib(pids: list[int]) -> float:
    """Memory of these processes, shared pages divided among those who share them."""
    total = 0
    for pid in pids:
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    return total / 1024
