"""Our counts and times as families of prometheus_client. All names begin with nova_like_."""

from collections.abc import Iterable, Mapping
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

from nova_like.measures import BOUNDS, Times

PREFIX = "nova_like_"


def counter(name: str, help: str, labels: Iterable[str], counts: Mapping[Any, float]) -> CounterMetricFamily:
    """`name` without `_total`, which is added."""
    family = CounterMetricFamily(PREFIX + name, help, labels=list(labels))
    for values, count in counts.items():
        family.add_metric(list(values), count)
    return family


def gauge(name: str, help: str, labels: Iterable[str], numbers: Mapping[Any, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(PREFIX + name, help, labels=list(labels))
    for values, number in numbers.items():
        family.add_metric(list(values), number)
    return family


def histogram(name: str, help: str, labels: Iterable[str], times: Times) -> HistogramMetricFamily:
    family = HistogramMetricFamily(PREFIX + name, help, labels=list(labels))
    for values, (counts, total) in times.read().items():
        family.add_metric(list(values), _buckets(counts), total)
    return family


def _buckets(counts: list[float]) -> list[Any]:
    """[upper bound, how many took at most that long]."""
    buckets, running = [], 0.0
    for bound, count in zip((*map(str, BOUNDS), "+Inf"), counts, strict=True):
        running += count
        buckets.append([bound, running])
    return buckets


def events(tallies: Mapping[str, Mapping[str, int]]) -> CounterMetricFamily:
    """Tallies of the process's parts: senders, queues, agents."""
    found = {(part, event): count for part, tally in tallies.items() for event, count in dict(tally).items()}
    return counter("events", "What the parts of this process counted.", ("part", "event"), found)
