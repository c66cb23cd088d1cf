"""Another flavor for an instance: asked for, confirmed, taken back. What is held of the quota meanwhile is the larger
of the two."""

from typing import Any

from nova_like import concurrency
from nova_like.db import flavors, images, moves
from nova_like.db.engine import Transaction
from nova_like.model import sizes
from nova_like.model.context import Context
from nova_like.model.errors import Invalid
from nova_like.services.booting import check_fit, flavor_facts
from nova_like.services.flavors import seen_by
from nova_like.services.instances import Instances

Row = dict[str, Any]


class Resizing:
    """Each verb raises NotFound, Conflict (code `state`, `busy`, `not_ready`). `quotas` counts."""

    def __init__(self, instances: Instances, quotas: Any) -> None:
        self._instances, self._quotas = instances, quotas

    def resize(self, ctx: Context, instance_id: str, flavor_id: str) -> None:
        """Make it one of that flavor; its user then confirms or reverts it. Raises Invalid, QuotaExceeded, too."""

        def prepare(tx: Transaction, row: Row) -> Row:
            flavor = _fitting(tx, ctx, row, flavor_id)
            more = sizes.quota_beside(row, flavor)
            moves.insert(tx, {
                "id": concurrency.new_id(), "instance_id": row["id"], "project_id": row["project_id"],
                "user_id": ctx.user_id, "kind": "resize", "source": row["host"], "target": row["host"],
                "was": row["state"], "old_flavor": row["flavor"], "new_flavor": flavor_facts(flavor), **more,
            })  # fmt: skip
            if asked := {name: number for name, number in more.items() if number}:
                self._quotas.take(tx, row["project_id"], asked)
            return {}

        self._instances.order(ctx, instance_id, "resize", prepare=prepare)

    def confirm(self, ctx: Context, instance_id: str) -> None:
        """What it was is given up."""
        self._instances.order(ctx, instance_id, "confirm_resize")

    def revert(self, ctx: Context, instance_id: str) -> None:
        """It becomes what it was; what was written to its disk since then is lost."""
        self._instances.order(ctx, instance_id, "revert_resize")


def _fitting(tx: Transaction, ctx: Context, row: Row, flavor_id: str) -> Row:
    """The flavor, if the instance can become one of it. Raises Invalid."""
    flavor = flavors.get(tx, flavor_id, seen_by(ctx))
    if flavor is None or flavor["disabled"]:
        raise Invalid(f"Flavor {flavor_id} could not be found.", "flavor", code="not_found")
    if flavor["id"] == row["flavor"]["id"]:
        raise Invalid("When resizing, instances must change flavor!", "flavor", code="same")
    if flavor["disk_gib"] < row["disk_gib"]:
        raise Invalid("The flavor's disk is smaller than the instance's.", "flavor", code="too_small")
    if row["image_id"] and (image := images.get(tx, row["image_id"])):
        check_fit(flavor, {**image, "status": "active"})  # it may have been deactivated since then: its disk is there
    return flavor
