"""The process's background sender: request threads and the engine hand over, one thread talks to the bus.

Bounded, no retry: what does not fit or does not go out is counted and dropped, and the sweeper finds the row.
"""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from nova_like import concurrency, logs
from nova_like.model.context import SYSTEM
from nova_like.model.errors import Fault
from nova_like.rpc.tally import Tally

LOG = logs.get(__name__)
LIMIT = 1000
CHUNK = 100  # flow ids in one message
QUIET_SECONDS = 10.0  # between two log lines about failures


class Sender:
    """`flows` is a Client of the contract Flows, or None where nothing is woken.

    `counters`: sent, failed, dropped, coalesced.
    """

    def __init__(self, flows: Any = None, limit: int = LIMIT) -> None:
        self._flows, self._limit = flows, limit
        self._condition = concurrency.Condition()
        self._calls: deque[tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]] = deque()
        self._wakes: dict[str, None] = {}
        self._busy = self._stopped = False
        self._complained = -QUIET_SECONDS
        self._thread: Any = None
        self.counters = Tally()

    def start(self) -> None:
        self._thread = concurrency.spawn(self._run, name="sender")

    def send(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> bool:
        """Call it soon in the sender's thread, in order; false (and counted) when too much is waiting."""
        with self._condition:
            if self._stopped or len(self._calls) >= self._limit:
                self.counters.add("dropped")
                return False
            self._calls.append((function, args, kwargs))
            self._condition.notify_all()
            return True

    def wake(self, flows: Iterable[str]) -> bool:
        """Have schedulers look at these flows soon; all that wait together go in one message."""
        with self._condition:
            for flow in flows:
                if flow in self._wakes:
                    self.counters.add("coalesced")
                elif self._stopped or len(self._wakes) >= self._limit:
                    self.counters.add("dropped")
                    return False
                self._wakes[flow] = None
            self._condition.notify_all()
            return True

    def flush(self, timeout: float = 10.0) -> bool:
        """Wait until nothing is waiting or going out; false after `timeout` seconds."""
        with self._condition:
            return self._condition.wait_for(lambda: not (self._calls or self._wakes or self._busy), timeout)

    def stop(self, timeout: float = 5.0) -> bool:
        """Take nothing more, send what waits for up to `timeout` seconds; false when some was left."""
        done = self.flush(timeout)
        with self._condition:
            self._stopped = True
            self._condition.notify_all()
        if self._thread:
            self._thread.join(timeout)
        return done

    def _run(self) -> None:
        while batch := self._take():
            for function, args, kwargs in batch:
                self._call(function, args, kwargs)

    def _take(self) -> list[Any]:
        """All that waits, wakes first; empty when stopped."""
        with self._condition:
            self._busy = False
            self._condition.notify_all()
            while not (self._calls or self._wakes or self._stopped):
                self._condition.wait()
            if self._stopped:
                return []
            self._busy = True
            ids = list(self._wakes)
            self._wakes.clear()
            calls = list(self._calls)
            self._calls.clear()
        return [self._wake_call(ids[start : start + CHUNK]) for start in range(0, len(ids), CHUNK)] + calls

    def _wake_call(self, ids: list[str]) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
        self.counters.add("coalesced", len(ids) - 1)
        return self._flows.cast, (SYSTEM, "wake"), {"flows": ids}

    def _call(self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        try:
            function(*args, **kwargs)
            self.counters.add("sent")
        except Fault as fault:
            self._failed(fault)
        except Exception:
            self.counters.add("failed")
            LOG.exception("a message could not be sent")

    def _failed(self, fault: Fault) -> None:
        self.counters.add("failed")
        if concurrency.monotonic() - self._complained >= QUIET_SECONDS:
            self._complained = concurrency.monotonic()
            LOG.warning("messages are not sent (%d so far): %s", self.counters["failed"], fault.reason)
