"""Admission: so many requests are in work at once, so many more wait their turn for so long, and the rest is told at
once to come again. Knows nothing of what is asked."""

import collections
from collections.abc import Callable
from typing import Any

from nova_like import concurrency
from nova_like.model.errors import Fault, Unavailable

RETRY_AFTER = 2  # seconds


class Gate:
    """For the threads of one worker. `busy` are in work; `refused` counts those that were sent away."""

    def __init__(self, most: int, waiting: int, seconds: float) -> None:
        self._most, self._room, self._seconds = most, waiting, seconds
        self._lock = concurrency.Lock()
        self._queue: collections.deque[Any] = collections.deque()
        self._moved = concurrency.monotonic()  # when a place was last free, or became so
        self.busy = self.refused = 0

    @property
    def waiting(self) -> int:
        return len(self._queue)

    def enter(self, gone: Callable[[], bool] = lambda: False, waited: float = 0.0) -> Fault | None:
        """None: in work now, and `leave` must follow. Else why not. `waited`: the seconds that the request has waited
        elsewhere; `gone()`: whether its client has hung up, asked when it had to wait."""
        with self._lock:
            if 0 < self._seconds < waited:
                return self._refuse()
            if self.busy < self._most:  # then nobody waits
                self.busy += 1
                self._moved = concurrency.monotonic()
                return None
            if waited > self._seconds or len(self._queue) >= self._room:
                return self._refuse()
            if concurrency.monotonic() - self._moved > self._seconds:
                return self._refuse()  # nothing moves: whoever waited now would do so in vain
            turn = concurrency.Event()
            self._queue.append(turn)
        concurrency.wait(turn, self._seconds - waited)
        with self._lock:
            if not turn.is_set():
                self._queue.remove(turn)
                return self._refuse()
        if gone():
            self.leave()
            return Unavailable("The client has hung up.")
        return None

    def leave(self) -> None:
        """Done: the one that has waited longest takes the place."""
        with self._lock:
            self._moved = concurrency.monotonic()
            if self._queue:
                self._queue.popleft().set()
            else:
                self.busy -= 1

    def _refuse(self) -> Unavailable:
        self.refused += 1
        return Unavailable("There are more requests than can be answered now.", retry_after=RETRY_AFTER)
