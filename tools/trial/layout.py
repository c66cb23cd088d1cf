"""Where things are inside a state directory, and the options it was made with. Nothing is outside it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path

from tools.trial import settings

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Options:
    """What ``tools/up`` was asked for; kept in the state directory, so that a second run need not say it again."""

    computes: int = 1
    hypervisor: str = "libvirt"
    hosts: int = 20
    schedulers: int = 1
    api_workers: int = 1
    apis: int = 1  # API services behind one listening socket
    agents: int = 1  # processes of each kind that share the fake hosts
    hook: str = ""  # a module of faults that every daemon is started with
    guest: bool = True
    simulate: bool = False
    console: bool = False  # a console proxy; real hosts always have one
    set: dict[str, str] = field(default_factory=dict)

    @property
    def fake(self) -> bool:
        """True when no host is real."""
        return self.simulate or self.hypervisor == "fake"

    @property
    def with_console(self) -> bool:
        """True when there is a console proxy."""
        return self.console or self.simulate or not self.fake

    @property
    def host_names(self) -> list[str]:
        """The real hosts: ``c1`` and so on."""
        return [] if self.fake else [f"c{number}" for number in range(1, self.computes + 1)]


class Layout:
    """Paths of one trial cloud."""

    def __init__(self, state: Path) -> None:
        self.state = Path(state).absolute()
        self.etc = self.state / "etc"
        self.run = self.state / "run"
        self.logs = self.state / "logs"
        self.secrets = self.state / "secrets"
        self.world = self.state / "world"
        self.processes = self.state / "processes.json"
        self.supervisor = self.run / "supervisor.pid"
        self.ssh_key = self.secrets / "id_ed25519"
        self._options = self.state / "trial.json"

    def config(self, daemon: str) -> Path:
        """The configuration file of one process."""
        return self.etc / f"{daemon}.conf"

    def host(self, name: str) -> Path:
        """The home of one real host."""
        return self.state / "hosts" / name

    def log(self, name: str) -> Path:
        """Standard output and error of one process."""
        return self.logs / f"{name}.log"

    def last_words(self, name: str, lines: int = 5) -> str:
        """The end of that log."""
        log = self.log(name)
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else "(no log)"

    def pidfile(self, name: str) -> Path:
        """``<pid> <start time>`` of one supervised process."""
        return self.run / f"{name}.pid"

    def make(self) -> None:
        """The directories; secrets are closed to others."""
        for path in (self.state, self.etc, self.run, self.logs):
            path.mkdir(parents=True, exist_ok=True)
        self.secrets.mkdir(exist_ok=True)
        self.secrets.chmod(0o700)
        (self.state / ".gitignore").write_text("*\n")

    def options(self) -> Options | None:
        """The options of the last ``tools/up``; None when there was none."""
        kept = settings.load(self._options)
        return Options(**kept) if kept else None

    def keep(self, options: Options) -> None:
        """Remember the options."""
        settings.save(self._options, dataclasses.asdict(options))
