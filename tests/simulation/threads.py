"""What threads wait by, for tasks of a loop: conditions, semaphores, pools. No lock is needed: only one task runs."""

from collections.abc import Callable
from typing import Any

from greenlet import getcurrent


class Condition:
    def __init__(self, loop: Any) -> None:
        self._loop = loop
        self._waiting: list[Any] = []

    def __enter__(self) -> "Condition":
        return self

    def __exit__(self, *what: Any) -> None:
        """There is no lock to give back."""

    def wait(self, timeout: float | None = None) -> bool:
        """True when somebody notified."""
        task = getcurrent()
        self._waiting.append(task)
        if timeout is None:
            self._loop.park()
            return True
        self._loop.sleep(timeout)
        notified = task not in self._waiting
        if not notified:
            self._waiting.remove(task)
        return notified

    def wait_for(self, predicate: Callable[[], bool], timeout: float | None = None) -> bool:
        deadline = None if timeout is None else self._loop.seconds + timeout
        while not predicate():
            left = None if deadline is None else deadline - self._loop.seconds
            if left is not None and left <= 0:
                return False
            self.wait(left)
        return True

    def notify(self, n: int = 1) -> None:
        woken, self._waiting = self._waiting[:n], self._waiting[n:]
        for task in woken:
            self._loop.resume(task)

    def notify_all(self) -> None:
        self.notify(len(self._waiting))


class Semaphore:
    """Never full: the simulated bus does not bring more than can be taken."""

    def acquire(self, timeout: float | None = None) -> bool:
        return True

    def release(self) -> None: ...


class Pool:
    """An executor whose threads are tasks of the process that made it."""

    def __init__(self, loop: Any) -> None:
        self._loop, self._process = loop, loop.process

    def submit(self, function: Callable[..., Any], *args: Any) -> None:
        self._loop.start(self._process, function, *args)

    def shutdown(self, wait: bool = True, cancel_futures: bool = False) -> None: ...


class Local:
    """Attributes of its own for each task."""

    def __getattr__(self, name: str) -> Any:
        try:
            return _own(self)[name]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name: str, value: Any) -> None:
        _own(self)[name] = value

    def __delattr__(self, name: str) -> None:
        del _own(self)[name]


def _own(local: Local) -> dict[str, Any]:
    """What the present task (or whoever runs outside of tasks) keeps there."""
    return vars(getcurrent()).setdefault("locals", {}).setdefault(id(local), {})
