"""Rows of instances: made, found, moved from state to state."""

import functools
from typing import Any

import sqlalchemy as sa

from nova_like.db import moves, tombstones
from nova_like.db.engine import Transaction
from nova_like.db.instance_lists import HEAVY, LIGHT, list_instances
from nova_like.db.schema import db_now
from nova_like.db.schema.base import DatabaseNow
from nova_like.db.schema.compute import instances
from nova_like.model import states

__all__ = [
    "apply", "get", "hold", "insert", "known", "list_instances", "move", "of_groups", "on_hosts", "placed", "put_away",
    "quiet", "touch", "update", "whereabouts",
]  # fmt: skip
Row = dict[str, Any]
MOST_IDS = 500  # named in one statement
_BLANK: Row = {column.name: None for column in LIGHT} | {"power": "", "wanted": "present", "zone": "", "locked_by": ""}


def insert(tx: Transaction, rows: list[Row]) -> list[Row]:
    """Insert, and the rows as `list_instances` would show them."""
    now = tx.execute(_INSERT, rows).scalars().first()
    stamps = {"created_at": now, "updated_at": now}
    return [
        {**_BLANK, **{name: value for name, value in row.items() if name not in HEAVY}, **stamps,
         "has_user_data": row.get("user_data") is not None}
        for row in rows
    ]  # fmt: skip


_INSERT = sa.insert(instances).returning(instances.c.created_at)
_LIVE = sa.select(instances).where(
    instances.c.id == sa.bindparam("instance_id"), instances.c.state != sa.literal(states.DELETED)
)


def get(tx: Transaction, instance_id: str, project_id: str | None, deleted: bool = False) -> Row | None:
    """The row, if `project_id` (None: anybody) owns it; deleted ones only when asked for."""
    if project_id is None and not deleted:
        return tx.row(_LIVE, {"instance_id": instance_id})
    return tx.row(_owned(sa.select(instances), instance_id, project_id, deleted))


def hold(tx: Transaction, instance_id: str, project_id: str | None = None, deleted: bool = False) -> Row | None:
    """The row, held until the transaction ends; deleted ones only when asked for."""
    return tx.row(_owned(sa.select(instances), instance_id, project_id, deleted).with_for_update())


def _owned(statement: sa.Select, instance_id: str, project_id: str | None, deleted: bool) -> sa.Select:
    statement = statement.where(instances.c.id == instance_id)
    if project_id is not None:
        statement = statement.where(instances.c.project_id == project_id)
    return statement if deleted else statement.where(instances.c.state != states.DELETED)


def update(tx: Transaction, instance_id: str, **values: Any) -> None:
    tx.execute(sa.update(instances).where(instances.c.id == instance_id).values(updated_at=db_now(), **values))


def move(tx: Transaction, instance_id: str, event: str, **values: Any) -> bool:
    """Apply `event` of model/states: the row changes only from a state that has it. False when it has not."""
    return tx.execute(*_move(instance_id, event, values)).rowcount == 1


def apply(tx: Transaction, instance_id: str, event: str, **values: Any) -> None:
    """The same for who does not ask whether the row had it."""
    tx.send(*_move(instance_id, event, values))


def _move(instance_id: str, event: str, values: Row) -> tuple[Any, Row]:
    given = {name: value for name, value in values.items() if not isinstance(value, DatabaseNow)}
    statement = _moving(event, tuple(given), tuple(name for name in values if name not in given))
    return statement, {"instance_id": instance_id, **given}


@functools.cache
def _moving(event: str, given: tuple[str, ...], now: tuple[str, ...]) -> Any:
    """Made once for each set of columns, as it is on the path of every boot; those of `now` get the present time."""
    after, table = states.sources(states.INSTANCE, event), instances.c
    statement = sa.update(instances).where(table.id == sa.bindparam("instance_id"), table.state.in_(list(after)))
    values = {name: sa.bindparam(name, type_=table[name].type) for name in given} | dict.fromkeys(now, db_now())
    return statement.values(state=sa.case(after, value=table.state), updated_at=db_now(), **values)


