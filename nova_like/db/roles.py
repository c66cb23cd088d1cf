"""Rows of roles, and which role implies which."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from nova_like.db import listing
from nova_like.db.engine import Transaction
from nova_like.db.records import Records
from nova_like.db.schema.identity import implied_roles, roles

Row = dict[str, Any]
ROWS = Records(roles, "name")


def get(tx: Transaction, role_id: str) -> Row | None:
    return tx.row(sa.select(roles).where(roles.c.id == role_id))


def list_roles(tx: Transaction, name: str | None = None) -> list[Row]:
    """Roles of no domain, in order of name: those of domains may bear the same names."""
    statement = sa.select(roles).where(roles.c.domain_id.is_(None)).order_by(roles.c.name)
    return tx.rows(statement if name is None else statement.where(roles.c.name == name))


def every(tx: Transaction) -> list[Row]:
    """Those of domains too."""
    return tx.rows(sa.select(roles).order_by(roles.c.name, roles.c.id))


def asked(tx: Transaction, wanted: Mapping[str, Any]) -> list[Row]:
    """Roles of no domain, or of `domain_id`, in order of name; `wanted` as in listing.asked."""
    statement = sa.select(roles)
    if wanted.get("domain_id") is None:
        statement = statement.where(roles.c.domain_id.is_(None))
    return listing.asked(tx, statement, roles, wanted)


def implications(tx: Transaction) -> list[tuple[str, str]]:
    """(role id, id of a role that it implies) of all."""
    return [(row.prior_id, row.implied_id) for row in tx.execute(sa.select(implied_roles))]


def insert(tx: Transaction, row: Row) -> None:
    tx.execute(sa.insert(roles).values(**row))


def imply(tx: Transaction, prior_id: str, implied_id: str) -> None:
    tx.execute(sa.insert(implied_roles).values(prior_id=prior_id, implied_id=implied_id))


def implies(tx: Transaction, prior_id: str, implied_id: str) -> bool:
    return tx.scalar(sa.select(implied_roles.c.prior_id).where(*_pair(prior_id, implied_id))) is not None


def imply_no_more(tx: Transaction, prior_id: str, implied_id: str) -> bool:
    """Whether it did."""
    return bool(tx.execute(sa.delete(implied_roles).where(*_pair(prior_id, implied_id))).rowcount)


def _pair(prior_id: str, implied_id: str) -> tuple[Any, Any]:
    return implied_roles.c.prior_id == prior_id, implied_roles.c.implied_id == implied_id
