"""What is said about an instance, or in it, without its guest being changed: an operator's word about its state, its
password forgotten or set by the agent that it has in it, news of it from outside."""

from typing import Any

from nova_like.db import hosts, images, instances, locks
from nova_like.db.engine import Database, Transaction
from nova_like.model import ids, sealing, states
from nova_like.model.context import Context
from nova_like.model.errors import Conflict, HostFailure, Invalid, NotFound
from nova_like.services.instance_locks import refuse_locked
from nova_like.services.scope import owner

Row = dict[str, Any]
NOUN = "instance"


class InstanceWords:
    """Each verb raises NotFound."""

    def __init__(self, database: Database, policy: Any, compute: Any) -> None:
        self._database, self._policy, self._compute = database, policy, compute

    def reset_state(self, ctx: Context, instance_id: str, active: bool) -> None:
        """Take it for active, or for broken. Raises Conflict while a flow is at work on it (`busy`: that will end by
        itself), and for one that no host ever took (`not_ready`)."""
        self._policy.check(ctx, "compute:servers:reset_state")

        def work(tx: Transaction) -> None:
            row = _held(tx, ctx, instance_id)
            if row["wanted"] == "deleted" or locks.holder(tx, instance_id) is not None:
                raise Conflict(f"{instance_id} is busy with another operation", NOUN, code="busy", id=instance_id)
            if not row["host"]:
                raise Conflict(f"Instance {instance_id} is not ready", NOUN, code="not_ready", id=instance_id)
            if not instances.move(tx, instance_id, "said_active" if active else "said_broken", fault=None):
                raise Conflict(f"Cannot 'reset' instance {instance_id} while it is in vm_state {row['state']}", NOUN,
                               code="state", id=instance_id)  # fmt: skip

        self._database.transact(work)

    def clear_password(self, ctx: Context, instance_id: str) -> None:
        """Forget the password that the guest wrote; in the guest it stays as it is."""
        self._policy.check(ctx, "compute:servers:clear_password")

        def work(tx: Transaction) -> None:
            refuse_locked(ctx, _held(tx, ctx, instance_id))
            instances.update(tx, instance_id, password=None)

        self._database.transact(work)

    def set_password(self, ctx: Context, instance_id: str, password: str) -> None:
        """Have the agent in the guest give its administrator (the image's `os_admin_user`) this password; it is kept
        nowhere, and sealed on its way to the host. Raises Invalid (too long), Conflict (`locked`, `state`, `not_ready`;
        `no_agent`: nobody in it answers), Timeout."""
        row = self.require(ctx, instance_id, "set_password")
        states.require("set_password", instance_id, row["state"])
        if len(password.encode()) > sealing.MOST_BYTES:
            raise Invalid(f"A password has {sealing.MOST_BYTES} bytes at the most.", NOUN, field="adminPass")
        with self._database.reading() as tx:
            agent = hosts.agent(tx, "compute", row["host"])
            image = images.get(tx, row["image_id"]) if row["image_id"] else None
        if agent is None:
            raise Conflict(f"Instance {instance_id} is not ready", NOUN, code="not_ready", id=instance_id)
        sealed = _sealed(self._compute.call(ctx, "password_key", agent.address, host=row["host"]), password)
        self._compute.call(ctx, "set_password", agent.address, host=row["host"], instance_id=instance_id,
                           user=_administrator(image), sealed=sealed)  # fmt: skip

    def require(self, ctx: Context, instance_id: str, verb: str) -> Row:
        """The instance, if the caller may do `verb` to it. Raises Conflict (`locked`) if its owner locked it."""
        self._policy.check(ctx, f"compute:servers:{verb}")
        with self._database.reading() as tx:
            row = instances.get(tx, instance_id, owner(ctx)) if ids.is_uuid(instance_id) else None
        if row is None:
            raise NotFound(NOUN, instance_id)
        refuse_locked(ctx, row)
        return row

    def known(self, ctx: Context, instance_ids: list[str]) -> dict[str, str | None]:
        """{id: its host} of those that there are, for whoever brings news of them."""
        self._policy.check(ctx, "compute:servers:external_events")
        with self._database.reading() as tx:
            found = instances.whereabouts(tx, [id for id in instance_ids if ids.is_uuid(id)])
        return {id: row["host"] for id, row in found.items() if row["state"] != "deleted"}


def _sealed(key: str, password: str) -> str:
    try:
        return sealing.seal(key, password)
    except ValueError:
        raise HostFailure("The host gave no key to seal a password with.", NOUN) from None


def _administrator(image: Row | None) -> str:
    said = (image or {}).get("properties") or {}
    usual = "Administrator" if said.get("os_type") == "windows" else "root"
    return str(said.get("os_admin_user") or usual)[:255]


def _held(tx: Transaction, ctx: Context, instance_id: str) -> Row:
    row = instances.hold(tx, instance_id, owner(ctx)) if ids.is_uuid(instance_id) else None
    if row is None:
        raise NotFound(NOUN, instance_id)
    return row