def touch(tx: Transaction, instance_ids: list[str]) -> None:
    """Make them appear in changes-since."""
    tx.execute(sa.update(instances).where(instances.c.id.in_(instance_ids)).values(updated_at=db_now()))


def on_hosts(tx: Transaction, hosts: list[str]) -> dict[str, list[Row]]:
    """{host: light rows of the live instances that are placed there}; `quiet_seconds` since anything changed of them.
    Hosts without any are not named."""
    table = instances.c
    columns = (table.id, table.host, table.state, table.power, table.generation, table.wanted, table.power_generation,
               table.power_boot, (db_now() - table.updated_at).label("quiet_seconds"))  # fmt: skip
    statement = sa.select(*columns).where(instances.c.state != states.DELETED)
    found: dict[str, list[Row]] = {}
    for start in range(0, len(hosts), MOST_IDS):
        for row in tx.rows(statement.where(table.host.in_(hosts[start : start + MOST_IDS]))):
            found.setdefault(row["host"], []).append(row)
    return found


def whereabouts(tx: Transaction, instance_ids: list[str]) -> dict[str, Row]:
    """{id: state, host, beside (the other host of a move), deleted_seconds (ago), left (whether there is a tombstone)}
    of those that there are, deleted ones included."""
    table = instances.c
    found: dict[str, Row] = {}
    ago = sa.func.coalesce(db_now() - table.deleted_at, 0.0).label("deleted_seconds")
    beside, left = moves.host_of(table.id).label("beside"), tombstones.of(table.id).label("left")
    statement = sa.select(table.id, table.state, table.host, beside, ago, left)
    for start in range(0, len(instance_ids), MOST_IDS):
        chunk = instance_ids[start : start + MOST_IDS]
        found |= {row["id"]: row for row in tx.rows(statement.where(table.id.in_(chunk)))}
    return found


def quiet(tx: Transaction, state: str, seconds: float, limit: int) -> list[str]:
    """Ids of instances in a state of which nothing has changed for so long."""
    table = instances.c
    old = sa.select(table.id).where(table.state == state, table.updated_at < db_now() - seconds)
    return list(tx.execute(old.order_by(table.updated_at).limit(limit)).scalars())


def put_away(tx: Transaction, seconds: float, limit: int) -> list[str]:
    """Ids of soft-deleted instances that have been so for longer than this, the oldest first."""
    table = instances.c
    over = sa.select(table.id).where(table.deleted_at < db_now() - seconds, table.state == states.SOFT_DELETED)
    return list(tx.execute(over.where(table.wanted != "deleted").order_by(table.deleted_at).limit(limit)).scalars())


def of_groups(tx: Transaction, group_ids: list[str]) -> dict[str, list[Row]]:
    """{server group id: id and host of its live members} of those that have any; one statement."""
    found: dict[str, list[Row]] = {}
    table = instances.c
    if group_ids:
        statement = sa.select(table.id, table.group_id, table.host).where(table.state != states.DELETED)
        for row in tx.rows(statement.where(table.group_id.in_(group_ids)).order_by(table.created_at, table.id)):
            found.setdefault(row["group_id"], []).append(row)
    return found


def placed(tx: Transaction, instance_ids: list[str], project_id: str) -> set[str]:
    """Names of the hosts where a project's live instances of these ids are."""
    table = instances.c
    statement = sa.select(table.host).where(table.id.in_(instance_ids), table.project_id == project_id)
    live = statement.where(table.state != states.DELETED, table.host.is_not(None))
    return set(tx.execute(live).scalars())


def known(tx: Transaction, instance_ids: list[str], project_id: str) -> set[str]:
    """Those of these ids that are a project's live instances."""
    table = instances.c
    mine = (table.id.in_(instance_ids), table.project_id == project_id, table.state != states.DELETED)
    return set(tx.execute(sa.select(table.id).where(*mine)).scalars())
