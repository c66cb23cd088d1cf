"""Rows of tags: a project's own keys and values on any resource that it can see."""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from nova_like.db.engine import Transaction
from nova_like.db.schema.compute import tags

Row = dict[str, Any]


def put(tx: Transaction, project_id: str, resource_id: str, kind: str, values: Mapping[str, str]) -> None:
    """Give a resource these tags; a key that it has takes the new value."""
    put_many(tx, project_id, [resource_id], kind, values)


def put_many(tx: Transaction, project_id: str, resource_ids: list[str], kind: str, values: Mapping[str, str]) -> None:
    """Give all the resources these tags, in one statement and in one order for all callers."""
    rows = [
        {"project_id": project_id, "resource_id": resource_id, "kind": kind, "key": key, "value": values[key]}
        for resource_id in sorted(set(resource_ids))
        for key in sorted(values)
    ]
    if not rows:
        return
    dialect = postgresql if tx.dialect == "postgresql" else sqlite
    insert = dialect.insert(tags).values(rows)
    keys = (tags.c.project_id, tags.c.resource_id, tags.c.key)
    tx.execute(insert.on_conflict_do_update(index_elements=list(keys), set_={"value": insert.excluded.value}))


def remove(tx: Transaction, project_id: str, resource_id: str, keys: Iterable[str]) -> None:
    """Take these keys away; those that are not there are no error."""
    tx.execute(sa.delete(tags).where(*_of(project_id, resource_id), tags.c.key.in_(list(keys))))


def remove_value(tx: Transaction, project_id: str, resource_id: str, key: str, value: str) -> None:
    """Take a key away if it has this value."""
    tx.execute(sa.delete(tags).where(*_of(project_id, resource_id), tags.c.key == key, tags.c.value == value))


def remove_all(tx: Transaction, resource_id: str, project_id: str | None = None) -> None:
    """Take all tags of a resource away: one project's, or everybody's when the resource goes."""
    condition = _of(project_id, resource_id) if project_id is not None else (tags.c.resource_id == resource_id,)
    tx.execute(sa.delete(tags).where(*condition))


def _of(project_id: str, resource_id: str) -> tuple[Any, Any]:
    return tags.c.project_id == project_id, tags.c.resource_id == resource_id


def count(tx: Transaction, project_id: str, resource_id: str) -> int:
    """How many tags the project has on the resource."""
    return int(tx.scalar(sa.select(sa.func.count()).where(*_of(project_id, resource_id))))


def of(tx: Transaction, project_id: str, resource_ids: list[str]) -> dict[str, dict[str, str]]:
    """{resource id: {key: value}} of those that have any."""
    if not resource_ids:
        return {}
    found: dict[str, dict[str, str]] = {}
    for row in tx.rows(_OF, {"owner": project_id, "ids": resource_ids}):
        found.setdefault(row["resource_id"], {})[row["key"]] = row["value"]
    return found


_OF = sa.select(tags).where(
    tags.c.project_id == sa.bindparam("owner"), tags.c.resource_id.in_(sa.bindparam("ids", expanding=True))
)


def list_tags(tx: Transaction, project_id: str) -> list[Row]:
    """All tags of a project, in order of resource and key."""
    return tx.rows(sa.select(tags).where(tags.c.project_id == project_id).order_by(tags.c.resource_id, tags.c.key))
