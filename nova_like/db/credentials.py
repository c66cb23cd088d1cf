"""Rows of EC2 credentials. Secrets are sealed before they come here."""

from typing import Any

import sqlalchemy as sa

from nova_like.db.engine import Transaction
from nova_like.db.schema.identity import ec2_credentials

Row = dict[str, Any]


def get(tx: Transaction, access: str) -> Row | None:
    return tx.row(sa.select(ec2_credentials).where(ec2_credentials.c.access == access))


def list_of_user(tx: Transaction, user_id: str) -> list[Row]:
    """A user's credentials, the oldest first."""
    statement = sa.select(ec2_credentials).where(ec2_credentials.c.user_id == user_id)
    return tx.rows(statement.order_by(ec2_credentials.c.created_at, ec2_credentials.c.access))


def insert(tx: Transaction, row: Row) -> None:
    tx.execute(sa.insert(ec2_credentials).values(**row))


def delete(tx: Transaction, access: str) -> None:
    tx.execute(sa.delete(ec2_credentials).where(ec2_credentials.c.access == access))
