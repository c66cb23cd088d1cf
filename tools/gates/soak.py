"""R20: the same for a long time; nothing may grow."""

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa

from tools.checks.compare import audit
from tools.gates.gate import say
from tools.load.trial import Trial, pss_mib
from tools.trial.processes import Failed

LIVE = {
    "instances": "SELECT count(*) FROM instances WHERE state <> 'deleted'",
    "ports": "SELECT count(*) FROM ports",
    "addresses": "SELECT count(*) FROM addresses",
    "locks": "SELECT count(*) FROM locks",
    "flows": "SELECT count(*) FROM flows WHERE state IN ('running', 'unwinding', 'parked')",
}
LOOK_S = 0.05
PATIENCE_S = 60.0
SPARE = {"files": 2, "sockets": 16}  # more than at the start: pools of connections open the last ones late


@dataclass
class Sample:
    """One look at the daemons: cycles done, memory by daemon in MiB, descriptors by daemon."""

    cycles: int
    memory: dict[str, float]
    descriptors: dict[str, int]  # by daemon and kind, as "api files"


class Cycles:
    """Boot, wait for ACTIVE, delete, wait until it is gone; `times` are the boots' seconds in their order. What became
    of servers is read from the database by one thread, which costs less than asking the API for each."""

    def __init__(self, cloud: Trial) -> None:
        self._api, self._flavor, self._image = cloud.api, cloud.flavor, cloud.image
        self._engine, self._changed = cloud.engine(), threading.Condition()
        self._states: dict[str, str] = {}
        self.times: list[float] = []
        self.failed: list[str] = []

    def run(self, count: int, in_flight: int) -> None:
        """`count` cycles, `in_flight` at once."""
        numbers, over = iter(range(count)), threading.Event()
        threading.Thread(target=self._look, args=(over,), daemon=True).start()
        workers = [threading.Thread(target=self._work, args=(numbers,), daemon=True) for _ in range(in_flight)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        over.set()

    def _look(self, over: threading.Event) -> None:
        sql = sa.text("SELECT id, state FROM instances WHERE name LIKE 'soak-%' AND state <> 'deleted'")
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            while not over.wait(LOOK_S):
                found: dict[str, str] = dict(map(tuple, connection.execute(sql)))
                with self._changed:
                    self._states = found
                    self._changed.notify_all()

    def _work(self, numbers: Iterator[int]) -> None:
        while True:
            with self._changed:
                number = next(numbers, None)
            if number is None:
                return
            try:
                self._cycle(f"soak-{number}")
            except Exception as error:
                self.failed.append(f"soak-{number}: {error!r}")

    def _cycle(self, name: str) -> None:
        started = time.monotonic()
        server = self._api.boot(name, self._flavor, self._image)
        self._wait(lambda: self._states.get(server) == "active", f"{name} does not become active")
        self.times.append(time.monotonic() - started)
        self._api.delete(server)
        self._wait(lambda: server not in self._states, f"{name} does not go")

    def _wait(self, condition: Callable[[], bool], complaint: str) -> None:
        with self._changed:
            if not self._changed.wait_for(condition, PATIENCE_S):
                raise Failed(complaint)


def soak(cloud: Trial, sizes: SimpleNamespace) -> dict[str, Any]:
    """Boot and delete for a long time: memory, descriptors and live rows stay flat, the last are as fast as ever."""
    Cycles(cloud).run(int(sizes.warm_up), int(sizes.in_flight))
    before, rows = _sample(cloud, 0), _rows(cloud)
    cycles, samples = Cycles(cloud), [before]
    load = threading.Thread(target=cycles.run, args=(int(sizes.cycles), int(sizes.in_flight)), daemon=True)
    started = time.monotonic()
    load.start()
    while load.is_alive():
        load.join(sizes.look_s)
        samples.append(_sample(cloud, len(cycles.times)))
        memory = sum(samples[-1].memory.values())
        say(f"{samples[-1].cycles} cycles, {memory:.0f} MiB, {sum(samples[-1].descriptors.values())} descriptors")
    return _report(cloud, sizes, cycles, samples, rows, time.monotonic() - started)


def _report(
    cloud: Trial, sizes: SimpleNamespace, cycles: Cycles, samples: list[Sample], rows: dict[str, int], wall_s: float
) -> dict[str, Any]:
    wrongs, tenth = audit(cloud.engine(), cloud.world), max(1, len(cycles.times) // 10)
    first, last = _p99(cycles.times[:tenth]), _p99(cycles.times[-tenth:])
    growth = slope_percent([(sample.cycles, sum(sample.memory.values())) for sample in samples])
    more_fds = {
        name: count - samples[0].descriptors.get(name, count) for name, count in samples[-1].descriptors.items()
    }
    more_rows = {name: count - rows[name] for name, count in _rows(cloud).items() if count != rows[name]}
    breaches = [f"{name}: {more} more" for name, more in more_fds.items() if more > SPARE[name.split()[1]]]
    breaches += [f"live rows of {name}: {more:+}" for name, more in more_rows.items()] + cycles.failed[:10]
    if growth > sizes.slope_percent:
        breaches.append(f"memory grew by {growth:.2f} %, {sizes.slope_percent:g} are allowed")
    if last > sizes.p99_ratio * first:
        breaches.append(f"p99 went from {first:.3f} to {last:.3f} s")
    done = len(cycles.times)
    return {
        "accepted": done, "active": 0, "deleted": done, "error": len(cycles.failed), "lost": 0, "stuck": 0,
        "leaked": len(wrongs), "doubled": 0, "longest_wait_s": round(max(cycles.times, default=0.0), 1), "refused": [],
        "kills": 0, "wrongs": wrongs, "breaches": breaches, "cycles_per_s": round(done / wall_s, 2),
        "memory_growth_percent": round(growth, 2), "p99_first_s": round(first, 3), "p99_last_s": round(last, 3),
        "memory_first_mib": samples[0].memory, "memory_last_mib": samples[-1].memory, "more_descriptors": more_fds,
    }  # fmt: skip


def slope_percent(points: list[tuple[int, float]]) -> float:
    """Growth over all of the run in percent of its mean, by a straight line through the points (x, y)."""
    count = len(points)
    mean_x, mean_y = sum(x for x, _ in points) / count, sum(y for _, y in points) / count
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    if not spread or not mean_y:
        return 0.0
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread
    return 100 * slope * (points[-1][0] - points[0][0]) / mean_y


def _sample(cloud: Trial, cycles: int) -> Sample:
    daemons, descriptors = cloud.daemons(), Counter[str]()
    for name, pids in daemons.items():
        for pid in pids:
            descriptors.update(f"{name} {kind}" for kind in _descriptors(pid))
    return Sample(cycles, {name: round(pss_mib(pids), 1) for name, pids in daemons.items()}, dict(descriptors))


def _descriptors(pid: int) -> list[str]:
    """`files` or `sockets` for each open descriptor; pipes and the like are files."""
    found = []
    for path in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            found.append("sockets" if str(path.readlink()).startswith("socket:") else "files")
    return found


def _rows(cloud: Trial) -> dict[str, int]:
    return {name: int(cloud.postgres.query(sql)) for name, sql in LIVE.items()}


def _p99(times: list[float]) -> float:
    found = sorted(times)
    return found[min(len(found) - 1, int(0.99 * len(found)))] if found else float("nan")
