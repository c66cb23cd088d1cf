"""R20: the same for a long time; nothing may grow."""

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tools.checks.compare import audit
from tools.gates.gate import say
from tools.load.api import Api
from tools.load.trial import Trial, pss_mib
from tools.trial.processes import until

LIVE = {
    "instances": "SELECT count(*) FROM instances WHERE state <> 'deleted'",
    "ports": "SELECT count(*) FROM ports",
    "addresses": "SELECT count(*) FROM addresses",
    "locks": "SELECT count(*) FROM locks",
    "flows": "SELECT count(*) FROM flows WHERE state IN ('running', 'unwinding', 'parked')",
}
SPARE_FDS = 4  # connections that a pool may open later than others


@dataclass
class Sample:
    """One look at the daemons: cycles done, memory by daemon in MiB, descriptors by daemon."""

    cycles: int
    memory: dict[str, float]
    descriptors: dict[str, int]


@dataclass
class Cycles:
    """Boot, wait for ACTIVE, delete, wait until it is gone; `times` are the boots' seconds in their order."""

    api: Api
    flavor: str
    image: str
    times: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    lock: Any = field(default_factory=threading.Lock)

    def run(self, count: int, in_flight: int) -> None:
        """`count` cycles, `in_flight` at once."""
        numbers = iter(range(count))
        workers = [threading.Thread(target=self._work, args=(numbers,), daemon=True) for _ in range(in_flight)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    def _work(self, numbers: Any) -> None:
        while True:
            with self.lock:
                number = next(numbers, None)
            if number is None:
                return
            try:
                self._cycle(f"soak-{number}")
            except Exception as error:
                with self.lock:
                    self.failed.append(f"soak-{number}: {error!r}")

    def _cycle(self, name: str) -> None:
        started = time.monotonic()
        server = self.api.boot(name, self.flavor, self.image)
        until(lambda: self._state(server) == "ACTIVE", 60, f"{name} does not become active", every_s=0.05)
        with self.lock:
            self.times.append(time.monotonic() - started)
        self.api.delete(server)
        until(lambda: self._state(server) == "", 60, f"{name} does not go", every_s=0.05)

    def _state(self, server: str) -> str:
        from tools.load.api import Refused

        try:
            return str(self.api.get(f"/compute/v2.1/servers/{server}")["server"]["status"])
        except Refused as error:
            if error.status == 404:
                return ""
            raise


def soak(cloud: Trial, sizes: SimpleNamespace) -> dict[str, Any]:
    """Boot and delete for a long time: memory, descriptors and live rows stay flat, the last are as fast as ever."""
    warm = Cycles(cloud.api, cloud.flavor, cloud.image)
    warm.run(int(sizes.warm_up), int(sizes.in_flight))
    before, rows = _sample(cloud, 0), _rows(cloud)
    cycles, samples = Cycles(cloud.api, cloud.flavor, cloud.image), [before]
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
    breaches = [f"{name}: {more} descriptors more" for name, more in more_fds.items() if more > SPARE_FDS]
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
    daemons = cloud.daemons()
    memory = {name: round(pss_mib(pids), 1) for name, pids in daemons.items()}
    return Sample(cycles, memory, {name: sum(map(_descriptors, pids)) for name, pids in daemons.items()})


def _descriptors(pid: int) -> int:
    try:
        return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
    except FileNotFoundError:
        return 0


def _rows(cloud: Trial) -> dict[str, int]:
    return {name: int(cloud.postgres.query(sql)) for name, sql in LIVE.items()}


def _p99(times: list[float]) -> float:
    found = sorted(times)
    return found[min(len(found) - 1, int(0.99 * len(found)))] if found else float("nan")
