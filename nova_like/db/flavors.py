"""Rows of flavors. Instances keep a copy of what they were booted with, so rows here may go at any time."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from nova_like.db.engine import Transaction
from nova_like.db.schema.compute import flavor_access, flavors
from nova_like.model.errors import Conflict

Row = dict[str, Any]
SORT_KEYS = {"flavorid": flavors.c.id, "id": flavors.c.id, "name": flavors.c.name, "memory_mb": flavors.c.ram_mib,
             "vcpus": flavors.c.vcpus, "root_gb": flavors.c.disk_gib, "created_at": flavors.c.created_at}  # fmt: skip


def get(tx: Transaction, flavor_id: str, seen_by: str | None = None) -> Row | None:
    """The row; a private one only if the project `seen_by` (None: anybody) has access to it."""
    if seen_by is None:
        return tx.row(_BY_ID, {"flavor_id": flavor_id})
    return tx.row(_SEEN_BY_ID, {"flavor_id": flavor_id, "project": seen_by})


def by_name(tx: Transaction, name: str, seen_by: str | None = None) -> Row | None:
    return tx.row(sa.select(flavors).where(flavors.c.name == name, *_seen(seen_by)))


def _seen(project: Any) -> list[Any]:
    """Conditions under which a project (None: anybody) sees a flavor."""
    if project is None:
        return []
    mine = sa.exists().where(flavor_access.c.flavor_id == flavors.c.id, flavor_access.c.project_id == project)
    return [sa.or_(flavors.c.public, mine)]


_BY_ID = sa.select(flavors).where(flavors.c.id == sa.bindparam("flavor_id"))
_SEEN_BY_ID = _BY_ID.where(*_seen(sa.bindparam("project")))


def list_flavors(
    tx: Transaction, public: bool | None = True, min_ram_mib: int = 0, min_disk_gib: int = 0, sort_key: str = "id",
    descending: bool = False, marker: str | None = None, limit: int | None = None, seen_by: str | None = None,
) -> list[Row]:  # fmt: skip
    """A page in order of `sort_key` and id; `public` None is both kinds; those that a project sees (None: anybody).
    Raises LookupError for a marker unseen."""
    column = SORT_KEYS[sort_key]
    statement = sa.select(flavors).where(flavors.c.ram_mib >= min_ram_mib, flavors.c.disk_gib >= min_disk_gib)
    statement = statement.where(*_seen(seen_by))
    if public is not None:
        statement = statement.where(flavors.c.public == public)
    if marker is not None:
        last = get(tx, marker, seen_by)
        if last is None:
            raise LookupError(marker)
        here, there = sa.tuple_(column, flavors.c.id), sa.tuple_(*map(sa.literal, (last[column.name], last["id"])))
        statement = statement.where(here < there if descending else here > there)
    ways = (c.desc() if descending else c.asc() for c in (column, flavors.c.id))
    return tx.rows(statement.order_by(*ways).limit(limit))


def insert(tx: Transaction, row: Row) -> Row:
    """The new row with its times. Raises Conflict (code `duplicate`) when the id or the name is taken."""
    try:
        tx.execute(sa.insert(flavors).values(**row))
    except IntegrityError:
        raise Conflict(f"Flavor with name {row['name']} or id {row['id']} already exists.", "flavor",
                       code="duplicate") from None  # fmt: skip
    found = get(tx, row["id"])
    assert found is not None
    return found


def update(tx: Transaction, flavor_id: str, **values: Any) -> None:
    tx.execute(sa.update(flavors).where(flavors.c.id == flavor_id).values(**values))


def delete(tx: Transaction, flavor_id: str) -> bool:
    """Whether there was one; who had access goes with it."""
    tx.execute(sa.delete(flavor_access).where(flavor_access.c.flavor_id == flavor_id))
    return tx.execute(sa.delete(flavors).where(flavors.c.id == flavor_id)).rowcount == 1


def projects(tx: Transaction, flavor_id: str) -> list[str]:
    """Ids of the projects that have access to it, in order."""
    table = flavor_access.c
    statement = sa.select(table.project_id).where(table.flavor_id == flavor_id).order_by(table.project_id)
    return list(tx.execute(statement).scalars())


def add_access(tx: Transaction, flavor_id: str, project_id: str) -> None:
    """Raises Conflict (code `duplicate`)."""
    try:
        tx.execute(sa.insert(flavor_access).values(flavor_id=flavor_id, project_id=project_id))
    except IntegrityError:
        raise Conflict(f"Flavor access already exists for flavor {flavor_id} and project {project_id} combination.",
                       "flavor", code="duplicate") from None  # fmt: skip


def drop_access(tx: Transaction, flavor_id: str, project_id: str) -> bool:
    """Whether it had access."""
    mine = (flavor_access.c.flavor_id == flavor_id, flavor_access.c.project_id == project_id)
    return tx.execute(sa.delete(flavor_access).where(*mine)).rowcount == 1
