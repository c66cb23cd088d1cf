"""Rows of tags: a project's own keys and values on any resource that it can see."""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from nova_like.db.engine import Transaction
from nova_like.db.schema.compute import tags

Row = dict[str, Any]


def put(tx: Transaction, project_id: str, resource_id: str, kind: str, values: Mapping[str, str]) -> None:
    """Give a resource these tags; a key that it has takes the new value."""
    if not values:
        return
    remove(tx, project_id, resource_id, values)
    rows = [
        {"project_id": project_id, "resource_id": resource_id, "kind": kind, "key": key, "value": value}
        for key, value in values.items()
    ]
    tx.execute(sa.insert(tags), rows)


def put_many(tx: Transaction, project_id: str, resource_ids: list[str], kind: str, values: Mapping[str, str]) -> None:
    """The same tags for new resources, which have none yet: one statement."""
    rows = [
        {"project_id": project_id, "resource_id": resource_id, "kind": kind, "key": key, "value": value}
        for resource_id in resource_ids
        for key, value in values.items()
    ]
    if rows:
        tx.execute(sa.insert(tags), rows)


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
    mine = tags.c.project_id == project_id
    for row in tx.rows(sa.select(tags).where(mine, tags.c.resource_id.in_(resource_ids))):
        found.setdefault(row["resource_id"], {})[row["key"]] = row["value"]
    return found


def list_tags(tx: Transaction, project_id: str) -> list[Row]:
    """All tags of a project, in order of resource and key."""
    return tx.rows(sa.select(tags).where(tags.c.project_id == project_id).order_by(tags.c.resource_id, tags.c.key))
