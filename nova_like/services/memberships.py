"""Which security groups the ports of an instance are in. The rows change at once; hosts are told by a flow, and a
change of mind takes over the flow that still tells the one before."""

from collections.abc import Callable
from typing import Any

from nova_like.db import flows, instances, ports, security_groups
from nova_like.db.engine import Database, Transaction
from nova_like.flows.start import Starter
from nova_like.model import ids, states
from nova_like.model.context import Context
from nova_like.model.errors import Conflict, Invalid, NotFound
from nova_like.services.instance_locks import refuse_locked
from nova_like.services.scope import owner

Row = dict[str, Any]
Rows = list[Row]
Change = Callable[[Transaction, Row, Rows], bool]  # (tx, instance, its ports): whether hosts must be told
TELL = "replug"


class Memberships:
    """Each verb raises NotFound (instance or group), Conflict (`busy`, `locked`, `ambiguous`)."""

    def __init__(self, database: Database, policy: Any, starter: Starter) -> None:
        self._database, self._policy, self._starter = database, policy, starter

    def add(self, ctx: Context, instance_id: str, name_or_id: str) -> None:
        """Put all ports of an instance into a group of its project. Raises Invalid when it has none."""

        def change(tx: Transaction, row: Row, cards: Rows) -> bool:
            group = security_groups.resolve(tx, row["project_id"], [name_or_id])[0]
            if not cards:
                raise Invalid("The instance has no port that could be in a security group.", "security group")
            security_groups.hold(tx, group)
            joined = [ports.join_group(tx, card["id"], group) for card in cards if group not in _of(card)]
            return any(joined)

        self._change(ctx, instance_id, change)

    def remove(self, ctx: Context, instance_id: str, name_or_id: str) -> None:
        """Take all ports of an instance out of a group. NotFound when none is in it, too."""

        def change(tx: Transaction, row: Row, cards: Rows) -> bool:
            group = security_groups.resolve(tx, row["project_id"], [name_or_id])[0]
            inside = [card["id"] for card in cards if group in _of(card)]
            if not inside:
                reason = f"Security group {name_or_id[:255]} is not associated with the instance {row['id']}"
                raise NotFound("security group", name_or_id, reason)
            ports.leave_group(tx, inside, group)
            return True

        self._change(ctx, instance_id, change)

    def replace(self, ctx: Context, instance_id: str, group_ids: list[str], port_id: str | None = None) -> None:
        """Have the instance's ports, or this one of them, in these groups and no others."""

        def change(tx: Transaction, row: Row, cards: Rows) -> bool:
            wanted = security_groups.resolve(tx, row["project_id"], group_ids) if group_ids else []
            for group in sorted(wanted):
                security_groups.hold(tx, group)
            chosen = [card for card in cards if port_id in (None, card["id"])]
            changed = [_regroup(tx, card, wanted) for card in chosen]
            return any(changed)

        self._change(ctx, instance_id, change)

    def _change(self, ctx: Context, instance_id: str, change: Change) -> None:
        self._policy.check(ctx, "compute:servers:security_groups")
        if not ids.is_uuid(instance_id):
            raise NotFound("instance", instance_id)

        def work(tx: Transaction) -> None:
            live = flows.live_of(tx, instance_id)  # flows are held before the row, as the engine does
            row = _held(tx, ctx, instance_id)
            if not change(tx, row, ports.of_instances(tx, [instance_id])[instance_id]):
                return
            if any(flow["kind"] != TELL for flow in live):
                raise Conflict(f"{instance_id} is busy with another operation", "instance", code="busy", id=instance_id)
            if row["host"]:
                self._starter.replace(tx, ctx, "instance", instance_id, TELL, live)

        self._database.transact(work)


def _held(tx: Transaction, ctx: Context, instance_id: str) -> Row:
    row = instances.hold(tx, instance_id, owner(ctx))
    if row is None:
        raise NotFound("instance", instance_id)
    refuse_locked(ctx, row)
    if row["wanted"] == "deleted" or row["state"] == states.SOFT_DELETED:
        raise Conflict(f"Instance {instance_id} is being deleted.", "instance", code="busy", id=instance_id)
    return row


def _of(card: Row) -> set[str]:
    return {group["id"] for group in card["groups"]}


def _regroup(tx: Transaction, card: Row, wanted: list[str]) -> bool:
    before = _of(card)
    for group in before - set(wanted):
        ports.leave_group(tx, [card["id"]], group)
    for group in set(wanted) - before:
        ports.join_group(tx, card["id"], group)
    return before != set(wanted)
