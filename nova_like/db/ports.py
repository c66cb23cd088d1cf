"""Rows of ports: made with their addresses and groups, shown, released. What agents are told is port_orders.py's."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from nova_like import concurrency
from nova_like.db import addresses as address_rows
from nova_like.db import tombstones
from nova_like.db.engine import Transaction
from nova_like.db.port_orders import orders
from nova_like.db.schema import db_now
from nova_like.db.schema.compute import instances
from nova_like.db.schema.networks import addresses, networks, port_groups, ports, security_groups
from nova_like.model import states
from nova_like.model.errors import Conflict

__all__ = ["PortSpec", "activate", "create_many", "get", "join_group", "leave_group", "list_ports", "of_instances",
           "orders", "release", "update"]  # fmt: skip

Row = dict[str, Any]
MAC_PREFIX = "fa:16:3e"
MAC_ROUNDS = 8


@dataclass(frozen=True)
class PortSpec:
    """A port to be made; `network` is a row of networks.usable (with its subnets)."""

    instance_id: str
    position: int
    network: Row
    fixed_ip: str | None = None
    group_ids: Sequence[str] = ()


def create_many(tx: Transaction, project_id: str, specs: Sequence[PortSpec]) -> list[Row]:
    """Make the ports: their new rows with `addresses`, in the order of `specs`. One insert a table for all of them.
    Raises Conflict or Invalid of addresses.allocate."""
    if not specs:
        return []
    rows = _insert(tx, [_row(project_id, spec) for spec in specs])
    held = _addresses(tx, rows, specs)
    _join_groups(tx, rows, specs)
    return [{**row, "addresses": held.get(row["id"], [])} for row in rows]


def _row(project_id: str, spec: PortSpec) -> Row:
    return {
        "id": concurrency.new_id(), "network_id": spec.network["id"], "project_id": project_id, "mac": _mac(),
        "instance_id": spec.instance_id, "position": spec.position, "device_owner": "compute:nova",
    }  # fmt: skip


def _mac() -> str:
    return MAC_PREFIX + "".join(f":{concurrency.chance().randrange(256):02x}" for _ in range(3))


def _insert(tx: Transaction, rows: list[Row]) -> list[Row]:
    """Insert all; those whose MAC the network already has get another one."""
    kind = postgresql if tx.dialect == "postgresql" else sqlite
    statement = kind.insert(ports).on_conflict_do_nothing().returning(ports.c.id)
    left = rows
    for _ in range(MAC_ROUNDS):
        done = set(tx.execute(statement, left).scalars())
        left = [row for row in left if row["id"] not in done]
        if not left:
            return rows
        for row in left:
            row["mac"] = _mac()
    raise Conflict("No more MAC addresses available on the network.", "port", code="no_more_addresses")


def _addresses(tx: Transaction, rows: list[Row], specs: Sequence[PortSpec]) -> dict[str, list[Row]]:
    held: dict[str, list[Row]] = {}
    for network_id in dict.fromkeys(spec.network["id"] for spec in specs):
        here = [(row["id"], spec) for row, spec in zip(rows, specs, strict=True) if spec.network["id"] == network_id]
        subnets = [subnet for subnet in here[0][1].network["subnets"] if subnet["ip_version"] == 4]
        wanted = {port: spec.fixed_ip for port, spec in here if spec.fixed_ip}
        if not subnets and not wanted:
            continue  # a network without subnets gives cards without addresses
        for took in address_rows.allocate(tx, subnets, [port for port, _ in here], wanted):
            port = took.pop("port_id")
            held.setdefault(port, []).append(took)
    return held


def _join_groups(tx: Transaction, rows: list[Row], specs: Sequence[PortSpec]) -> None:
    pairs = [
        {"port_id": row["id"], "group_id": group}
        for row, spec in zip(rows, specs, strict=True)
        for group in dict.fromkeys(spec.group_ids)
    ]
    if pairs:
        tx.send(sa.insert(port_groups), pairs)


def join_group(tx: Transaction, port_id: str, group_id: str) -> bool:
    """Put a port into a group, whose row the caller holds; whether it was not there."""
    kind = postgresql if tx.dialect == "postgresql" else sqlite
    statement = kind.insert(port_groups).values(port_id=port_id, group_id=group_id)
    return tx.execute(statement.on_conflict_do_nothing()).rowcount == 1


def leave_group(tx: Transaction, port_ids: Sequence[str], group_id: str) -> None:
    """Take ports out of a group."""
    table = port_groups.c
    tx.execute(sa.delete(port_groups).where(table.group_id == group_id, table.port_id.in_(list(port_ids))))


def activate(tx: Transaction, instance_id: str, host: str) -> None:
    """An instance's ports work, on this host."""
    tx.send(_ACTIVATE, {"of_instance": instance_id, "on_host": host})


