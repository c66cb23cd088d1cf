"""Rows of projects' tags: plain words, of a domain's too."""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from nova_like.db.engine import Transaction
from nova_like.db.schema.identity import project_tags as tags

Row = dict[str, Any]


def of(tx: Transaction, project_ids: list[str]) -> dict[str, list[str]]:
    """{project id: tags in order} of those that have any."""
    found: dict[str, list[str]] = {}
    if project_ids:
        mine = tags.c.project_id.in_(project_ids)
        for row in tx.rows(sa.select(tags).where(mine).order_by(tags.c.project_id, tags.c.name)):
            found.setdefault(row["project_id"], []).append(row["name"])
    return found


def replace(tx: Transaction, project_id: str, names: Iterable[str]) -> None:
    """These tags and no others."""
    tx.execute(sa.delete(tags).where(tags.c.project_id == project_id))
    if rows := [{"project_id": project_id, "name": name} for name in sorted(set(names))]:
        tx.execute(sa.insert(tags), rows)


def remove(tx: Transaction, project_id: str, name: str) -> bool:
    """Whether it was there."""
    return bool(tx.execute(sa.delete(tags).where(tags.c.project_id == project_id, tags.c.name == name)).rowcount)


# a list's filters: `tags` all of these, `tags-any` one of them, `not-tags` not all, `not-tags-any` none
def conditions(column: sa.ColumnElement[str], wanted: Mapping[str, list[str]]) -> list[sa.ColumnElement[bool]]:
    """That the project with the id `column` has tags as the filters say."""

    def having(names: list[str]) -> sa.ColumnElement[bool]:
        return column.in_(sa.select(tags.c.project_id).where(tags.c.name.in_(names)))

    every = {key: sa.and_(*(having([name]) for name in names)) for key, names in wanted.items()}
    some = {key: having(names) for key, names in wanted.items()}
    table = {"tags": lambda: every["tags"], "tags-any": lambda: some["tags-any"],
             "not-tags": lambda: ~every["not-tags"], "not-tags-any": lambda: ~some["not-tags-any"]}  # fmt: skip
    return [table[key]() for key in wanted]
