"""Locks that people put on instances: who put one, why, and whom it stops. The locks of flows are another thing."""

from typing import Any

from nova_like.db import attachments, instances
from nova_like.db.engine import Database, Transaction
from nova_like.model.context import Context
from nova_like.model.errors import Conflict, Forbidden, NotFound
from nova_like.model.ids import is_uuid
from nova_like.services.scope import owner

Row = dict[str, Any]
OWNER, ADMIN = "owner", "admin"


def refuse_locked(ctx: Context, row: Row) -> None:
    """Raises Conflict (code `locked`) for whoever is no operator. Operators may do anything to a locked instance."""
    if row["locked_by"] and not ctx.is_admin:
        raise Conflict(f"Instance {row['id']} is locked", "instance", code="locked", id=row["id"])


class InstanceLocks:
    def __init__(self, database: Database, policy: Any) -> None:
        self._database, self._policy = database, policy

    def lock(self, ctx: Context, instance_id: str, reason: str | None = None) -> None:
        """Its owner's lock, or an operator's, which the owner cannot take away. Raises NotFound."""
        self._policy.check(ctx, "compute:servers:lock")

        def work(tx: Transaction) -> None:
            row = _held(tx, ctx, instance_id)
            by = OWNER if row["project_id"] == ctx.project_id else ADMIN
            if by == ADMIN or row["locked_by"] != ADMIN:
                instances.update(tx, instance_id, locked_by=by, locked_reason=reason)

        self._database.transact(work)

    def unlock(self, ctx: Context, instance_id: str) -> None:
        """Raises NotFound, Forbidden for an operator's lock."""
        self._policy.check(ctx, "compute:servers:lock")

        def work(tx: Transaction) -> None:
            row = _held(tx, ctx, instance_id)
            if row["locked_by"] == ADMIN and not self._policy.allows(ctx, "compute:servers:unlock_any"):
                raise Forbidden("Policy doesn't allow compute:servers:unlock_any to be performed.")
            instances.update(tx, instance_id, locked_by="", locked_reason=None)

        self._database.transact(work)


def _held(tx: Transaction, ctx: Context, instance_id: str) -> Row:
    row = instances.hold(tx, instance_id, owner(ctx)) if is_uuid(instance_id) else None
    if row is None:
        raise NotFound("instance", instance_id)
    return row


def refuse_attached(tx: Transaction, row: Row) -> None:
    """Raise Conflict (code `attached`) for an instance with volumes: they do not go to another host with it yet."""
    if attachments.of_instance(tx, row["id"]):
        raise Conflict(f"Instance {row['id']} has volumes, which do not go to another host with it yet: detach them "
                       "before that.", "instance", code="attached", id=row["id"])  # fmt: skip
