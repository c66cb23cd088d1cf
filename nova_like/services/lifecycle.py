"""What is done with an instance between its boot and its end, beyond power: rescued, rebuilt, and back."""

from typing import Any

from nova_like.db import images, instances, keypairs
from nova_like.db.engine import Transaction
from nova_like.model import ids, options, states
from nova_like.model.commands import RebuildInstance
from nova_like.model.context import Context
from nova_like.model.errors import Conflict, Invalid, NotFound
from nova_like.services.booting import check_fit
from nova_like.services.instances import Instances

Row = dict[str, Any]
_KEPT = ("name", "description", "metadata", "user_data", "files", "hostname")


class Lifecycle:
    """Each verb raises NotFound, Conflict (code `state`, `busy`, `not_ready`); those with an image Invalid, too."""

    def __init__(self, instances: Instances) -> None:
        self._instances = instances

    def pause(self, ctx: Context, instance_id: str) -> None:
        self._instances.order(ctx, instance_id, "pause")

    def unpause(self, ctx: Context, instance_id: str) -> None:
        self._instances.order(ctx, instance_id, "unpause")

    def suspend(self, ctx: Context, instance_id: str) -> None:
        """Its memory is saved on its host's disk."""
        self._instances.order(ctx, instance_id, "suspend")

    def resume(self, ctx: Context, instance_id: str) -> None:
        self._instances.order(ctx, instance_id, "resume")

    def rescue(self, ctx: Context, instance_id: str, image_id: str | None = None) -> None:
        """Run it from a disk of the image (its own, unless told), its own disk beside it."""

        def prepare(tx: Transaction, row: Row) -> Row:
            if not (found := image_id or row["image_id"]):
                raise Invalid("An image is needed to rescue an instance without one.", "image", code="not_found")
            return {"image_id": _usable(tx, ctx, found)["id"]}

        self._instances.order(ctx, instance_id, "rescue", prepare=prepare)

    def unrescue(self, ctx: Context, instance_id: str) -> None:
        self._instances.order(ctx, instance_id, "unrescue")

    def rebuild(self, ctx: Context, instance_id: str, command: RebuildInstance) -> Row:
        """A new disk of the image; id, addresses, host and flavor stay. The instance, as it is wanted now."""

        def prepare(tx: Transaction, row: Row) -> Row:
            if row["launched_at"] is None:
                raise Conflict(f"Instance {instance_id} is not ready", "instance", code="not_ready", id=instance_id)
            image = _usable(tx, ctx, command.image_id)
            check_fit(row["flavor"], image)
            values = {name: command.values[name] for name in _KEPT if name in command.values}
            chosen = options.to_row(options.with_image(options.of_row(row), image["properties"]))
            values |= {"image_id": image["id"], "options": chosen, **_key(tx, ctx, command)}
            instances.update(tx, instance_id, **values)
            return {"stopped": row["state"] == states.STOPPED}

        self._instances.order(ctx, instance_id, "rebuild", prepare=prepare)
        return self._instances.get(ctx, instance_id)


def _usable(tx: Transaction, ctx: Context, image_id: str) -> Row:
    """An image that the project may boot from. Raises Invalid."""
    try:
        image = images.get_bootable(tx, ctx.project_id, image_id) if ids.is_uuid(image_id) else None
    except NotFound:
        image = None
    if image is None:
        raise Invalid(f"Image {image_id} could not be found.", "image", code="not_found")
    if image["status"] != "active":
        raise Invalid(f"Image {image['id']} is not active.", "image", code="state")
    return image


def _key(tx: Transaction, ctx: Context, command: RebuildInstance) -> Row:
    """The columns of another key pair, of none, or nothing when it is to stay."""
    if "key_name" not in command.values:
        return {}
    name = command.values["key_name"]
    found = keypairs.get(tx, ctx.user_id, name) if name else None
    if name and found is None:
        raise Invalid("Invalid key_name provided.", "keypair", code="not_found", value=name)
    return {"key_name": name, "public_key": found["public_key"] if found else None}
