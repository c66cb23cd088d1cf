"""What a client's own token was used for: the same request again gets the same answer."""

import hashlib
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from nova_like.db.engine import Transaction
from nova_like.db.schema import db_now
from nova_like.db.schema.flows import client_tokens


def find(tx: Transaction, project_id: str, verb: str, token: str) -> dict[str, Any] | None:
    """{digest, result} of an earlier use, or None."""
    table = client_tokens.c
    return tx.row(sa.select(client_tokens).where(table.project_id == project_id, table.verb == verb,
                                                 table.token == token))  # fmt: skip


def seize(tx: Transaction, project_id: str, verb: str, token: str) -> bool:
    """Keep others from using the token until this transaction ends; False when somebody else is at it. On SQLite
    transactions follow one another anyway."""
    if tx.dialect != "postgresql":
        return True
    number = int.from_bytes(hashlib.sha256(f"{project_id} {verb} {token}".encode()).digest()[:8], signed=True)
    return bool(tx.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(sa.cast(number, sa.BigInteger)))))


def record(tx: Transaction, project_id: str, verb: str, token: str, digest: str, result: Any) -> bool:
    """Remember the outcome; False when somebody else did in the meantime (the caller then starts over)."""
    kind = postgresql if tx.dialect == "postgresql" else sqlite
    statement = kind.insert(client_tokens).values(
        project_id=project_id, verb=verb, token=token, digest=digest, result=result, created_at=db_now()
    )
    return tx.execute(statement.on_conflict_do_nothing()).rowcount == 1
