"""Changes of the network cards of an instance that is there. The rows change at once; hosts are told by a flow, and a
change of mind takes over the flow that still tells the one before. What changes is its callers'."""

from collections.abc import Callable
from typing import Any

from nova_like.db import flows, instances, ports
from nova_like.db.engine import Database, Transaction
from nova_like.flows.start import Starter
from nova_like.model import ids, states
from nova_like.model.context import Context
from nova_like.model.errors import Conflict, NotFound
from nova_like.services.instance_locks import refuse_locked
from nova_like.services.scope import owner

Row = dict[str, Any]
Change = Callable[[Transaction, Row, list[Row]], bool]  # (tx, instance, its ports): whether hosts must be told
TELL = "replug"


def change_cards(database: Database, starter: Starter, ctx: Context, instance_id: str, change: Change) -> None:
    """Make a change in one transaction, with the flow that tells the instance's host, if it has one. Raises NotFound,
    Conflict (`busy` with anything else, `locked`)."""
    if not ids.is_uuid(instance_id):
        raise NotFound("instance", instance_id)

    def work(tx: Transaction) -> None:
        live = flows.live_of(tx, instance_id)  # flows are held before the row, as the engine does
        row = _held(tx, ctx, instance_id)
        if not change(tx, row, ports.of_instances(tx, [instance_id])[instance_id]):
            return
        if any(flow["kind"] != TELL for flow in live):
            raise Conflict(f"{instance_id} is busy with another operation", "instance", code="busy", id=instance_id)
        if row["host"]:
            starter.replace(tx, ctx, "instance", instance_id, TELL, live)

    database.transact(work)


def _held(tx: Transaction, ctx: Context, instance_id: str) -> Row:
    row = instances.hold(tx, instance_id, owner(ctx))
    if row is None:
        raise NotFound("instance", instance_id)
    refuse_locked(ctx, row)
    if row["wanted"] == "deleted" or row["state"] == states.SOFT_DELETED:
        raise Conflict(f"Instance {instance_id} is being deleted.", "instance", code="busy", id=instance_id)
    return row
