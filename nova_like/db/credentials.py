"""Rows of credentials: EC2 access keys, and those of every other type. Secrets are sealed before they come here."""

from typing import Any

import sqlalchemy as sa

from nova_like.db.engine import Transaction
from nova_like.db.records import Records
from nova_like.db.schema.delegation import credentials
from nova_like.db.schema.identity import ec2_credentials

Row = dict[str, Any]
OTHERS = Records(credentials, "user_id", "created_at", "id")  # of every type but ec2
KEYS = Records(ec2_credentials, "user_id", "created_at", "access")


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
