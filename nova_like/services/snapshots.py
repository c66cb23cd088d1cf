"""Images out of instances: the record is there at once, `queued`; a flow brings the data."""

from typing import Any

from nova_like import concurrency
from nova_like.db import images
from nova_like.db import tags as tag_rows
from nova_like.db.engine import Transaction
from nova_like.model.context import Context
from nova_like.services.images import NOUN
from nova_like.services.instances import Instances
from nova_like.services.scope import home

Row = dict[str, Any]
FORMAT = {"disk_format": "qcow2", "container_format": "bare"}


class Snapshots:
    def __init__(self, instances: Instances, policy: Any) -> None:
        self._instances, self._policy = instances, policy

    def create(
        self, ctx: Context, instance_id: str, name: str, properties: dict[str, str], halt: bool = False,
        tags: dict[str, str] | None = None,
    ) -> str:  # fmt: skip
        """The id of the image that the instance's disk will be; `tags` are EC2's. `halt`: a guest that runs is stopped
        for the time of the copying. Raises NotFound, Conflict (code `state`, `busy`, `not_ready`)."""
        self._policy.check(ctx, "image:images:create")
        owner = home(ctx)

        def prepare(tx: Transaction, row: Row) -> Row:
            image_id = concurrency.new_id()
            _promise(tx, ctx, row, {"id": image_id, "owner_id": owner, "name": name, "properties": properties})
            tag_rows.put(tx, owner, image_id, NOUN, tags or {})
            return {"image_id": image_id, "halt": halt and row["state"] == "active"}

        return str(self._instances.order(ctx, instance_id, "snapshot", prepare=prepare, locked=True)["image_id"])

    def promise(self, tx: Transaction, ctx: Context, row: Row, name: str) -> str:
        """The id of an image of the instance `row`, in its project, to which a flow of the caller's brings the data."""
        image_id = concurrency.new_id()
        _promise(tx, ctx, row, {"id": image_id, "owner_id": row["project_id"], "name": name, "properties": {}})
        return image_id

    def backup(
        self, ctx: Context, instance_id: str, name: str, properties: dict[str, str], kind: str, rotation: int
    ) -> str | None:  # fmt: skip
        """As `create`; then only the newest `rotation` backups of this kind are kept. None is made, and there is no id,
        when that is 0."""
        self._policy.check(ctx, "image:images:create")
        owner = home(ctx)
        properties = {**properties, "image_type": "backup", "backup_type": kind}

        def prepare(tx: Transaction, row: Row) -> Row:
            args = {"backup_type": kind, "rotation": rotation}
            if not rotation:
                return args
            image_id = concurrency.new_id()
            _promise(tx, ctx, row, {"id": image_id, "owner_id": owner, "name": name, "properties": properties})
            return {**args, "image_id": image_id}

        return self._instances.order(ctx, instance_id, "backup", prepare=prepare, locked=True).get("image_id")


def _promise(tx: Transaction, ctx: Context, row: Row, image: Row) -> None:
    """The record of an image of the instance `row`, to which a flow brings the data."""
    base = images.get(tx, row["image_id"]) if row["image_id"] else None
    about = {**_inherited(base), **_origin(ctx, row, base), **image["properties"]}
    images.insert(tx, {**image, "visibility": "private", "status": "queued", **FORMAT, **_needs(row, base),
                       "properties": about})  # fmt: skip


def _inherited(base: Row | None) -> Row:
    return dict(base["properties"] or {}) if base else {}


def _origin(ctx: Context, row: Row, base: Row | None) -> Row:
    """Where it comes from, by OpenStack's names. An image of an image names the first one."""
    known = _inherited(base).get("base_image_ref") or row["image_id"] or ""
    return {"instance_uuid": row["id"], "image_type": "snapshot", "base_image_ref": known,
            "user_id": ctx.user_id or "", "owner_id": row["project_id"]}  # fmt: skip


def _needs(row: Row, base: Row | None) -> Row:
    """What a flavor must have that it can be booted with: the disk is as large as that of the instance."""
    least = base or {"min_disk_gib": 0, "min_ram_mib": 0}
    return {"min_disk_gib": row["disk_gib"] or least["min_disk_gib"], "min_ram_mib": least["min_ram_mib"]}
