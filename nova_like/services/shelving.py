"""Instances put away and taken out again: their disk an image meanwhile, their host free of them."""

from typing import Any

from nova_like.db import hosts, images, instances
from nova_like.db.engine import Transaction
from nova_like.model import states
from nova_like.model.context import Context
from nova_like.model.errors import Conflict, Invalid
from nova_like.services.instance_locks import refuse_attached
from nova_like.services.instances import Instances
from nova_like.services.snapshots import Snapshots

Row = dict[str, Any]
ANY_ZONE = ""  # it is bound to none any more


class Shelving:
    """Each verb raises NotFound, Conflict (code `state`, `busy`, `not_ready`)."""

    def __init__(self, instances: Instances, snapshots: Snapshots, policy: Any) -> None:
        self._instances, self._snapshots, self._policy = instances, snapshots, policy

    def shelve(self, ctx: Context, instance_id: str) -> None:
        """Make its disk the image `NAME-shelved`; ports and addresses stay its own."""

        def prepare(tx: Transaction, row: Row) -> Row:
            refuse_attached(tx, row)
            image_id = self._snapshots.promise(tx, ctx, row, f"{row['name'][:247]}-shelved")
            return {"image_id": image_id, "was": row["state"]}

        self._instances.order(ctx, instance_id, "shelve", prepare=prepare)

    def offload(self, ctx: Context, instance_id: str) -> None:
        """Take one that is shelved from its host now."""
        self._instances.order(ctx, instance_id, "shelve_offload")

    def unshelve(self, ctx: Context, instance_id: str, zone: str | None = None, host: str | None = None) -> None:
        """Run it again: where it is, or where there is room: in a `zone`, which it is bound to then, on a `host`.
        Raises Invalid, Conflict (`image`: its disk is gone; `zone`: it is on a host)."""
        if host:
            self._policy.check(ctx, "compute:servers:unshelve_on_host")

        def prepare(tx: Transaction, row: Row) -> Row:
            offloaded = row["state"] == states.OFFLOADED
            if not offloaded and (zone is not None or host):
                raise Conflict(f"Instance {instance_id} is on its host: a zone or a host can be chosen for one that is "
                               "shelved_offloaded.", "instance", code="zone", id=instance_id)  # fmt: skip
            _check(tx, row, zone, host, offloaded)
            if zone is not None:
                instances.update(tx, instance_id, wanted_zone=zone)
            return {"offloaded": offloaded, "image_id": row["shelved_image_id"], "host": host or None}

        self._instances.order(ctx, instance_id, "unshelve", prepare=prepare, hostless=True)


def _check(tx: Transaction, row: Row, zone: str | None, host: str | None, offloaded: bool) -> None:
    if zone and zone not in hosts.zones(tx):
        raise Invalid("The requested availability zone is not available", field="availability_zone")
    if host and hosts.by_name(tx, "compute", host) is None:
        raise Invalid(f"Compute host {host} could not be found.", "host", field="host")
    image = images.get(tx, row["shelved_image_id"]) if offloaded else None
    if offloaded and (image is None or image["status"] != "active"):
        raise Conflict(f"The image that instance {row['id']} was shelved as cannot be used.", "instance", code="image",
                       id=row["id"])  # fmt: skip
