"""What a scheduler counts for operators by the clock: flows, hosts, queues. Readers get the last count, no query."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nova_like import concurrency, logs
from nova_like.db import gauges, hosts
from nova_like.db.engine import Database

LOG = logs.get(__name__)
SHARED = ("flows", "reports")
MOST_QUEUES = 3000  # asked for one by one; beyond that only so many of them are looked at

Numbers = dict[tuple[str, ...], float]
Depths = Callable[[Iterable[str]], Mapping[str, Any]]  # {queue: (messages, consumers), or None for a missing one}


@dataclass(frozen=True)
class Seen:
    """One count of everything. Agents' queues are added up by kind."""

    flows: Mapping[tuple[str, str], gauges.Flows] = field(default_factory=dict)
    hosts: Mapping[tuple[str, ...], float] = field(default_factory=dict)
    lags: Mapping[tuple[str, ...], float] = field(default_factory=dict)
    messages: Mapping[tuple[str, ...], float] = field(default_factory=dict)
    unserved: Mapping[tuple[str, ...], float] = field(default_factory=dict)


class Gauges:
    """`depths` asks the broker; without one, or while it is away, there are no numbers of queues."""

    def __init__(self, database: Database, down_seconds: float, depths: Depths) -> None:
        self._database, self._down_seconds, self._depths = database, down_seconds, depths
        self._counted_at = concurrency.monotonic()
        self.seen = Seen()

    def age(self) -> float:
        """Seconds since the last count."""
        return concurrency.monotonic() - self._counted_at

    def count(self) -> None:
        """Count once. Raises Unavailable without a database; what was counted before then stays, and gets older."""
        with self._database.reading() as tx:
            flows = gauges.live_flows(tx)
            states, lags = gauges.host_states(tx, self._down_seconds)
            rows = hosts.list_hosts(tx)
        names = sorted({(row["kind"], row["address"]) for row in rows if row["kind"] != "scheduler"})
        messages, unserved = self._queues(names)
        self.seen = Seen(flows, states, {(kind,): lag for kind, lag in lags.items()}, messages, unserved)
        self._counted_at = concurrency.monotonic()

    def _queues(self, names: list[tuple[str, str]]) -> tuple[Numbers, Numbers]:
        asked = {name: name for name in SHARED} | {f"{kind}.{address}": kind for kind, address in names[:MOST_QUEUES]}
        try:
            found = self._depths(asked)
        except Exception as error:  # kombu's and the socket's errors have no common ancestor
            LOG.warning("queues are not counted: %s", error)
            return {}, {}
        messages: Numbers = dict.fromkeys(((group,) for group in asked.values()), 0)
        unserved = dict(messages)
        for name, depth in found.items():
            messages[asked[name],] += depth[0] if depth else 0
            unserved[asked[name],] += 0 if depth and depth[1] else 1
        return messages, unserved
