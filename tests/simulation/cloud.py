"""A cloud of nine daemons in one thread: who runs now, who comes back when, and what it takes to bring all to rest."""

import contextlib
import shutil
from collections import Counter
from functools import partial
from types import TracebackType
from typing import Any

import sqlalchemy as sa

from nova_like import concurrency
from tests.simulation import daemons, uploads, world
from tests.simulation.bus import Bus
from tests.simulation.client import Client
from tests.simulation.database import Ills, shared_engine
from tests.simulation.loop import Loop, Process
from tests.simulation.template import template

FOREVER = float("inf")
TOLD_SECONDS = 150.0  # until all is known of a machine that is back, whatever is lost meanwhile
DELAYS_MS = (0.0, 200.0, 2000.0)
LIVE = "SELECT count(*) FROM flows WHERE state IN ('running', 'unwinding', 'parked')"


class Simulated:
    """A context: while it lasts, time and threads are the loop's. `engine` is for those who look from outside."""

    def __init__(self, seed: int) -> None:
        self.template = template()
        self.state = self.template.state.with_suffix(".run")
        shutil.rmtree(self.state, ignore_errors=True)
        shutil.copytree(self.template.state, self.state, dirs_exist_ok=True)
        self.loop = Loop(seed)
        self.bus, self.ills, self.effects = Bus(self.loop), Ills(), world.Effects()
        self.client = Client(self.loop, self.template, self.apis)
        self.processes: dict[str, Process] = {}
        self.down_seconds: dict[str, float] = {}
        self.skews: dict[str, float] = {}
        self.dark: dict[str, float] = {}  # hosts that have no power; until when nobody can know that it is back
        self._apps: dict[str, Any] = {}
        delay = self.loop.dice.choice(DELAYS_MS)
        self._edges = daemons.Edges(self.loop, self.bus, self.ills, self.state, delay)
        self.engine = shared_engine(f"sqlite:///{self.state}/cloud.sqlite")

    def __enter__(self) -> "Simulated":
        self._previous = concurrency.use(self.loop)
        self._installed = contextlib.ExitStack()
        self._installed.enter_context(world.installed(self.loop, self.effects))
        self._installed.enter_context(uploads.installed(self.client))
        for name in daemons.NAMES:
            self.loop.after(float(not name.startswith(("api", "scheduler"))), partial(self._born, name))
        if not self.loop.run(60.0, self._complete):
            raise RuntimeError(f"the cloud does not come up: {self.loop.bugs}")
        return self

    def _complete(self) -> bool:
        """Whether every host is known."""
        return self._count("SELECT count(*) FROM hosts WHERE kind <> 'scheduler'") == len(daemons.HOSTS) * 2 + 1

    def __exit__(self, kind: type[BaseException] | None, value: Any, trace: TracebackType | None) -> None:
        for process in self.processes.values():
            process.on_death.clear()
            self.loop.kill(process)
        self.loop.end()
        self._installed.__exit__(None, None, None)
        self.engine.dispose()
        concurrency.use(self._previous)
        shutil.rmtree(self.state, ignore_errors=True)

    # -- processes

    def apis(self) -> list[tuple[Process, Any]]:
        return [(self.processes[name], app) for name, app in self._apps.items() if self.processes[name].alive]

    def kill(self, name: str) -> None:
        self.loop.kill(self.processes[name])

    def all_back(self) -> None:
        """Nobody waits any longer to be started."""
        for name, process in self.processes.items():
            if not process.alive:
                self._born(name)

    def _born(self, name: str) -> None:
        known = self.processes.get(name)
        if (known is not None and known.alive) or self.is_dark(name.partition("-")[2]):
            return
        process = self.processes[name] = Process(name, self.skews.get(name, 0.0))
        process.on_death.append(lambda: self._died(name))
        self.loop.say(f"{name} starts")
        self.loop.start(process, self._begin, process)

    def _begin(self, process: Process) -> None:
        app = daemons.begin(self._edges, process)
        if app is not None:
            self._apps[process.name] = app

    def _died(self, name: str) -> None:
        self._apps.pop(name, None)
        seconds = self.down_seconds.pop(name, None)
        if seconds is None:
            seconds = self.loop.dice.uniform(0.5, 8.0)
        self.loop.after(seconds, lambda: self._born(name))

    # -- machines

    def is_dark(self, host: str) -> bool:
        return self.dark.get(host) == FOREVER

    def power_off(self, host: str) -> None:
        """A machine goes off, with its agents and all that runs on it; what is on its disks stays."""
        self.loop.say(f"{host} has no power")
        self.dark[host] = FOREVER
        for kind in ("compute", "network"):
            if self.processes[f"{kind}-{host}"].alive:
                self.kill(f"{kind}-{host}")
        world.power_off(self.effects, self.state / "fake", host)

    def power_on(self, host: str) -> None:
        """Its agents come back, its guests do not."""
        if self.is_dark(host):
            self.loop.say(f"{host} has power again")
            self.dark[host] = self.loop.seconds + TOLD_SECONDS
            for kind in ("compute", "network"):
                self._born(f"{kind}-{host}")

    # -- looking

    def unfinished(self) -> int:
        return self._count(LIVE)

    def ends(self) -> Counter[str]:
        """Instances by their state."""
        with self.engine.connect() as connection:
            return Counter(connection.execute(sa.text("SELECT state FROM instances")).scalars())

    def _count(self, sql: str) -> int:
        with self.engine.connect() as connection:
            return int(connection.execute(sa.text(sql)).scalar() or 0)
