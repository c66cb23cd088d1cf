"""Counts what happened, from many threads. Read it as the dictionary of numbers that it is."""

from collections import Counter

from nova_like import concurrency


class Tally(Counter[str]):
    """`tally.add("dropped")`; plain `+= 1` loses counts between threads."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = concurrency.Lock()

    def add(self, name: str, count: int = 1) -> None:
        with self._lock:
            self[name] += count
