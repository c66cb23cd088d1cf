"""Which roles somebody has on a target, by assignment and implication."""

from typing import Any

from nova_like.db import held_roles, roles
from nova_like.db.engine import Transaction

Row = dict[str, Any]


def effective(tx: Transaction, user_id: str, scope: tuple[str, str]) -> list[Row]:
    """The roles of a user on (kind, id), implied ones included, in order of name; none for no scope."""
    kind, target_id = scope
    if not kind:
        return []
    held = held_roles.role_ids(tx, user_id, kind, target_id)
    return expand(tx, held) if held else []


def expand(tx: Transaction, held: set[str]) -> list[Row]:
    """The rows of these roles and of all that they imply, without those of domains: these only imply others."""
    implied = roles.implications(tx)
    known: set[str] = set()
    while held - known:
        known |= held
        held = held | {after for prior, after in implied if prior in known}
    return [row for row in roles.list_roles(tx) if row["id"] in known and row["domain_id"] is None]
