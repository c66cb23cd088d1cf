"""The numbers of the whole cloud in one process, on one port."""

from typing import Any

from nova_like.cmd.metrics import agents, api, scheduler, server
from nova_like.cmd.metrics.families import events


def show(conf: Any, made: Any, deciding: list[Any], served: agents.Served, front: Any, stop: Any) -> None:
    """Show what the scheduler `made` with its two servers, the agents and the front count."""
    scheduler.count(conf, made, stop)

    def families() -> list[Any]:
        tallies = scheduler.tallies(made, deciding) | agents.tallies(served) | api.tallies(front)
        return [*scheduler.families(made), *agents.families(served), *api.families(front), events(tallies)]

    server.serve(conf, families)
