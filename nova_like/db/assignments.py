"""Rows of role assignments: which user or group has which role on a project, a domain or the system."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from nova_like.db import held_roles
from nova_like.db.engine import Transaction
from nova_like.db.schema.identity import assignments, projects

SYSTEM = "all"  # the target id of system assignments


def role_ids(tx: Transaction, actor_id: str, kind: str, target_id: str) -> set[str]:
    """Ids of the roles given directly; `kind` as in the table."""
    statement = sa.select(assignments.c.role_id).where(assignments.c.actor_id == actor_id)
    return set(tx.execute(statement.where(assignments.c.target_kind == kind,
                                          assignments.c.target_id == target_id)).scalars())  # fmt: skip


def find(
    tx: Transaction, actor_id: str | None = None, role_id: str | None = None, kinds: Collection[str] | None = None,
    target_ids: Collection[str] | None = None, realm: str | None = None, user_id: str | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Assignments that all filters fit; None is no filter. `realm`: on that domain or a project in it. `user_id`: his,
    and his groups'."""
    order = (assignments.c.actor_id, assignments.c.target_kind, assignments.c.target_id, assignments.c.role_id)
    conditions = [] if user_id is None else [held_roles.of(user_id)]
    for column, value in ((assignments.c.actor_id, actor_id), (assignments.c.role_id, role_id)):
        conditions += [] if value is None else [column == value]
    for column, values in ((assignments.c.target_kind, kinds), (assignments.c.target_id, target_ids)):
        conditions += [] if values is None else [column.in_(values)]
    if realm is not None:
        inside = sa.select(projects.c.id).where(projects.c.domain_id == realm)
        conditions.append(sa.or_(assignments.c.target_id == realm, assignments.c.target_id.in_(inside)))
    return tx.rows(sa.select(assignments).where(*conditions).order_by(*order))


def grant(tx: Transaction, actor_id: str, kind: str, target_id: str, role_id: str, actor_kind: str = "user") -> None:
    """Give a role to a user or a group; giving it again changes nothing."""
    if role_id not in role_ids(tx, actor_id, kind, target_id):
        values = {"actor_id": actor_id, "target_kind": kind, "target_id": target_id, "role_id": role_id}
        tx.execute(sa.insert(assignments).values(actor_kind=actor_kind, **values))


def revoke(tx: Transaction, actor_id: str, kind: str, target_id: str, role_id: str) -> bool:
    """Whether it was given."""
    own = (assignments.c.actor_id == actor_id, assignments.c.target_kind == kind)
    gone = sa.delete(assignments).where(*own, assignments.c.target_id == target_id, assignments.c.role_id == role_id)
    return bool(tx.execute(gone).rowcount)
