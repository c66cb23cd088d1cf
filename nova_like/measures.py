"""Counts and times kept in memory by whoever works; whoever shows them reads. Knows no format and opens no port.

Labels are tuples of texts that come from tables of ours (routes, recipes, states), never from a client: what is kept
stays small whatever is asked.
"""

from bisect import bisect_left

from nova_like import concurrency

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0)  # seconds
Labels = tuple[str, ...]


class Counts:
    """How often something happened, by labels."""

    def __init__(self) -> None:
        self._lock = concurrency.Lock()
        self._counts: dict[Labels, int] = {}

    def add(self, labels: Labels) -> None:
        with self._lock:
            self._counts[labels] = self._counts.get(labels, 0) + 1

    def read(self) -> dict[Labels, int]:
        with self._lock:
            return dict(self._counts)


class Times:
    """How long something took, by labels: a count for each of BOUNDS, one for what took longer, and the sum."""

    def __init__(self) -> None:
        self._lock = concurrency.Lock()
        self._rows: dict[Labels, list[float]] = {}

    def observe(self, labels: Labels, seconds: float) -> None:
        with self._lock:
            row = self._rows.get(labels)
            if row is None:
                row = self._rows[labels] = [0] * (len(BOUNDS) + 2)
            row[bisect_left(BOUNDS, seconds)] += 1
            row[-1] += seconds

    def read(self) -> dict[Labels, tuple[list[float], float]]:
        """{labels: (counts of the ranges between the bounds, sum in seconds)}."""
        with self._lock:
            return {labels: (list(row[:-1]), row[-1]) for labels, row in self._rows.items()}
