"""Rows of projects."""

from typing import Any

import sqlalchemy as sa

from nova_like.db.engine import Transaction
from nova_like.db.schema.identity import assignments, domains, projects

Row = dict[str, Any]


def get(tx: Transaction, project_id: str) -> Row | None:
    """A project, with `domain_name` and `domain_enabled`."""
    return tx.row(_select().where(projects.c.id == project_id))


def by_name(tx: Transaction, name: str, domain_id: str) -> Row | None:
    return tx.row(_select().where(projects.c.name == name, projects.c.domain_id == domain_id))


def list_projects(
    tx: Transaction, name: str | None = None, domain_id: str | None = None, enabled: bool | None = None,
    parent_id: str | None = None, user_id: str | None = None,
) -> list[Row]:  # fmt: skip
    """Projects in order of name; with `user_id` those where that user has a role."""
    statement = _select().order_by(projects.c.name, projects.c.id)
    wanted = ((projects.c.name, name), (projects.c.domain_id, domain_id), (projects.c.enabled, enabled),
              (projects.c.parent_id, parent_id))  # fmt: skip
    for column, value in wanted:
        if value is not None:
            statement = statement.where(column == value)
    if user_id is not None:
        mine = sa.select(assignments.c.target_id).where(assignments.c.actor_id == user_id)
        statement = statement.where(projects.c.id.in_(mine.where(assignments.c.target_kind == "project")))
    return tx.rows(statement)


def insert(tx: Transaction, row: Row) -> None:
    tx.execute(sa.insert(projects).values(**row))


def _select() -> sa.Select:
    joined = sa.join(projects, domains, projects.c.domain_id == domains.c.id)
    extra = (domains.c.name.label("domain_name"), domains.c.enabled.label("domain_enabled"))
    return sa.select(projects, *extra).select_from(joined)
