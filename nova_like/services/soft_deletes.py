"""What is deleted and may be had back: where an operator gives that time, a delete only puts an instance away."""

from typing import Any

from nova_like.db import instances
from nova_like.db.engine import Database, Transaction
from nova_like.flows.start import Starter
from nova_like.model import sizes, states
from nova_like.model.context import Context
from nova_like.services.instances import Instances
from nova_like.services.quotas import Quotas

Row = dict[str, Any]
KIND = "soft_delete"
FORGOTTEN = (states.BUILDING, states.DELETED)  # nothing could be had back of it


class SoftDeletes:
    """`seconds` for which they are kept; 0: a delete is a delete."""

    def __init__(self, database: Database, policy: Any, instances: Instances, starter: Starter, quotas: Quotas,
                 seconds: float) -> None:  # fmt: skip
        self._database, self._policy, self._instances = database, policy, instances
        self._starter, self._quotas, self._seconds = starter, quotas, seconds

    def delete(self, ctx: Context, instance_id: str) -> None:
        """Put it away, once; one that has never run, or is kept nowhere, is deleted. Accepted in every state. Raises
        NotFound, Conflict (`locked`, `protected`)."""
        if self._seconds <= 0:
            return self._instances.delete(ctx, instance_id)
        self._policy.check(ctx, "compute:servers:delete")
        return self._database.transact(lambda tx: self._put_away(tx, ctx, instance_id))

    def _put_away(self, tx: Transaction, ctx: Context, instance_id: str) -> None:
        live, row = self._instances.hold_to_delete(tx, ctx, instance_id)
        if not _may_return(row):
            self._instances.begin_delete(tx, ctx, row, live)
        elif not _is_away(row, live):
            self._starter.replace(tx, ctx, "instance", instance_id, KIND, live)

    def restore(self, ctx: Context, instance_id: str) -> None:
        """Have it back: running, or as it was shelved. Raises NotFound, Conflict (`state`, `busy`, `locked`),
        QuotaExceeded."""

        def prepare(tx: Transaction, row: Row) -> Row:
            self._quotas.take(tx, row["project_id"], sizes.counted(row))
            instances.move(tx, instance_id, _way_back(row), deleted_at=None)
            return {}

        self._instances.order(ctx, instance_id, "restore", prepare=prepare, hostless=True)

    def force(self, ctx: Context, instance_id: str) -> None:
        """Delete it now, whatever it is. Raises NotFound, Conflict (`locked`, `protected`)."""
        self._policy.check(ctx, "compute:servers:force_delete")
        self._instances.delete(ctx, instance_id)


def _may_return(row: Row) -> bool:
    if row["wanted"] == "deleted" or row["launched_at"] is None or row["state"] in FORGOTTEN:
        return False
    return bool(row["host"] or row["shelved_image_id"])


def _is_away(row: Row, live: list[Row]) -> bool:
    """Whether it is put away, or about to be, and nobody has asked for it back."""
    if live:
        return any(KIND in (flow["kind"], flow["then"]) for flow in live)
    return bool(row["state"] == states.SOFT_DELETED)


def _way_back(row: Row) -> str:
    if not row["shelved_image_id"]:
        return "restored"
    return "restored_shelved" if row["host"] else "restored_offloaded"
