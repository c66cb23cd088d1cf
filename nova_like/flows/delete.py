"""Delete: guest, network, then the row and all that it holds. Accepted in every state; goes forward only.

A host that is away is not waited for: its part is left to a tombstone, and the user is rid of the instance.
"""

from typing import Any

from nova_like.db import attachments, instances, moves, ports, quotas
from nova_like.db.schema import db_now
from nova_like.flows import facts, moving, shelving, tombstones
from nova_like.flows.boot import destroy, unplug
from nova_like.flows.letting_go import let_go
from nova_like.flows.migrate import destroy_there, unplug_there
from nova_like.flows.recipe import FOREVER, LOCAL, Recipe, Step, Work
from nova_like.model import sizes, states
from nova_like.model.errors import Fault

_FOREVER: dict[str, Any] = {**FOREVER, "leaves": "do"}


def _placed(work: Work) -> bool:
    return bool(facts.host(work))


def gone(work: Work) -> None:
    """The row's end: claim, quota, ports and addresses go with it, or what a tombstone does not hold of them."""
    row = facts.instance(work)
    moving.end(work, moves.ERROR)
    tombstones.leave_instance(work)
    instances.apply(work.tx, work.resource, "deleted", deleted_at=db_now(), terminated_at=db_now(), power="")
    ports.release(work.tx, work.resource)
    shelving.forget(work)
    let_go(work, attachments.of_instance(work.tx, work.resource), gone=True)
    if row["state"] != states.SOFT_DELETED:  # which has given it back
        quotas.give(work.tx, row["project_id"], sizes.counted(row))


def failed(work: Work, fault: Fault) -> None:
    """Never reached: every step is tried for ever."""


def _step(name: str, kind: str, do: Any) -> Step:
    return Step(name, kind, do, needed=_placed, **_FOREVER)


DELETE = Recipe(
    "delete",
    "instance",
    (  # no undo anywhere: a delete is never taken back
        _step("destroy", "compute", destroy),
        _step("unplug", "network", unplug),
        Step("clear", "compute", destroy_there, needed=moving.is_apart, **_FOREVER),
        Step("clear_ports", "network", unplug_there, needed=moving.is_apart, **_FOREVER),
        Step("gone", LOCAL, gone),
    ),
    failed,
    cancellable=False,
)
