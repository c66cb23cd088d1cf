"""Rows of groups, and who is in them."""

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa

from nova_like.db import listing
from nova_like.db.engine import Transaction
from nova_like.db.records import Records
from nova_like.db.schema.identity import groups, memberships

Row = dict[str, Any]
ROWS = Records(groups, "name")


def asked(tx: Transaction, wanted: Mapping[str, Any], user_id: str | None = None) -> list[Row]:
    """Groups in order of name, with `user_id` those that he is in; `wanted` as in listing.asked."""
    statement = sa.select(groups)
    if user_id is not None:
        mine = sa.select(memberships.c.group_id).where(memberships.c.user_id == user_id)
        statement = statement.where(groups.c.id.in_(mine))
    return listing.asked(tx, statement, groups, wanted)


def members(tx: Transaction, group_ids: Collection[str]) -> dict[str, list[str]]:
    """{group id: ids of its users} of those that have any."""
    found: dict[str, list[str]] = {}
    if group_ids:
        for row in tx.rows(sa.select(memberships).where(memberships.c.group_id.in_(group_ids))):
            found.setdefault(row["group_id"], []).append(row["user_id"])
    return found


def is_member(tx: Transaction, group_id: str, user_id: str) -> bool:
    return tx.scalar(sa.select(memberships.c.user_id).where(*_of(group_id, user_id))) is not None


def add(tx: Transaction, group_id: str, user_id: str) -> None:
    """Who is in it already stays."""
    if not is_member(tx, group_id, user_id):
        tx.execute(sa.insert(memberships).values(group_id=group_id, user_id=user_id))


def remove(tx: Transaction, group_id: str, user_id: str) -> bool:
    """Whether he was in it."""
    return bool(tx.execute(sa.delete(memberships).where(*_of(group_id, user_id))).rowcount)


def _of(group_id: str, user_id: str) -> tuple[Any, Any]:
    return memberships.c.group_id == group_id, memberships.c.user_id == user_id
