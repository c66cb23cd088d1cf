"""Rows of roles, and which role implies which."""

from typing import Any

import sqlalchemy as sa

from nova_like.db.engine import Transaction
from nova_like.db.schema.identity import implied_roles, roles

Row = dict[str, Any]


def get(tx: Transaction, role_id: str) -> Row | None:
    return tx.row(sa.select(roles).where(roles.c.id == role_id))


def list_roles(tx: Transaction, name: str | None = None) -> list[Row]:
    """Roles in order of name."""
    statement = sa.select(roles).order_by(roles.c.name)
    return tx.rows(statement if name is None else statement.where(roles.c.name == name))


def implications(tx: Transaction) -> list[tuple[str, str]]:
    """(role id, id of a role that it implies) of all."""
    return [(row.prior_id, row.implied_id) for row in tx.execute(sa.select(implied_roles))]


def insert(tx: Transaction, row: Row) -> None:
    tx.execute(sa.insert(roles).values(**row))


def imply(tx: Transaction, prior_id: str, implied_id: str) -> None:
    tx.execute(sa.insert(implied_roles).values(prior_id=prior_id, implied_id=implied_id))
