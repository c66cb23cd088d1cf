"""Rows of the passwords that users had, hashed. As many are kept of each user as the rules ask for."""

import sqlalchemy as sa

from nova_like import concurrency
from nova_like.db.engine import Transaction
from nova_like.db.schema.delegation import password_history


def hashes(tx: Transaction, user_id: str, most: int) -> list[str]:
    """The newest first."""
    statement = sa.select(password_history.c.password_hash).where(password_history.c.user_id == user_id)
    newest = (password_history.c.changed_at.desc(), password_history.c.id)
    return list(tx.execute(statement.order_by(*newest).limit(most)).scalars())


def remember(tx: Transaction, user_id: str, password_hash: str, now: float, most: int) -> None:
    """One more; those beyond the newest `most` are forgotten."""
    mine = password_history.c.user_id == user_id
    if most > 0:
        values = {"id": concurrency.new_id(), "user_id": user_id, "password_hash": password_hash, "changed_at": now}
        tx.execute(sa.insert(password_history).values(**values))
    newest = (password_history.c.changed_at.desc(), password_history.c.id)
    kept = sa.select(password_history.c.id).where(mine).order_by(*newest).limit(most).scalar_subquery()
    tx.execute(sa.delete(password_history).where(mine, password_history.c.id.not_in(kept)))
