"""Delete: guest, network, then the row and all that it holds. Accepted in every state; goes forward only."""

from nova_like.db import hosts, instances, ports, quotas
from nova_like.db.schema import db_now
from nova_like.flows import facts
from nova_like.flows.boot import destroy, unplug
from nova_like.flows.recipe import LOCAL, Recipe, Step, Work
from nova_like.model.errors import Fault

FOREVER = 1 << 30


def _placed(work: Work) -> bool:
    return bool(facts.host(work))


def gone(work: Work) -> None:
    """The row's end: claim, quota, ports and addresses go with it."""
    row = facts.instance(work)
    if row["host"]:
        hosts.unclaim(work.tx, "compute", row["host"], row)
    ports.release(work.tx, work.resource)
    quotas.give(work.tx, row["project_id"], {"instances": 1, "cores": row["vcpus"], "ram": row["ram_mib"]})
    instances.move(work.tx, work.resource, "deleted", deleted_at=db_now(), terminated_at=db_now(), power="")


def failed(work: Work, fault: Fault) -> None:
    """Never reached: every step is tried for ever."""


DELETE = Recipe(
    "delete",
    "instance",
    (  # no undo anywhere: a delete is never taken back
        Step("destroy", "compute", destroy, needed=_placed, deadline_seconds=float("inf"), retries=FOREVER),
        Step("unplug", "network", unplug, needed=_placed, deadline_seconds=float("inf"), retries=FOREVER),
        Step("gone", LOCAL, gone),
    ),
    failed,
    cancellable=False,
)
