"""Volumes of instances: given, taken back, shown. Which of two gets a volume, the volume's row decides."""

import re
from typing import Any

from nova_like import concurrency
from nova_like.db import attachments as rows
from nova_like.db import instances, volumes
from nova_like.db.engine import Database, Transaction
from nova_like.model.context import Context
from nova_like.model.errors import Conflict, Forbidden, Invalid, NotFound
from nova_like.model.ids import is_uuid
from nova_like.services.instance_locks import refuse_locked
from nova_like.services.instances import Instances
from nova_like.services.scope import owner

Row = dict[str, Any]
Rows = list[Row]
NOUN = "volume attachment"
LETTERS = "bcdefghijklmnopqrstuvwxyz"
ROOT = "vda"
_DEVICE = re.compile(r"(?:/dev/)?((?:xv|v|s|h)d[a-z])\Z")


class Attachments:
    """Rows are those of the table `attachments`."""

    def __init__(self, database: Database, policy: Any, instances: Instances) -> None:
        self._database, self._policy, self._instances = database, policy, instances

    def list(self, ctx: Context, instance_id: str) -> Rows:
        """An instance's, the oldest first. Raises NotFound."""
        self._policy.check(ctx, "compute:attachments:list")
        with self._database.reading() as tx:
            _instance(instances.get(tx, instance_id, owner(ctx)) if is_uuid(instance_id) else None, instance_id)
            return [row for row in rows.of_instance(tx, instance_id) if row["state"] != rows.RELEASING]

    def get(self, ctx: Context, instance_id: str, volume_id: str) -> Row:
        """Raises NotFound."""
        return _of(self.list(ctx, instance_id), volume_id)

    def attach(
        self, ctx: Context, instance_id: str, volume_id: str, device: str | None = None, tag: str | None = None,
        delete_on_termination: bool = False,
    ) -> Row:  # fmt: skip
        """Have the instance get the volume, as `device` (/dev/vdb; the next that is free, unless told). Raises
        NotFound, Invalid (the volume is in use or not ready), Conflict (`state`, `busy`; `device`: taken), Forbidden
        (as many as there may be)."""
        wish = {"device": _named(device), "tag": tag, "delete_on_termination": delete_on_termination}

        def prepare(tx: Transaction, row: Row) -> Row:
            made = _made(tx, ctx, row, volume_id, wish)
            rows.insert(tx, made)
            return {"attachment_id": made["id"], "volume_id": volume_id}

        args = self._instances.order(ctx, instance_id, "attach", prepare=prepare)
        with self._database.reading() as tx:
            found = rows.get(tx, args["attachment_id"])
        if found is None:  # it was given up again at once
            raise Conflict(f"Volume {volume_id} could not be attached.", NOUN, code="state")
        return found

    def detach(self, ctx: Context, instance_id: str, volume_id: str) -> Row:
        """Have the instance give the volume back. Raises NotFound, Conflict (`state`, `busy`), Invalid (`root`)."""
        held: Row = {}

        def prepare(tx: Transaction, row: Row) -> Row:
            found = _of(rows.of_instance(tx, row["id"]), volume_id)
            if found["device"] == ROOT:
                raise Invalid("Cannot detach a root device volume", NOUN, code="root", value=volume_id)
            if found["state"] != rows.ATTACHED or not volumes.move(tx, volume_id, "detach"):
                raise Conflict(f"Volume {volume_id} is {found['state']}.", NOUN, code="detaching")
            rows.update(tx, found["id"], state=rows.DETACHING)
            held.update(found, state=rows.DETACHING)
            return {"attachment_id": found["id"], "volume_id": volume_id}

        self._instances.order(ctx, instance_id, "detach", prepare=prepare)
        return held

    def update(self, ctx: Context, instance_id: str, volume_id: str, delete_on_termination: bool) -> None:
        """Say whether the volume goes with the instance. Raises NotFound, Conflict (locked)."""
        self._policy.check(ctx, "compute:attachments:update")

        def work(tx: Transaction) -> None:
            row = instances.hold(tx, instance_id, owner(ctx)) if is_uuid(instance_id) else None
            refuse_locked(ctx, _instance(row, instance_id))
            found = _of(rows.of_instance(tx, instance_id), volume_id)
            rows.update(tx, found["id"], delete_on_termination=delete_on_termination)

        self._database.transact(work)


def _made(tx: Transaction, ctx: Context, instance: Row, volume_id: str, wish: Row) -> Row:
    """The row of a new attachment; the volume is its own from now on. The instance is held."""
    volume = volumes.hold(tx, volume_id, owner(ctx)) if is_uuid(volume_id) else None
    if volume is None or volume["project_id"] != instance["project_id"]:
        raise NotFound("volume", volume_id[:64])
    if not volumes.move(tx, volume_id, "attach"):
        _refuse(volume)
    taken = {row["device"][-1] for row in rows.of_instance(tx, instance["id"])}
    return {
        "id": concurrency.new_id(), "volume_id": volume_id, "instance_id": instance["id"], "state": rows.ATTACHING,
        "project_id": instance["project_id"], **wish, "device": _free(wish["device"], taken),
    }  # fmt: skip


def _refuse(volume: Row) -> None:
    """Why a volume cannot be attached: one that another is getting just now was raced for."""
    if volume["state"] == "attaching":
        raise Conflict(f"Volume {volume['id']} is being attached to another instance.", "volume", code="busy_volume")
    raise Invalid(f"Invalid volume: volume {volume['id']} status must be available to be attached, "
                  f"but the current status is {volume['state']}.", "volume", code="state",
                  state=volume["state"], value=volume["id"])  # fmt: skip


def _named(device: str | None) -> str:
    """`vdc` of `/dev/vdc`. A name of another bus is kept, and stands for the disk of its letter. Empty: any. Raises
    Invalid."""
    if device and not (match := _DEVICE.match(device)):
        raise Invalid(f"The supplied device path ({device[:64]}) is invalid.", NOUN, field="device", code="device")
    return match[1] if device and match else ""


def _free(wanted: str, taken: set[str]) -> str:
    """`taken`: the letters that the instance's volumes have."""
    if wanted and wanted[-1] in (taken | {"a"}):  # that one is the root disk's
        raise Conflict(f"The supplied device path (/dev/{wanted}) is in use.", NOUN, code="device")
    free = [wanted] if wanted else [f"vd{letter}" for letter in LETTERS if letter not in taken]
    if not free:
        raise Forbidden(f"The maximum allowed number of volumes ({len(LETTERS)}) exceeded.", NOUN)
    return free[0]


def _of(found: Rows, volume_id: str) -> Row:
    for row in found:
        if row["volume_id"] == volume_id:
            return row
    raise NotFound(NOUN, volume_id[:64])


def _instance(row: Row | None, instance_id: str) -> Row:
    if row is None:
        raise NotFound("instance", instance_id[:64])
    return row
