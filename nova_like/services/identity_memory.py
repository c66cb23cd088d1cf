"""What was found true a moment ago: a bounded memory whose entries live for seconds. Shared by the threads."""

from collections.abc import Callable
from typing import Any, TypeVar

from nova_like import concurrency

T = TypeVar("T")
MOST = 4096


class Memory:
    """`get(key, find)`: what `find()` returned at most `seconds` ago. An exception of `find` is not remembered."""

    def __init__(self, seconds: float, most: int = MOST) -> None:
        self._seconds, self._most = seconds, most
        self._lock = concurrency.Lock()
        self._known: dict[str, tuple[float, Any]] = {}

    def get(self, key: str, find: Callable[[], T]) -> T:
        known = self._known.get(key)
        if known is not None and known[0] > concurrency.monotonic():
            return known[1]
        value = find()
        if self._seconds > 0:
            with self._lock:
                self._make_room()
                self._known[key] = (concurrency.monotonic() + self._seconds, value)
        return value

    def forget(self, key: str | None = None) -> None:
        """Drop one entry, or all."""
        with self._lock:
            if key is None:
                self._known.clear()
            else:
                self._known.pop(key, None)

    def _make_room(self) -> None:
        if len(self._known) >= self._most:
            now = concurrency.monotonic()
            self._known = {key: entry for key, entry in self._known.items() if entry[0] > now}
        if len(self._known) >= self._most:
            self._known.clear()
