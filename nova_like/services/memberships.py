"""Which security groups the ports of an instance are in."""

from typing import Any

from nova_like.db import ports, security_groups
from nova_like.db.engine import Database, Transaction
from nova_like.flows.start import Starter
from nova_like.model.context import Context
from nova_like.model.errors import Invalid, NotFound
from nova_like.services.cards import Change, change_cards

Row = dict[str, Any]
Rows = list[Row]


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
        change_cards(self._database, self._starter, ctx, instance_id, change)


def _of(card: Row) -> set[str]:
    return {group["id"] for group in card["groups"]}


def _regroup(tx: Transaction, card: Row, wanted: list[str]) -> bool:
    before = _of(card)
    for group in before - set(wanted):
        ports.leave_group(tx, [card["id"]], group)
    for group in set(wanted) - before:
        ports.join_group(tx, card["id"], group)
    return before != set(wanted)
