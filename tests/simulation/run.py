"""Plays one seed: operations under faults, then calm, then judgement."""

import itertools
import logging
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.cloud import Simulated
from tests.simulation.faults import Faults
from tests.simulation.judge import judge
from tests.simulation.ledger import Ledger
from tests.simulation.loop import Loop
from tests.simulation.others import Everything
from tests.simulation.watch import Watch
from tools.checks.compare import audit

BOUND_SECONDS = 60.0  # no state is older than this, once faults and operations have ended
LATE_SECONDS = 75.0  # the longest delay of a message, a report of every host, and some more
RETURN_SECONDS = 400.0  # until a host that was fenced is rid of what was deleted meanwhile: it is found by its reports


@dataclass
class Outcome:
    seed: int
    wrongs: list[str] = field(default_factory=list)
    operations: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)  # instances by what they were in the end
    fingerprint: str = ""
    tail: list[str] = field(default_factory=list)
    virtual_seconds: float = 0.0
    settled_seconds: float = 0.0
    cpu_seconds: float = 0.0


class _Bugs(logging.Handler):
    """What a daemon logs with a traceback is a defect; so is what it says to have mended."""

    def __init__(self, loop: Loop, dark: dict[str, float]) -> None:
        super().__init__(logging.WARNING)
        self._loop, self._dark = loop, dark
        self._format = logging.Formatter("%(message)s")

    def emit(self, record: logging.LogRecord) -> None:
        text = self._format.format(record)
        if self._dark and " late " in text and text.startswith("mended"):
            return  # what was deleted on a host that was fenced goes when that is back, and so only
        if record.exc_info or text.startswith("mended"):
            self._loop.bugs.append(f"{self._loop.process}: {text}")


def play(seed: int, operations: int = 100) -> Outcome:
    """One run, from an empty cloud to the verdict."""
    began, outcome = time.process_time(), Outcome(seed)
    with Simulated(seed) as cloud:
        handler = _Bugs(cloud.loop, cloud.dark)
        logger = logging.getLogger("nova_like")
        level, propagate = logger.level, logger.propagate
        logger.addHandler(handler)
        logger.setLevel(logging.WARNING)
        logger.propagate = False
        try:
            _play(cloud, operations, outcome)
        finally:
            logger.removeHandler(handler)
            logger.setLevel(level)
            logger.propagate = propagate
    outcome.cpu_seconds = time.process_time() - began
    return outcome


def _play(cloud: Simulated, operations: int, outcome: Outcome) -> None:
    loop, ledger = cloud.loop, Ledger()
    faults = Faults(cloud)
    users = Everything(loop, cloud.client, ledger, cloud.template, cloud.engine, cloud.is_dark)
    going = _Going(loop, users, operations)
    watch = Watch(loop, cloud.engine, ledger, cloud.dark)
    cloud.effects.watch = watch.effect
    loop.start(loop.outside, watch.look)
    loop.start(loop.outside, faults.go_on)
    loop.start(loop.outside, going.all)
    loop.run(3600.0, lambda: going.started == operations)
    loop.say("calm")
    faults.stop()
    if not loop.run(600.0, lambda: going.ended == operations):
        outcome.wrongs.append(f"{operations - going.ended} operations never ended")
    calm = loop.seconds
    if not loop.run(BOUND_SECONDS, lambda: not cloud.unfinished()):
        outcome.wrongs.append(f"{cloud.unfinished()} flows unfinished {BOUND_SECONDS:.0f} s after all was well")
    outcome.settled_seconds = loop.seconds - calm
    loop.run(LATE_SECONDS)
    late = loop.seconds + RETURN_SECONDS
    while cloud.dark and loop.seconds < late and audit(cloud.engine, cloud.state / "fake"):
        loop.run(25.0)
    outcome.wrongs += judge(cloud, ledger)
    outcome.ends = cloud.ends()
    outcome.operations, outcome.faults = ledger.operations, _faults(cloud, faults)
    outcome.fingerprint, outcome.tail = loop.fingerprint(), list(loop.tail)
    outcome.virtual_seconds = loop.seconds - loop.began


def _faults(cloud: Simulated, faults: Faults) -> Counter[str]:
    return faults.counted + cloud.bus.counted + cloud.ills.counted + cloud.effects.counted


class _Going:
    """Starts operations at random moments, several at once; each is a task of its own."""

    def __init__(self, loop: Loop, users: Everything, operations: int) -> None:
        self._loop, self._users, self._operations = loop, users, operations
        self.started = self.ended = 0
        self._pause = loop.dice.choice((0.5, 1.5, 3.0))

    def all(self) -> None:
        for _ in itertools.repeat(None, self._operations):
            self._loop.start(self._loop.outside, self._one)
            self.started += 1
            if self._loop.dice.random() < 0.8:
                self._loop.sleep(self._loop.dice.expovariate(1 / self._pause))

    def _one(self) -> Any:
        try:
            self._users.draw()
        finally:
            self.ended += 1
