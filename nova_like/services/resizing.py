"""Another flavor for an instance, or another host: asked for, confirmed, taken back. What is held of the quota
meanwhile is the larger of the two flavors."""

from collections.abc import Callable
from typing import Any

from nova_like import concurrency
from nova_like.db import flavors, hosts, images, moves
from nova_like.db.engine import Transaction
from nova_like.flows.start import SETTLES
from nova_like.model import sizes
from nova_like.model.context import Context
from nova_like.model.errors import Invalid
from nova_like.services.booting import check_fit, flavor_facts
from nova_like.services.flavors import seen_by
from nova_like.services.instance_locks import refuse_attached
from nova_like.services.instances import Instances

Row = dict[str, Any]


class Resizing:
    """Each verb raises NotFound, Conflict (code `state`, `busy`, `not_ready`). `quotas` counts."""

    def __init__(self, instances: Instances, quotas: Any) -> None:
        self._instances, self._quotas = instances, quotas

    def resize(self, ctx: Context, instance_id: str, flavor_id: str) -> None:
        """Make it one of that flavor; its user then confirms or reverts it. Raises Invalid, QuotaExceeded, too."""
        self._instances.order(ctx, instance_id, "resize", prepare=self._to(ctx, flavor_id))

    def retype(self, ctx: Context, instance_id: str, flavor_id: str) -> None:
        """The same with a stopped one, which is confirmed by it, and stays stopped to those who look. A start that
        comes meanwhile waits a moment for its end."""
        prepare = self._to(ctx, flavor_id, settles=True)
        self._instances.order(ctx, instance_id, "resize", rule="retype", prepare=prepare)

    def _to(self, ctx: Context, flavor_id: str, settles: bool = False) -> Callable[[Transaction, Row], Row]:
        """What writes down that an instance is to be of that flavor, and whether nobody is asked about it then."""

        def prepare(tx: Transaction, row: Row) -> Row:
            flavor = _fitting(tx, ctx, row, flavor_id)
            held = sizes.quota_beside(row, flavor)
            _begin(tx, ctx, row, "resize", flavor_facts(flavor), **held)
            if asked := {name: number for name, number in held.items() if number}:
                self._quotas.take(tx, row["project_id"], asked)
            return {**_on_its_way(), **({SETTLES: True, "becomes": flavor["name"]} if settles else {})}

        return prepare

    def migrate(self, ctx: Context, instance_id: str, host: str | None = None) -> None:
        """Bring it to another host, to this one if it is named. Raises Invalid, too."""

        def prepare(tx: Transaction, row: Row) -> Row:
            if host and hosts.by_name(tx, "compute", host) is None:
                raise Invalid(f"Compute host {host} could not be found.", "host", field="host")
            if host == row["host"]:
                raise Invalid(f"Instance {instance_id} is on host {host} already.", "host", field="host")
            refuse_attached(tx, row)
            _begin(tx, ctx, row, "migration", row["flavor"])
            return {**_on_its_way(), "host": host or None}

        self._instances.order(ctx, instance_id, "migrate", prepare=prepare)

    def confirm(self, ctx: Context, instance_id: str) -> None:
        """What it was is given up."""
        self._instances.order(ctx, instance_id, "confirm_resize", prepare=_way_out("confirm_move"))

    def revert(self, ctx: Context, instance_id: str) -> None:
        """It becomes what it was; what was written to its disk since then is lost."""
        self._instances.order(ctx, instance_id, "revert_resize", prepare=_way_out("revert_move"))


def _begin(tx: Transaction, ctx: Context, row: Row, kind: str, flavor: Row, **more: int) -> None:
    """The row of a move to a flavor; where to is found out by its flow. `more`: what it holds of the quota."""
    moves.insert(tx, {
        "id": concurrency.new_id(), "instance_id": row["id"], "project_id": row["project_id"],
        "user_id": ctx.user_id, "kind": kind, "source": row["host"], "target": row["host"],
        "was": row["state"], "old_flavor": row["flavor"], "new_flavor": flavor, **more,
    })  # fmt: skip


def _on_its_way() -> Row:
    """The image that its disk is on its way to another host."""
    return {"image_id": concurrency.new_id()}


def _way_out(apart: str) -> Callable[[Transaction, Row], Row]:
    """Which flow ends a move: that of the verb on one host, `apart` between two."""

    def prepare(tx: Transaction, row: Row) -> Row:
        move = moves.live_of(tx, row["id"])
        if not move or move["source"] == move["target"]:
            return {}
        if apart == "revert_move":
            refuse_attached(tx, row)
        return {"flow": apart}

    return prepare


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
