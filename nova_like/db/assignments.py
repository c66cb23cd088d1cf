"""Rows of role assignments: which user has which role on a project, a domain or the system."""

from typing import Any

import sqlalchemy as sa

from nova_like.db.engine import Transaction
from nova_like.db.schema.identity import assignments

SYSTEM = "all"  # the target id of system assignments


def role_ids(tx: Transaction, user_id: str, kind: str, target_id: str) -> set[str]:
    """Ids of the roles given directly; `kind` is project, domain or system."""
    statement = sa.select(assignments.c.role_id).where(assignments.c.actor_id == user_id)
    return set(tx.execute(statement.where(assignments.c.target_kind == kind,
                                          assignments.c.target_id == target_id)).scalars())  # fmt: skip


def list_assignments(tx: Transaction, **wanted: str | None) -> list[dict[str, Any]]:
    """Assignments whose columns (actor_id, target_kind, target_id, role_id) have the given values."""
    order = (assignments.c.actor_id, assignments.c.target_kind, assignments.c.target_id, assignments.c.role_id)
    statement = sa.select(assignments).order_by(*order)
    for name, value in wanted.items():
        if value is not None:
            statement = statement.where(assignments.c[name] == value)
    return tx.rows(statement)


def grant(tx: Transaction, user_id: str, kind: str, target_id: str, role_id: str) -> None:
    """Give a role; giving it again changes nothing."""
    if role_id not in role_ids(tx, user_id, kind, target_id):
        values = {"actor_id": user_id, "target_kind": kind, "target_id": target_id, "role_id": role_id}
        tx.execute(sa.insert(assignments).values(**values))


def revoke(tx: Transaction, user_id: str, kind: str, target_id: str, role_id: str) -> None:
    own = (assignments.c.actor_id == user_id, assignments.c.target_kind == kind)
    tx.execute(sa.delete(assignments).where(*own, assignments.c.target_id == target_id,
                                            assignments.c.role_id == role_id))  # fmt: skip
