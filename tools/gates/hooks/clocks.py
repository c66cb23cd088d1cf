"""A daemon with a wrong wall clock: STATE/clocks.json says by name how many seconds it is ahead, and may change.

It shifts what Python reads: time.time, time.time_ns and the wall clock of concurrency.py, which are all that daemons of
ours decide by. The monotonic clock stays, as it does when a machine's clock is set. Clocks read inside C libraries are
not shifted; psycopg2 and librdkafka-like libraries decide nothing by them here.
"""

import datetime
import json
import threading
import time
from pathlib import Path

READ_S = 0.25


class Clock:
    """The shift of one daemon, followed from the file."""

    def __init__(self, state: Path, name: str) -> None:
        self._path, self._name = state / "clocks.json", name
        self.ahead_s = 0.0
        self._read()

    def follow(self) -> None:
        """For ever."""
        while self._path.parent.exists():
            self._read()
            time.sleep(READ_S)

    def _read(self) -> None:
        try:
            shifts = json.loads(self._path.read_text())
        except (OSError, ValueError):
            return  # as before: the file is written anew
        self.ahead_s = float(shifts.get(self._name, 0.0))


def install(state: Path, name: str) -> None:
    """Shift this process's clock, in workers forked later too."""
    from nova_like import concurrency

    clock, real_time, real_time_ns = Clock(state, name), time.time, time.time_ns

    def now(self: object) -> datetime.datetime:
        return datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=clock.ahead_s)

    concurrency.Source.now = now  # type: ignore[method-assign]
    time.time = lambda: real_time() + clock.ahead_s
    time.time_ns = lambda: real_time_ns() + int(1e9 * clock.ahead_s)
    _follow(clock)
    after_fork = concurrency.after_fork

    def in_the_child() -> None:
        after_fork()
        _follow(clock)

    concurrency.after_fork = in_the_child


def _follow(clock: Clock) -> None:
    threading.Thread(target=clock.follow, daemon=True).start()
