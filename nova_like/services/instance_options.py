"""What an owner chooses of an instance beyond the machine: protection, marks, user data, ways of its metadata."""

import dataclasses
from typing import Any

from nova_like.db import generations, instances, locks
from nova_like.db.engine import Database, Transaction
from nova_like.flows.start import Starter
from nova_like.model import ids, options, states
from nova_like.model.context import Context
from nova_like.model.errors import Conflict, NotFound
from nova_like.model.options import Options
from nova_like.services.instance_locks import refuse_locked
from nova_like.services.scope import owner

Row = dict[str, Any]
TOLD = ("metadata_served", "token_required", "token_hops")  # which hosts must be told of
NOUN = "instance"


class InstanceOptions:
    def __init__(self, database: Database, policy: Any, starter: Starter) -> None:
        self._database, self._policy, self._starter = database, policy, starter

    def set(self, ctx: Context, instance_id: str, **changes: Any) -> Options:
        """Change options; all of them as they are then. What hosts must know is on its way to them by a flow. Raises
        NotFound, Conflict (`busy`, where a host must be told; `locked`)."""
        self._policy.check(ctx, "compute:servers:update")

        def work(tx: Transaction) -> Options:
            row = _held(tx, ctx, instance_id)
            before = options.of_row(row)
            after = dataclasses.replace(before, **changes)
            if after != before:
                instances.update(tx, instance_id, options=options.to_row(after))
            if any(getattr(after, name) != getattr(before, name) for name in TOLD):
                self._tell(tx, ctx, row)
            return after

        return self._database.transact(work)

    def set_user_data(self, ctx: Context, instance_id: str, user_data: str | None) -> None:
        """Other user data (base64) for a stopped instance. Raises NotFound, Conflict (`state`, `busy`, `locked`)."""
        self._policy.check(ctx, "compute:servers:update")

        def work(tx: Transaction) -> None:
            row = _held(tx, ctx, instance_id)
            if row["state"] != states.STOPPED:
                raise Conflict(f"Instance {instance_id} is not stopped.", NOUN, code="state", id=instance_id,
                               state=row["state"])  # fmt: skip
            instances.update(tx, instance_id, user_data=user_data)
            self._tell(tx, ctx, row)

        self._database.transact(work)

    def _tell(self, tx: Transaction, ctx: Context, row: Row) -> None:
        """Start the flow that tells its host, if there is one; a boot that is under way must end first."""
        if locks.holder(tx, row["id"]) is not None:
            raise Conflict(f"{row['id']} is busy with another operation", NOUN, code="busy", id=row["id"])
        if row["host"]:
            self._starter.start(tx, ctx, "replug", row["id"], {}, generations.raise_generation(tx, NOUN, row["id"]))


def _held(tx: Transaction, ctx: Context, instance_id: str) -> Row:
    row = instances.hold(tx, instance_id, owner(ctx)) if ids.is_uuid(instance_id) else None
    if row is None:
        raise NotFound(NOUN, instance_id)
    refuse_locked(ctx, row)
    if row["wanted"] == "deleted" or row["state"] == states.SOFT_DELETED:
        raise Conflict(f"Instance {instance_id} is being deleted.", NOUN, code="busy", id=instance_id)
    return row
