"""A scheduler's numbers: flows, steps, hosts, queues, what retention took away, its parts' counters."""

from collections.abc import Iterable
from typing import Any

from nova_like import concurrency
from nova_like.cmd.metrics import server
from nova_like.cmd.metrics.families import counter, events, gauge, histogram

KINDS = ("kind", "state")


def show(conf: Any, scheduler: Any, servers: list[Any], stop: Any) -> None:
    """Count by the clock, and show the numbers; the port. `servers`: of the flows and of the reports queue."""
    count(conf, scheduler, stop)
    server.serve(conf, lambda: [*families(scheduler), events(tallies(scheduler, servers))])


def count(conf: Any, scheduler: Any, stop: Any) -> None:
    """Count flows, hosts and queues every [metrics] gather_seconds."""
    rounds, seconds = scheduler.clockwork.rounds, conf.metrics.gather_seconds
    concurrency.spawn(rounds, scheduler.gauges.count, seconds, stop, name="gauges")


def families(scheduler: Any) -> Iterable[Any]:
    yield from _counted(scheduler.gauges)
    timing = scheduler.engine.timing
    yield histogram("flow_step_seconds", "From an order to its answer.", ("kind", "step", "way"), timing.steps)
    yield histogram("flow_seconds", "From a flow's start to its end.", KINDS, timing.flows)
    pruned = {(name,): count for name, count in scheduler.retention.pruned.items()}
    yield counter("pruned_rows", "Rows that retention took away.", ("table",), pruned)


def _counted(gauges: Any) -> Iterable[Any]:
    seen = gauges.seen
    yield gauge("flows", "Unfinished flows.", KINDS, {key: row.number for key, row in seen.flows.items()})
    oldest = {key: row.oldest for key, row in seen.flows.items()}
    yield gauge("flow_oldest_seconds", "Age of the oldest unfinished flow.", KINDS, oldest)
    yield gauge("hosts", "Hosts, by what they are up to.", KINDS, seen.hosts)
    yield gauge("report_lag_seconds", "Longest silence of an enabled host.", ("kind",), seen.lags)
    yield gauge("queue_messages", "Messages that wait; agents' queues of a kind together.", ("queue",), seen.messages)
    yield gauge("queue_unserved", "Queues that are missing or have no consumer.", ("queue",), seen.unserved)
    yield gauge("gauges_age_seconds", "Since flows, hosts and queues were counted.", (), {(): gauges.age()})


def tallies(scheduler: Any, servers: list[Any]) -> dict[str, Any]:
    return {"scheduler_sender": scheduler.sender.counters, "reports": scheduler.reports.counters,
            "mending": scheduler.mending.counters, "notices": scheduler.notifying.counters,
            "webhooks": scheduler.delivering.counters if scheduler.delivering else {},
            "flows_queue": servers[0].counters, "reports_queue": servers[1].counters}  # fmt: skip
