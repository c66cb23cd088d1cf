"""Rows of trusts: what one user lets another do in his place, for one project."""

from typing import Any

import sqlalchemy as sa

from nova_like.db.engine import Transaction
from nova_like.db.records import Records
from nova_like.db.schema.delegation import trusts

Row = dict[str, Any]
TRUSTS = Records(trusts, "created_at", "id")


def use(tx: Transaction, id: str) -> bool:
    """Take one of the uses that are left; whether there was one. A trust without a limit is used for ever."""
    left = trusts.c.remaining_uses
    statement = sa.update(trusts).where(trusts.c.id == id, sa.or_(left.is_(None), left > 0))
    return bool(tx.execute(statement.values(remaining_uses=left - 1)).rowcount)


def delete(tx: Transaction, id: str) -> None:
    """A trust, and all that were made of it."""
    gone = [id]
    while gone:
        below = sa.select(trusts.c.id).where(trusts.c.redelegated_trust_id.in_(gone))
        made_of_it = list(tx.execute(below).scalars())
        tx.execute(sa.delete(trusts).where(trusts.c.id.in_(gone)))
        gone = made_of_it
