"""Rows of aggregates and their hosts. A zone that an aggregate gives is in the rows of its hosts, too."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from nova_like import concurrency
from nova_like.db.engine import Transaction
from nova_like.db.schema import db_now
from nova_like.db.schema.aggregates import aggregate_hosts, aggregates
from nova_like.db.schema.compute import instances
from nova_like.db.schema.hosts import hosts
from nova_like.model.errors import Conflict
from nova_like.model.states import DELETED

Row = dict[str, Any]
ZONE = "nova"  # of hosts that no aggregate gives one


def list_aggregates(tx: Transaction, ids: list[int] | None = None) -> list[Row]:
    """In order of their numbers, each with the names of its `hosts`; two statements for any number."""
    statement = sa.select(aggregates).order_by(aggregates.c.id)
    rows = tx.rows(statement if ids is None else statement.where(aggregates.c.id.in_(ids)))
    members: dict[int, list[str]] = {}
    links = sa.select(aggregate_hosts).order_by(aggregate_hosts.c.host)
    for link in tx.rows(links if ids is None else links.where(aggregate_hosts.c.aggregate_id.in_(ids))):
        members.setdefault(link["aggregate_id"], []).append(link["host"])
    return [{**row, "hosts": members.get(row["id"], [])} for row in rows]


def get(tx: Transaction, id: int) -> Row | None:
    found = list_aggregates(tx, [id])
    return found[0] if found else None


def hold(tx: Transaction, id: int) -> Row | None:
    """The same, its row held until the transaction ends."""
    tx.execute(sa.select(aggregates.c.id).where(aggregates.c.id == id).with_for_update())
    return get(tx, id)


def insert(tx: Transaction, name: str, zone: str | None) -> int:
    """Its number. Raises Conflict (code `duplicate`)."""
    metadata = {"availability_zone": zone} if zone else {}
    row = {"uuid": concurrency.new_id(), "name": name, "zone": zone, "metadata": metadata}
    try:
        return int(tx.execute(sa.insert(aggregates).values(**row).returning(aggregates.c.id)).scalar_one())
    except IntegrityError:
        raise _taken(name) from None


def _taken(name: str) -> Conflict:
    return Conflict(f"Aggregate {name} already exists.", "aggregate", code="duplicate")


def update(tx: Transaction, id: int, **values: Any) -> None:
    """Raises Conflict (code `duplicate`)."""
    try:
        tx.execute(sa.update(aggregates).where(aggregates.c.id == id).values(updated_at=db_now(), **values))
    except IntegrityError:
        raise _taken(values.get("name", "")) from None


def delete(tx: Transaction, id: int) -> None:
    tx.execute(sa.delete(aggregates).where(aggregates.c.id == id))


def add_host(tx: Transaction, id: int, host: str) -> None:
    """Raises Conflict (code `duplicate`) when it is there already."""
    try:
        tx.execute(sa.insert(aggregate_hosts).values(aggregate_id=id, host=host))
    except IntegrityError:
        raise Conflict(f"Aggregate {id} already has host {host}.", "aggregate", code="duplicate") from None


def remove_host(tx: Transaction, id: int, host: str) -> bool:
    """Whether it was there."""
    link = (aggregate_hosts.c.aggregate_id == id, aggregate_hosts.c.host == host)
    return tx.execute(sa.delete(aggregate_hosts).where(*link)).rowcount == 1


def zones_of(tx: Transaction, names: list[str], beside: int) -> dict[str, str]:
    """{host: zone} that other aggregates than `beside` give these hosts."""
    joined = aggregate_hosts.join(aggregates, aggregates.c.id == aggregate_hosts.c.aggregate_id)
    statement = sa.select(aggregate_hosts.c.host, aggregates.c.zone).select_from(joined)
    other = (aggregates.c.zone.is_not(None), aggregates.c.id != beside, aggregate_hosts.c.host.in_(names))
    return {row.host: row.zone for row in tx.execute(statement.where(*other))}


def set_zone(tx: Transaction, names: list[str], zone: str) -> None:
    """Write the zone of compute hosts where placement reads it."""
    mine = sa.update(hosts).where(hosts.c.kind == "compute", hosts.c.name.in_(names))
    tx.execute(mine.values(zone=zone, updated_at=db_now()))


def occupied(tx: Transaction, names: list[str], zone: str) -> list[str]:
    """Those of these hosts that have instances and are in another zone than `zone`."""
    live = sa.exists().where(instances.c.host == hosts.c.name, instances.c.state != DELETED)
    here = (hosts.c.kind == "compute", hosts.c.name.in_(names), hosts.c.zone != zone, live)
    return list(tx.execute(sa.select(hosts.c.name).where(*here).order_by(hosts.c.name)).scalars())
