"""Rows of revoked tokens, by audit id, kept until the token would have expired by itself."""

import sqlalchemy as sa

from nova_like.db.engine import Transaction
from nova_like.db.schema import db_now
from nova_like.db.schema.identity import revocations


def revoke(tx: Transaction, audit_id: str, expires_at: float) -> None:
    """Void a token; those whose time is over are forgotten on the way."""
    tx.execute(sa.delete(revocations).where(revocations.c.expires_at < db_now() - 60))
    if not is_revoked(tx, audit_id):
        tx.execute(sa.insert(revocations).values(audit_id=audit_id, expires_at=expires_at))


def is_revoked(tx: Transaction, audit_id: str) -> bool:
    return tx.scalar(sa.select(revocations.c.audit_id).where(revocations.c.audit_id == audit_id)) is not None
