"""Which roles somebody holds where: his own assignments and his groups', on a thing itself or inherited from above.
Implied roles are services/identity_roles.py's."""

import sqlalchemy as sa

from nova_like.db.engine import Transaction
from nova_like.db.schema.identity import assignments, memberships, projects


def role_ids(tx: Transaction, user_id: str, kind: str, target_id: str) -> set[str]:
    """Ids of the roles held on a project, a domain or the system (`kind`), in one statement."""
    at = sa.and_(assignments.c.target_kind == kind, assignments.c.target_id == target_id)
    if kind == "project":
        at = sa.or_(at, _inherited(target_id))
    return set(tx.execute(sa.select(assignments.c.role_id).distinct().where(of(user_id), at)).scalars())


def holds_any(tx: Transaction, actor_id: str, wanted: set[str]) -> bool:
    """Whether a user (by a group too) or a group holds one of these roles anywhere."""
    found = sa.select(assignments.c.role_id).where(of(actor_id), assignments.c.role_id.in_(wanted)).limit(1)
    return tx.scalar(found) is not None


def of(user_id: str) -> sa.ColumnElement[bool]:
    """Assignments that are the user's, by his groups too."""
    groups = sa.select(memberships.c.group_id).where(memberships.c.user_id == user_id)
    return sa.or_(assignments.c.actor_id == user_id, assignments.c.actor_id.in_(groups))


def _inherited(project_id: str) -> sa.ColumnElement[bool]:
    above = sa.select(projects.c.id, projects.c.parent_id).where(projects.c.id == project_id).cte("up", recursive=True)
    above = above.union_all(
        sa.select(projects.c.id, projects.c.parent_id).join_from(projects, above, projects.c.id == above.c.parent_id)
    )
    domain = sa.select(projects.c.domain_id).where(projects.c.id == project_id).scalar_subquery()
    below = sa.and_(assignments.c.target_kind == "below", assignments.c.target_id.in_(sa.select(above.c.parent_id)))
    return sa.or_(below, sa.and_(assignments.c.target_kind == "within", assignments.c.target_id == domain))


def on_project(id: sa.ColumnElement[str], domain_id: sa.ColumnElement[str], user_id: str) -> sa.ColumnElement[bool]:
    """That the user holds any role on the project with these columns."""

    def targets(kind: str) -> sa.Select:
        return sa.select(assignments.c.target_id).where(of(user_id), assignments.c.target_kind == kind)

    under = sa.select(projects.c.id).where(projects.c.parent_id.in_(targets("below"))).cte("under", recursive=True)
    under = under.union(sa.select(projects.c.id).join_from(projects, under, projects.c.parent_id == under.c.id))
    return sa.or_(id.in_(targets("project")), domain_id.in_(targets("within")), id.in_(sa.select(under.c.id)))
