"""The numbers of agents: orders by outcome, their queues' messages, how long they have been silent."""

from collections.abc import Iterable
from typing import Any

from nova_like import concurrency
from nova_like.cmd.metrics import server
from nova_like.cmd.metrics.families import events, gauge

Served = list[tuple[Any, Any]]  # agents and the servers of their queues


def show(conf: Any, served: Served) -> None:
    """Show the numbers of this process's agents."""
    server.serve(conf, lambda: [*families(served), events(tallies(served))])


def families(served: Served) -> Iterable[Any]:
    now = concurrency.monotonic()
    silent = {(agent.kind,): now - agent.last_worked for agent, _ in served}
    yield gauge("agent_silent_seconds", "Since a report or an answer last got out.", ("kind",), silent)
    counts = {(agent.kind,): len(agent.reporter.hosts) for agent, _ in served}
    yield gauge("agent_hosts", "Hosts that this process serves.", ("kind",), counts)


def tallies(served: Served) -> dict[str, Any]:
    agents = {f"{agent.kind}_agent": agent.counters for agent, _ in served}
    return agents | {f"{agent.kind}_queue": serving.counters for agent, serving in served}
