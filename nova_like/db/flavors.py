"""Rows of flavors. Instances keep a copy of what they were booted with, so rows here may go at any time."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from nova_like.db.engine import Transaction
from nova_like.db.schema.compute import flavors
from nova_like.model.errors import Conflict

Row = dict[str, Any]
SORT_KEYS = {"flavorid": flavors.c.id, "id": flavors.c.id, "name": flavors.c.name, "memory_mb": flavors.c.ram_mib,
             "vcpus": flavors.c.vcpus, "root_gb": flavors.c.disk_gib, "created_at": flavors.c.created_at}  # fmt: skip


def get(tx: Transaction, flavor_id: str, private: bool = True) -> Row | None:
    """The row; a private one only when `private` says that the caller may see it."""
    return tx.row(_BY_ID[private], {"flavor_id": flavor_id})


def by_name(tx: Transaction, name: str, private: bool = True) -> Row | None:
    return tx.row(_visible(private).where(flavors.c.name == name))


def _visible(private: bool) -> sa.Select:
    statement = sa.select(flavors)
    return statement if private else statement.where(flavors.c.public)


_BY_ID = {private: _visible(private).where(flavors.c.id == sa.bindparam("flavor_id")) for private in (False, True)}


def list_flavors(
    tx: Transaction, public: bool | None = True, min_ram_mib: int = 0, min_disk_gib: int = 0, sort_key: str = "id",
    descending: bool = False, marker: str | None = None, limit: int | None = None,
) -> list[Row]:  # fmt: skip
    """A page in order of `sort_key` and id; `public` None is both kinds. Raises LookupError for a marker unseen."""
    column = SORT_KEYS[sort_key]
    statement = sa.select(flavors).where(flavors.c.ram_mib >= min_ram_mib, flavors.c.disk_gib >= min_disk_gib)
    if public is not None:
        statement = statement.where(flavors.c.public == public)
    if marker is not None:
        last = get(tx, marker, private=public is not True)
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
    """Whether there was one."""
    return tx.execute(sa.delete(flavors).where(flavors.c.id == flavor_id)).rowcount == 1
