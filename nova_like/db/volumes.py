"""Rows of volumes: made, found, moved from state to state."""

from typing import Any

import sqlalchemy as sa

from nova_like.db.engine import Transaction
from nova_like.db.schema import db_now
from nova_like.db.schema.volumes import volumes
from nova_like.model import states

Row = dict[str, Any]
DELETED = "deleted"
SORT_KEYS = {
    "created_at": "created_at", "updated_at": "updated_at", "id": "id", "name": "name", "display_name": "name",
    "size": "size_gib", "status": "state", "bootable": "bootable", "availability_zone": "zone",
}  # fmt: skip


def insert(tx: Transaction, row: Row) -> None:
    tx.execute(sa.insert(volumes).values(**row))


def get(tx: Transaction, volume_id: str, project_id: str | None) -> Row | None:
    """The live row, if `project_id` (None: anybody) owns it."""
    return tx.row(_owned(sa.select(volumes), volume_id, project_id))


def hold(tx: Transaction, volume_id: str, project_id: str | None = None) -> Row | None:
    """The row, held until the transaction ends."""
    return tx.row(_owned(sa.select(volumes), volume_id, project_id).with_for_update())


def _owned(statement: sa.Select, volume_id: str, project_id: str | None) -> sa.Select:
    statement = statement.where(volumes.c.id == volume_id, volumes.c.state != DELETED)
    return statement if project_id is None else statement.where(volumes.c.project_id == project_id)


def update(tx: Transaction, volume_id: str, **values: Any) -> None:
    tx.execute(sa.update(volumes).where(volumes.c.id == volume_id).values(updated_at=db_now(), **values))


def move(tx: Transaction, volume_id: str, event: str, **values: Any) -> bool:
    """Apply `event` of model/states: the row changes only from a state that has it. False when it has not."""
    after = states.sources(states.VOLUME, event)
    if DELETED in after.values():
        values["deleted_at"] = db_now()
    statement = sa.update(volumes).where(volumes.c.id == volume_id, volumes.c.state.in_(list(after)))
    changed = statement.values(state=sa.case(after, value=volumes.c.state), updated_at=db_now(), **values)
    return tx.execute(changed).rowcount == 1


def on_host(tx: Transaction, host: str) -> list[Row]:
    """Light rows of the live volumes that are placed on a host."""
    columns = (volumes.c.id, volumes.c.state, volumes.c.generation, volumes.c.wanted, volumes.c.size_gib)
    return tx.rows(sa.select(*columns).where(volumes.c.host == host, volumes.c.state != DELETED))


def list_volumes(
    tx: Transaction, project_id: str | None, filters: Row, limit: int, offset: int = 0, marker: str | None = None,
    sort: list[tuple[str, str]] | None = None,
) -> list[Row]:  # fmt: skip
    """A page of live volumes, newest first. `filters`: column -> value or list of values; `metadata`: {key: value};
    `id_ranges`: in any of them, inclusive. Raises LookupError for a marker that is not there."""
    statement = sa.select(volumes).where(*_conditions(project_id, filters))
    order = _order(sort)
    if marker is not None:
        statement = statement.where(_beyond(tx, project_id, marker, order))
    statement = statement.order_by(*(column.asc() if way == "asc" else column.desc() for column, way in order))
    return tx.rows(statement.limit(limit).offset(offset))


def summary(tx: Transaction, project_id: str | None) -> tuple[int, int]:
    """(volumes, GiB) that there are."""
    counted = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(volumes.c.size_gib), 0))
    row = tx.execute(counted.where(*_conditions(project_id, {}))).one()
    return int(row[0]), int(row[1])


def _conditions(project_id: str | None, filters: Row) -> list[Any]:
    found = [volumes.c.state != DELETED]
    if project_id is not None:
        found.append(volumes.c.project_id == project_id)
    for name, value in filters.items():
        if name == "metadata":
            found += [volumes.c.metadata[key].as_string() == text for key, text in value.items()]
        elif name == "id_ranges":
            found.append(sa.or_(sa.false(), *(volumes.c.id.between(low, high) for low, high in value)))
        else:
            found.append(volumes.c[name].in_(value) if isinstance(value, list) else volumes.c[name] == value)
    return found


def _order(sort: list[tuple[str, str]] | None) -> list[tuple[Any, str]]:
    """Columns that together are unique and never null, so that a marker has one place among the rows."""
    asked = [(SORT_KEYS[name], way) for name, way in sort or [("created_at", "desc")]]
    if "id" not in [name for name, _ in asked]:
        asked.append(("id", asked[-1][1]))
    columns = [(volumes.c[name], way) for name, way in asked]
    return [(sa.func.coalesce(column, "") if column.nullable else column, way) for column, way in columns]


def _beyond(tx: Transaction, project_id: str | None, marker: str, order: list[tuple[Any, str]]) -> Any:
    """Rows after the marker in this order."""
    columns = [column for column, _ in order]
    last = tx.execute(_owned(sa.select(*columns), marker, project_id)).first()
    if last is None:
        raise LookupError(marker)
    terms = []
    for index, (column, way) in enumerate(order):
        same = [columns[earlier] == last[earlier] for earlier in range(index)]
        terms.append(sa.and_(*same, column > last[index] if way == "asc" else column < last[index]))
    return sa.or_(*terms)
