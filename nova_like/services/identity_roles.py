"""Which roles somebody has on a target, by assignment and implication."""

from typing import Any

from nova_like.db import held_roles, roles
from nova_like.db.engine import Transaction
from nova_like.model.context import Context
from nova_like.model.errors import Forbidden

Row = dict[str, Any]
ADMIN = "admin"
MANAGED = ("manager", "member", "reader")  # which a manager may give in his domain


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
    return [row for row in roles.list_roles(tx) if row["id"] in known]


def check_beneath(tx: Transaction, ctx: Context, actor_id: str) -> None:
    """Raises Forbidden where a user or group is admin anywhere, to a caller who is not: who may change them would be
    admin himself."""
    if not ctx.is_admin and held_roles.holds_any(tx, actor_id, _making_admin(tx)):
        raise Forbidden("Only an admin may change who is admin.")


def is_managed(tx: Transaction, role: Row) -> bool:
    """Whether a manager may give and take this role in his domain."""
    return role["domain_id"] is None and role["name"] in MANAGED and role["id"] not in _making_admin(tx)


def _making_admin(tx: Transaction) -> set[str]:
    """Ids of the roles that are or imply admin."""
    found = {row["id"] for row in roles.list_roles(tx, ADMIN)}
    implied = roles.implications(tx)
    while more := {prior for prior, after in implied if after in found} - found:
        found |= more
    return found
