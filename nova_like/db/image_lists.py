"""Lists of images: which a project is shown, by which filters, in which order. Changes nothing."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from nova_like.db.engine import Transaction
from nova_like.db.images import seen_by, shared_with
from nova_like.db.schema.images import images

Row = dict[str, Any]
SORT_KEYS = {
    "created_at": "created_at", "updated_at": "updated_at", "name": "name", "id": "id", "status": "status",
    "size": "size_bytes", "disk_format": "disk_format", "container_format": "container_format",
}  # fmt: skip
# times are shown in whole seconds, so a time that is asked for is a second long
_COMPARE: dict[str, Any] = {
    "gt": lambda column, second: column >= second + 1, "gte": lambda column, second: column >= second,
    "lt": lambda column, second: column < second, "lte": lambda column, second: column < second + 1,
    "eq": lambda column, second: sa.and_(column >= second, column < second + 1),
    "neq": lambda column, second: sa.or_(column < second, column >= second + 1),
}  # fmt: skip


def list_images(
    tx: Transaction, project_id: str | None, filters: Row, limit: int, marker: str | None = None,
    sort: list[tuple[str, str]] | None = None,
) -> list[Row]:  # fmt: skip
    """A page of images: own ones, public ones, and those shared with the project that it has accepted; community ones
    when `visibility` asks for them; newest first. `filters`: column -> value or list of values; `member_status`: of
    shared ones (None: whatever); `id_ranges`: in any of them, inclusive; `tags`: all of them; `properties`: name ->
    value; `size_min`, `size_max` in bytes; `times`: (column, operator, seconds since 1970). Raises LookupError for a
    marker out of sight."""
    statement = sa.select(images).where(*_conditions(tx, project_id, filters))
    order = _order(sort)
    if marker is not None:
        statement = statement.where(_beyond(tx, project_id, marker, order))
    statement = statement.order_by(*(column.asc() if way == "asc" else column.desc() for column, way in order))
    return tx.rows(statement.limit(limit))


def _conditions(tx: Transaction, project_id: str | None, filters: Row) -> list[Any]:
    asked = dict(filters)
    found = _shown(project_id, asked.pop("visibility", None), asked.pop("member_status", "accepted"))
    for name, value in asked.items():
        special = _SPECIAL.get(name)
        found += special(tx, value) if special else [_equals(images.c[name], value)]
    return found


def _shown(project_id: str | None, visibility: str | None, member_status: str | None) -> list[Any]:
    """What a project (None: an operator) is shown without knowing an id."""
    table = images.c
    found = [table.visibility == visibility] if visibility not in (None, "all") else []
    if project_id is None:
        return found
    to_all = ["public", "community"] if visibility in ("all", "community") else ["public"]
    shared = shared_with(project_id, member_status)
    return [*found, sa.or_(table.owner_id == project_id, table.visibility.in_(to_all), shared)]


def _equals(column: Any, value: Any) -> Any:
    return column.in_(value) if isinstance(value, list) else column == value


def _id_ranges(tx: Transaction, ranges: list[tuple[str, str]]) -> list[Any]:
    return [sa.or_(sa.false(), *(images.c.id.between(low, high) for low, high in ranges))]


def _tags(tx: Transaction, tags: list[str]) -> list[Any]:
    if tx.dialect == "postgresql":
        return [sa.cast(images.c.tags, postgresql.JSONB).contains([tag]) for tag in tags]
    elements = sa.func.json_each(images.c.tags).table_valued("value")
    return [sa.exists(sa.select(elements.c.value).where(elements.c.value == tag)) for tag in tags]


_SPECIAL: dict[str, Any] = {
    "id_ranges": _id_ranges,
    "tags": _tags,
    "properties": lambda tx, asked: [images.c.properties[name].as_string() == text for name, text in asked.items()],
    "size_min": lambda tx, least: [images.c.size_bytes >= least],
    "size_max": lambda tx, most: [images.c.size_bytes <= most],
    "times": lambda tx, asked: [_COMPARE[how](images.c[name], seconds) for name, how, seconds in asked],
}


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
