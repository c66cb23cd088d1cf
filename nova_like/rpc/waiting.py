"""Bounded pools for orders that may wait long. Knows nothing of what it runs."""

from collections.abc import Callable
from typing import Any

from nova_like import concurrency, logs

LOG = logs.get(__name__)
SIZE = 16
MOST = 1000  # that run or wait for a thread, of all reasons


class Waiting:
    """One pool for each reason to wait; what is beyond its size queues behind its like, and nothing else does."""

    def __init__(self, *reasons: str, size: int = SIZE, most: int = MOST) -> None:
        self._most = most
        self._pools = {reason: concurrency.pool(size, f"wait-{reason}") for reason in reasons}
        self._idle = concurrency.Condition()
        self._busy = 0

    def submit(self, reason: str, run: Callable[[], Any]) -> bool:
        """Run it as soon as its pool has a thread; false when too much waits already."""
        with self._idle:
            if self._busy >= self._most:
                LOG.warning("an order to %s is dropped: %d wait already", reason, self._busy)
                return False
            self._busy += 1
        future = self._pools[reason].submit(self._run, run)
        future.add_done_callback(self._done)
        return True

    def drain(self, seconds: float) -> bool:
        """Drop what has not begun, then wait for the rest; false when some were left."""
        for pool in self._pools.values():
            pool.shutdown(wait=False, cancel_futures=True)
        with self._idle:
            return bool(self._idle.wait_for(lambda: self._busy == 0, seconds))

    def _run(self, run: Callable[[], Any]) -> None:
        try:
            run()
        except Exception:
            LOG.exception("an order failed outside its verb")
        finally:
            logs.mark()

    def _done(self, future: Any) -> None:
        with self._idle:
            self._busy -= 1
            self._idle.notify_all()
