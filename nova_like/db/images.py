"""Rows of images: what the store holds, who may see it, and how far an upload has come."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from nova_like.db import tags as ec2_tags
from nova_like.db.engine import Transaction
from nova_like.db.schema import db_now
from nova_like.db.schema.images import images
from nova_like.model.errors import Conflict, NotFound

Row = dict[str, Any]
SORT_KEYS = {
    "created_at": "created_at", "updated_at": "updated_at", "name": "name", "id": "id", "status": "status",
    "size": "size_bytes", "disk_format": "disk_format", "container_format": "container_format",
}  # fmt: skip


def seen_by(project_id: Any) -> Any:
    """The condition that a project (None: anybody) may see an image when it knows its id."""
    if project_id is None:
        return sa.true()
    return sa.or_(images.c.owner_id == project_id, images.c.visibility.in_(["public", "community"]))


def get(tx: Transaction, image_id: str, project_id: str | None = None) -> Row | None:
    """The row, if `project_id` (None: anybody) may see it."""
    if project_id is None:
        return tx.row(_ANY, {"image_id": image_id})
    return tx.row(_SEEN, {"image_id": image_id, "project": project_id})


_ANY = sa.select(images).where(images.c.id == sa.bindparam("image_id"))
_SEEN = _ANY.where(seen_by(sa.bindparam("project")))


def hold(tx: Transaction, image_id: str, project_id: str | None = None) -> Row | None:
    """The row, held until the transaction ends."""
    return tx.row(sa.select(images).where(images.c.id == image_id, seen_by(project_id)).with_for_update())


def get_bootable(tx: Transaction, project_id: str | None, image_id: str) -> Row:
    """An image that the project may use, whatever its status: `active` is for the caller to ask. Raises NotFound."""
    row = get(tx, image_id, project_id)
    if row is None:
        raise NotFound("image", image_id)
    return row


def insert(tx: Transaction, row: Row) -> None:
    """Raises Conflict (`duplicate`) when the id is taken, by whomsoever."""
    if tx.scalar(sa.select(images.c.id).where(images.c.id == row["id"])) is not None:
        raise Conflict(f"Image ID {row['id']} already exists!", "image", code="duplicate", id=row["id"])
    tx.execute(sa.insert(images).values(**row))


def update(tx: Transaction, image_id: str, **values: Any) -> None:
    tx.execute(sa.update(images).where(images.c.id == image_id).values(**values, updated_at=db_now()))


def move(tx: Transaction, image_id: str, before: tuple[str, ...], after: str, **values: Any) -> bool:
    """Change the status, only from one of `before`; whether it was."""
    statement = sa.update(images).where(images.c.id == image_id, images.c.status.in_(before))
    return tx.execute(statement.values(status=after, **values, updated_at=db_now())).rowcount == 1


def delete(tx: Transaction, image_id: str) -> None:
    """The row goes, and the EC2 tags that projects have put on it."""
    ec2_tags.remove_all(tx, image_id)
    tx.execute(sa.delete(images).where(images.c.id == image_id))


def list_images(
    tx: Transaction, project_id: str | None, filters: Row, limit: int, marker: str | None = None,
    sort: list[tuple[str, str]] | None = None,
) -> list[Row]:  # fmt: skip
    """A page of images: own and public ones, community ones when `visibility` asks for them; newest first.
    `filters`: column -> value or list of values; `id_ranges`: in any of them, inclusive; `tags`: all of them;
    `properties`: name -> value; `size_min`, `size_max` in bytes. Raises LookupError for a marker out of sight."""
    statement = sa.select(images).where(*_conditions(tx, project_id, filters))
    order = _order(sort)
    if marker is not None:
        statement = statement.where(_beyond(tx, project_id, marker, order))
    statement = statement.order_by(*(column.asc() if way == "asc" else column.desc() for column, way in order))
    return tx.rows(statement.limit(limit))


def _conditions(tx: Transaction, project_id: str | None, filters: Row) -> list[Any]:
    table = images.c
    found = [seen_by(project_id)]
    if project_id is not None and filters.get("visibility") not in ("community", "all"):
        found.append(sa.or_(table.owner_id == project_id, table.visibility != "community"))
    for name, value in filters.items():
        if name == "visibility" and value == "all":
            continue
        if name == "id_ranges":
            found.append(sa.or_(sa.false(), *(table.id.between(low, high) for low, high in value)))
        elif name == "tags":
            found += [_has_tag(tx, tag) for tag in value]
        elif name == "properties":
            found += [table.properties[key].as_string() == text for key, text in value.items()]
        elif name in ("size_min", "size_max"):
            found.append(table.size_bytes >= value if name == "size_min" else table.size_bytes <= value)
        else:
            found.append(table[name].in_(value) if isinstance(value, list) else table[name] == value)
    return found


def _has_tag(tx: Transaction, tag: str) -> Any:
    if tx.dialect == "postgresql":
        return sa.cast(images.c.tags, postgresql.JSONB).contains([tag])
    elements = sa.func.json_each(images.c.tags).table_valued("value")
    return sa.exists(sa.select(elements.c.value).where(elements.c.value == tag))


def _order(sort: list[tuple[str, str]] | None) -> list[tuple[Any, str]]:
    """Columns that together are unique and never null, so that a marker has one place among the rows."""
    asked = [(SORT_KEYS[name], way) for name, way in sort or [("created_at", "desc")]]
    names = [name for name, _ in asked]
    asked += [(tie, asked[-1][1]) for tie in ("created_at", "id") if tie not in names]
    return [(_never_null(images.c[name]), way) for name, way in asked]


def _never_null(column: Any) -> Any:
    if not column.nullable:
        return column
    return sa.func.coalesce(column, 0 if column.name == "size_bytes" else "")


def _beyond(tx: Transaction, project_id: str | None, marker: str, order: list[tuple[Any, str]]) -> Any:
    """Rows after the marker in this order."""
    columns = [column for column, _ in order]
    last = tx.execute(sa.select(*columns).where(images.c.id == marker, seen_by(project_id))).first()
    if last is None:
        raise LookupError(marker)
    terms = []
    for index, (column, way) in enumerate(order):
        same = [columns[earlier] == last[earlier] for earlier in range(index)]
        terms.append(sa.and_(*same, column > last[index] if way == "asc" else column < last[index]))
    return sa.or_(*terms)