_ACTIVATE = (
    sa.update(ports)
    .where(ports.c.instance_id == sa.bindparam("of_instance"))
    .values(status="ACTIVE", host=sa.bindparam("on_host"), updated_at=db_now())
)


def idle(tx: Transaction, instance_id: str) -> None:
    """An instance's ports are on no host, and keep all that they have."""
    values = {"status": "DOWN", "host": None, "updated_at": db_now()}
    tx.execute(sa.update(ports).where(ports.c.instance_id == instance_id).values(**values))


def release(tx: Transaction, instance_id: str) -> int:
    """Delete an instance's ports with their addresses and memberships; repeatable. While there is a tombstone of the
    instance, which holds them, nothing is deleted: hold the instance's row before. How many ports went."""
    free = (ports.c.instance_id == instance_id, ~tombstones.holding(instance_id))
    mine = sa.select(ports.c.id).where(*free)
    tx.execute(sa.delete(port_groups).where(port_groups.c.port_id.in_(mine)))
    tx.execute(sa.delete(addresses).where(addresses.c.port_id.in_(mine)))
    return tx.execute(sa.delete(ports).where(*free)).rowcount


def leaked(tx: Transaction, limit: int) -> list[str]:
    """Ids of instances that are gone, have no tombstone, and still have ports."""
    live = sa.exists().where(instances.c.id == ports.c.instance_id, instances.c.state != states.DELETED)
    statement = sa.select(ports.c.instance_id).where(ports.c.instance_id.is_not(None), ~live)
    statement = statement.where(~tombstones.holding(ports.c.instance_id)).distinct()
    return list(tx.execute(statement.limit(limit)).scalars())


def of_instances(tx: Transaction, instance_ids: Sequence[str]) -> dict[str, list[Row]]:
    """{instance id: its ports}, each with network_name, addresses and groups; three queries for any number."""
    found: dict[str, list[Row]] = {instance: [] for instance in instance_ids}
    if not found:
        return found
    for row in _complete(tx, tx.rows(_OF_INSTANCES, {"ids": list(found)})):
        found[row["instance_id"]].append(row)
    return found


def get(tx: Transaction, port_id: str, project_id: str | None) -> Row | None:
    """The complete port, if `project_id` (None: anybody) owns it."""
    rows = tx.rows(_owned(project_id).where(ports.c.id == port_id))
    return _complete(tx, rows)[0] if rows else None


def update(tx: Transaction, port_id: str, **values: Any) -> None:
    tx.execute(sa.update(ports).where(ports.c.id == port_id).values(updated_at=db_now(), **values))


def list_ports(tx: Transaction, project_id: str | None, **several: list[str] | None) -> list[Row]:
    """Complete ports, oldest first; `several` limits them by column: instance_id=[...], network_id=[...], id=[...]."""
    statement = _owned(project_id)
    for name, values in several.items():
        if values is not None:
            statement = statement.where(ports.c[name].in_(values))
    return _complete(tx, tx.rows(statement.order_by(ports.c.created_at, ports.c.id)))


def _select() -> sa.Select:
    return sa.select(ports, networks.c.name.label("network_name")).join(networks, networks.c.id == ports.c.network_id)


_IDS: sa.BindParameter = sa.bindparam("ids", expanding=True)
_OF_INSTANCES = _select().where(ports.c.instance_id.in_(_IDS)).order_by(ports.c.instance_id, ports.c.position)
_GROUPS = (
    sa.select(port_groups.c.port_id, security_groups.c.id, security_groups.c.name)
    .select_from(port_groups.join(security_groups, security_groups.c.id == port_groups.c.group_id))
    .where(port_groups.c.port_id.in_(_IDS))
    .order_by(security_groups.c.name, security_groups.c.id)
)


def _owned(project_id: str | None) -> sa.Select:
    """A project's, less those that tombstones hold: for their project they are gone."""
    if project_id is None:
        return _select()
    live = sa.exists().where(instances.c.id == ports.c.instance_id, instances.c.state != states.DELETED)
    held = sa.and_(tombstones.holding(ports.c.instance_id), ~live)
    return _select().where(ports.c.project_id == project_id, ~held)


def _complete(tx: Transaction, rows: list[Row]) -> list[Row]:
    if not rows:
        return rows
    ids = [row["id"] for row in rows]
    held, groups = address_rows.of_ports(tx, ids), _groups(tx, ids)
    for row in rows:
        row["addresses"], row["groups"] = held[row["id"]], groups[row["id"]]
    return rows


def _groups(tx: Transaction, port_ids: list[str]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {port: [] for port in port_ids}
    for port_id, group_id, name in tx.execute(_GROUPS, {"ids": port_ids}):
        found[port_id].append({"id": group_id, "name": name})
    return found
