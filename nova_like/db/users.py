"""Rows of users."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from nova_like.db import listing
from nova_like.db.engine import Transaction
from nova_like.db.records import Records
from nova_like.db.schema.identity import domains, memberships, users

Row = dict[str, Any]
ROWS = Records(users, "name")


def get(tx: Transaction, user_id: str) -> Row | None:
    """A user, with `domain_name` and `domain_enabled`."""
    return tx.row(_select().where(users.c.id == user_id))


def by_name(tx: Transaction, name: str, domain_id: str) -> Row | None:
    return tx.row(_select().where(users.c.name == name, users.c.domain_id == domain_id))


def list_users(
    tx: Transaction, name: str | None = None, domain_id: str | None = None, enabled: bool | None = None
) -> list[Row]:
    """Users in order of name."""
    statement = _select().order_by(users.c.name, users.c.id)
    for column, value in ((users.c.name, name), (users.c.domain_id, domain_id), (users.c.enabled, enabled)):
        if value is not None:
            statement = statement.where(column == value)
    return tx.rows(statement)


def asked(tx: Transaction, wanted: Mapping[str, Any], group_id: str | None = None) -> list[Row]:
    """Users in order of name, with `group_id` those in it; `wanted` as in listing.asked."""
    statement = _select()
    if group_id is not None:
        inside = sa.select(memberships.c.user_id).where(memberships.c.group_id == group_id)
        statement = statement.where(users.c.id.in_(inside))
    return listing.asked(tx, statement, users, wanted)


def insert(tx: Transaction, row: Row) -> None:
    tx.execute(sa.insert(users).values(**row))


def update(tx: Transaction, user_id: str, **values: Any) -> None:
    tx.execute(sa.update(users).where(users.c.id == user_id).values(**values))


def count_failure(tx: Transaction, user_id: str, now: float, anew: bool) -> None:
    """One more wrong password; `anew`: those before count no more."""
    failed = sa.literal(1) if anew else users.c.failed_logins + 1
    update(tx, user_id, failed_logins=failed, failed_at=now)


def _select() -> sa.Select:
    joined = sa.join(users, domains, users.c.domain_id == domains.c.id)
    extra = (domains.c.name.label("domain_name"), domains.c.enabled.label("domain_enabled"),
             domains.c.token_floor.label("domain_token_floor"))  # fmt: skip
    return sa.select(users, *extra).select_from(joined)
