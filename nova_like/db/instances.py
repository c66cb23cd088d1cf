"""Rows of instances: made, found, moved from state to state."""

from typing import Any

import sqlalchemy as sa

from nova_like.db import tombstones
from nova_like.db.engine import Transaction
from nova_like.db.schema import db_now
from nova_like.db.schema.compute import instances
from nova_like.db.schema.networks import addresses, ports
from nova_like.model import states
from nova_like.model.commands import InstanceQuery

Row = dict[str, Any]
MOST_IDS = 500  # named in one statement
HEAVY = {"user_data", "public_key", "password"}
_LIGHT = [column for column in instances.c if column.name not in HEAVY]
_BLANK: Row = {column.name: None for column in _LIGHT} | {"power": "", "wanted": "present", "zone": "", "locked_by": ""}


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
    after = states.sources(states.INSTANCE, event)
    statement = sa.update(instances).where(instances.c.id == instance_id, instances.c.state.in_(list(after)))
    result = tx.execute(statement.values(state=sa.case(after, value=instances.c.state), updated_at=db_now(), **values))
    return result.rowcount == 1


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
    """{id: state, host, deleted_seconds (ago), left (whether there is a tombstone)} of those that there are, deleted
    ones included."""
    table = instances.c
    found: dict[str, Row] = {}
    ago = sa.func.coalesce(db_now() - table.deleted_at, 0.0).label("deleted_seconds")
    statement = sa.select(table.id, table.state, table.host, ago, tombstones.of(table.id).label("left"))
    for start in range(0, len(instance_ids), MOST_IDS):
        chunk = instance_ids[start : start + MOST_IDS]
        found |= {row["id"]: row for row in tx.rows(statement.where(table.id.in_(chunk)))}
    return found


def list_instances(tx: Transaction, query: InstanceQuery, project_id: str | None) -> list[Row]:
    """A page of rows, newest first unless `query.sort` says otherwise; without user data."""
    statement = sa.select(*_LIGHT, (instances.c.user_data.is_not(None)).label("has_user_data"))
    for condition in _conditions(query, project_id):
        statement = statement.where(condition)
    order = _order(query)
    if query.marker is not None:
        statement = statement.where(_beyond(tx, query.marker, order, project_id))
    statement = statement.order_by(*(column.asc() if way == "asc" else column.desc() for column, way in order))
    return tx.rows(statement.limit(query.limit))


def _conditions(query: InstanceQuery, project_id: str | None) -> list[Any]:
    table, found = instances.c, []
    exact = {
        "project_id": project_id, "host": query.host, "image_id": query.image_id, "key_name": query.key_name,
        "reservation_id": query.reservation_id, "user_id": query.user_id, "zone": query.zone,
    }  # fmt: skip
    found += [table[name] == value for name, value in exact.items() if value is not None]
    several = {"id": query.ids, "state": query.states, "power": query.powers}
    found += [table[name].in_(values) for name, values in several.items() if values is not None]
    if query.id_ranges is not None:
        found.append(sa.or_(sa.false(), *(table.id.between(low, high) for low, high in query.id_ranges)))
    if query.name:
        found.append(table.name.contains(query.name, autoescape=True))
    if query.flavor_id is not None:
        found.append(table.flavor["id"].as_string() == query.flavor_id)
    if query.address:
        found.append(table.id.in_(_with_address(query.address)))
    return found + _lifetime(query)


def _with_address(part: str) -> sa.Select:
    joined = ports.join(addresses, addresses.c.port_id == ports.c.id)
    return sa.select(ports.c.instance_id).select_from(joined).where(addresses.c.address.contains(part, autoescape=True))


def _lifetime(query: InstanceQuery) -> list[Any]:
    table = instances.c
    found: list[Any] = []
    if query.changes_since is not None:
        found.append(table.updated_at >= query.changes_since)
    if query.changes_before is not None:
        found.append(table.updated_at <= query.changes_before)
    if query.deleted:
        found.append(table.state == states.DELETED)
    elif query.deleted_since is not None:
        found.append(sa.or_(table.state != states.DELETED, table.deleted_at >= query.deleted_since))
    elif query.changes_since is None and query.changes_before is None:
        found.append(table.state != states.DELETED)
    return found


def _order(query: InstanceQuery) -> list[tuple[Any, str]]:
    asked = query.sort or [("created_at", "desc")]
    order = [(instances.c[name], way) for name, way in asked]
    return order + [(instances.c.id, asked[-1][1])] if all(name != "id" for name, _ in asked) else order


def _beyond(tx: Transaction, marker: str, order: list[tuple[Any, str]], project_id: str | None) -> Any:
    """Rows after the marker in this order. Raises LookupError when the project has no such row."""
    mine = [] if project_id is None else [instances.c.project_id == project_id]
    last = tx.row(sa.select(*(column for column, _ in order)).where(instances.c.id == marker, *mine))
    if last is None:
        raise LookupError(marker)
    terms = []
    for index, (column, way) in enumerate(order):
        value = last[column.name]
        same = [earlier == last[earlier.name] for earlier, _ in order[:index]]
        terms.append(sa.and_(*same, column > value if way == "asc" else column < value))
    return sa.or_(*terms)
