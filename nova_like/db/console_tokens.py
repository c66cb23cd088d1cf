"""Rows of console tokens. They are known here by their digests; times are by the database's clock."""

import hashlib
from typing import Any

import sqlalchemy as sa

from nova_like.db.engine import Transaction
from nova_like.db.schema import db_now
from nova_like.db.schema.compute import instances
from nova_like.db.schema.consoles import console_tokens
from nova_like.model import states

Row = dict[str, Any]
MOST = 16  # unexpired ones of one instance; the oldest goes when one more is made


def insert(tx: Transaction, token: str, ttl_seconds: float, row: Row) -> None:
    """`row`: instance_id, project_id, user_id, kind, host. The instance's oldest beyond `MOST` end with it."""
    table = console_tokens.c
    own = sa.select(table.digest).where(table.instance_id == row["instance_id"])
    kept = own.order_by(table.expires_at.desc(), table.digest).limit(MOST - 1)
    tx.execute(sa.delete(console_tokens).where(
        table.instance_id == row["instance_id"], table.digest.not_in(kept.scalar_subquery())))  # fmt: skip
    tx.execute(sa.insert(console_tokens).values(digest=digest(token), expires_at=db_now() + ttl_seconds, **row))


def get(tx: Transaction, token: str) -> Row | None:
    """An unexpired token of an instance that is where it was; used or not."""
    return tx.row(sa.select(console_tokens).where(*_good(token)))


def use(tx: Transaction, token: str) -> Row | None:
    """The same of one that nobody used before, and nobody will after."""
    used = sa.update(console_tokens).where(*_good(token), console_tokens.c.used_at.is_(None))
    return tx.row(used.values(used_at=db_now()).returning(console_tokens))


def digest(token: str) -> str:
    """Tokens are long and random, so a plain hash is enough."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _good(token: str) -> tuple[Any, ...]:
    table = console_tokens.c
    there = sa.exists().where(
        instances.c.id == table.instance_id, instances.c.host == table.host,
        instances.c.wanted != "deleted", instances.c.state.in_(states.ALLOWS["console"]),
    )  # fmt: skip
    return table.digest == digest(token), table.expires_at > db_now(), there
