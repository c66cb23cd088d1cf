"""Rows of projects."""

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa

from nova_like.db import held_roles, listing, project_tags
from nova_like.db.engine import Transaction
from nova_like.db.records import Records
from nova_like.db.schema.identity import domains, projects

Row = dict[str, Any]
ROWS = Records(projects, "name")


def get(tx: Transaction, project_id: str) -> Row | None:
    """A project, with `domain_name`, `domain_enabled` and `domain_token_floor`."""
    return tx.row(_select().where(projects.c.id == project_id))


def hold(tx: Transaction, project_id: str) -> Row | None:
    """The same, held until the transaction ends."""
    return tx.row(_select().where(projects.c.id == project_id).with_for_update(of=projects))


def by_ids(tx: Transaction, ids: Collection[str]) -> list[Row]:
    return tx.rows(_select().where(projects.c.id.in_(ids))) if ids else []


def by_name(tx: Transaction, name: str, domain_id: str) -> Row | None:
    return tx.row(_select().where(projects.c.name == name, projects.c.domain_id == domain_id))


def list_projects(
    tx: Transaction, name: str | None = None, domain_id: str | None = None, enabled: bool | None = None,
    parent_id: str | None = None, user_id: str | None = None,
) -> list[Row]:  # fmt: skip
    """Projects in order of name; with `user_id` those where that user has a role, by a group or inherited too."""
    statement = _select().order_by(projects.c.name, projects.c.id)
    wanted = ((projects.c.name, name), (projects.c.domain_id, domain_id), (projects.c.enabled, enabled),
              (projects.c.parent_id, parent_id))  # fmt: skip
    for column, value in wanted:
        if value is not None:
            statement = statement.where(column == value)
    if user_id is not None:
        statement = statement.where(held_roles.on_project(projects.c.id, projects.c.domain_id, user_id))
    return tx.rows(statement)


def asked(tx: Transaction, wanted: Mapping[str, Any], user_id: str | None = None,
          tags: Mapping[str, list[str]] | None = None) -> list[Row]:  # fmt: skip
    """Projects in order of name; `wanted` as in listing.asked, `tags` as in project_tags.conditions."""
    statement = _select().where(*project_tags.conditions(projects.c.id, tags or {}))
    if user_id is not None:
        statement = statement.where(held_roles.on_project(projects.c.id, projects.c.domain_id, user_id))
    return listing.asked(tx, statement, projects, wanted)


def insert(tx: Transaction, row: Row) -> None:
    tx.execute(sa.insert(projects).values(**row))


def _select() -> sa.Select:
    joined = sa.join(projects, domains, projects.c.domain_id == domains.c.id)
    extra = (domains.c.name.label("domain_name"), domains.c.enabled.label("domain_enabled"),
             domains.c.token_floor.label("domain_token_floor"))  # fmt: skip
    return sa.select(projects, *extra).select_from(joined)
