"""Rows of key pairs: a user's, by name. Private keys are never here."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from nova_like.db import tags
from nova_like.db.engine import Transaction
from nova_like.db.schema.compute import keypairs
from nova_like.model.errors import Conflict

Row = dict[str, Any]


def get(tx: Transaction, user_id: str, name: str) -> Row | None:
    return tx.row(sa.select(keypairs).where(keypairs.c.user_id == user_id, keypairs.c.name == name))


def list_keypairs(tx: Transaction, user_id: str, marker: str | None = None, limit: int | None = None) -> list[Row]:
    """A user's key pairs in order of name, from behind the name `marker`. Raises LookupError for an unknown one."""
    statement = sa.select(keypairs).where(keypairs.c.user_id == user_id)
    if marker is not None:
        if get(tx, user_id, marker) is None:
            raise LookupError(marker)
        statement = statement.where(keypairs.c.name > marker)
    return tx.rows(statement.order_by(keypairs.c.name).limit(limit))


def count(tx: Transaction, user_id: str) -> int:
    return int(tx.scalar(sa.select(sa.func.count()).where(keypairs.c.user_id == user_id)))


def insert(tx: Transaction, row: Row) -> Row:
    """The new row with its times. Raises Conflict (code `duplicate`) when the user has one of that name."""
    try:
        tx.execute(sa.insert(keypairs).values(**row))
    except IntegrityError:
        raise Conflict(f"Key pair '{row['name']}' already exists.", "keypair", code="duplicate") from None
    found = get(tx, row["user_id"], row["name"])
    assert found is not None
    return found


def delete(tx: Transaction, user_id: str, name: str) -> bool:
    """Whether there was one; its tags go with it."""
    row = get(tx, user_id, name)
    if row is None:
        return False
    tags.remove_all(tx, row["id"])
    return tx.execute(sa.delete(keypairs).where(keypairs.c.id == row["id"])).rowcount == 1
