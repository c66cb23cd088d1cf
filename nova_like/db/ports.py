"""Rows of ports: made with their addresses and groups, read for views and for orders, released."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from nova_like import concurrency
from nova_like.db import addresses as held
from nova_like.db import security_groups
from nova_like.db.engine import Transaction
from nova_like.db.schema import db_now
from nova_like.db.schema.networks import addresses, networks, port_groups, ports, subnets
from nova_like.db.schema.networks import security_groups as groups
from nova_like.model.orders import Address, Network, Port, Subnet

Row = dict[str, Any]


@dataclass(frozen=True)
class PortSpec:
    """A port to be made. `network` is a row with its `subnets` (db.networks.usable)."""

    instance_id: str
    position: int
    network: Row
    fixed_ip: str | None = None
    group_ids: tuple[str, ...] = ()


def create_many(tx: Transaction, project_id: str, specs: list[PortSpec]) -> list[Row]:
    """Ports with addresses and groups, one statement a table. Raises Conflict, Invalid as addresses.allocate does."""
    rows = [_row(project_id, spec) for spec in specs]
    tx.execute(sa.insert(ports), rows)
    _addresses(tx, specs, rows)
    members = [
        {"port_id": row["id"], "group_id": group} for row, spec in zip(rows, specs, strict=True)
        for group in dict.fromkeys(spec.group_ids)
    ]  # fmt: skip
    if members:
        tx.execute(sa.insert(port_groups), members)
    return rows


def _row(project_id: str, spec: PortSpec) -> Row:
    return {
        "id": concurrency.new_id(), "network_id": spec.network["id"], "project_id": project_id,
        "instance_id": spec.instance_id, "position": spec.position, "mac": new_mac(), "device_owner": "compute:nova",
    }  # fmt: skip


def new_mac() -> str:
    """A locally administered address of OpenStack's usual prefix; the unique index refuses the odd double."""
    return "fa:16:3e:" + ":".join(f"{concurrency.chance().randrange(256):02x}" for _ in range(3))


def _addresses(tx: Transaction, specs: list[PortSpec], rows: list[Row]) -> None:
    """One address on the first subnet of each port's network."""
    shared: dict[str, tuple[Row, list[str]]] = {}
    for spec, row in zip(specs, rows, strict=True):
        for subnet in spec.network["subnets"][:1]:
            if spec.fixed_ip is not None:
                held.allocate(tx, subnet, [row["id"]], spec.fixed_ip)
            else:
                shared.setdefault(subnet["id"], (subnet, []))[1].append(row["id"])
    for subnet, port_ids in shared.values():
        held.allocate(tx, subnet, port_ids)


def of_instances(tx: Transaction, instance_ids: list[str]) -> dict[str, list[Row]]:
    """{instance id: its ports in order}, each with id, mac, network_id, network_name, addresses and groups."""
    joined = ports.join(networks, networks.c.id == ports.c.network_id)
    statement = sa.select(ports, networks.c.name.label("network_name")).select_from(joined)
    statement = statement.where(ports.c.instance_id.in_(instance_ids))
    rows = tx.rows(statement.order_by(ports.c.instance_id, ports.c.position))
    ids = [row["id"] for row in rows]
    found: dict[str, list[Row]] = {}
    if ids:
        where, members = _addresses_of(tx, ids), _groups_of(tx, ids)
        for row in rows:
            port = {**row, "addresses": where.get(row["id"], []), "groups": members.get(row["id"], [])}
            found.setdefault(row["instance_id"], []).append(port)
    return found


def _addresses_of(tx: Transaction, port_ids: list[str]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in tx.rows(sa.select(addresses).where(addresses.c.port_id.in_(port_ids))):
        found.setdefault(row["port_id"], []).append({"subnet_id": row["subnet_id"], "address": row["address"]})
    return found


def _groups_of(tx: Transaction, port_ids: list[str]) -> dict[str, list[Row]]:
    joined = port_groups.join(groups, groups.c.id == port_groups.c.group_id)
    statement = sa.select(port_groups.c.port_id, groups.c.id, groups.c.name).select_from(joined)
    found: dict[str, list[Row]] = {}
    for row in tx.rows(statement.where(port_groups.c.port_id.in_(port_ids)).order_by(groups.c.name)):
        found.setdefault(row["port_id"], []).append({"id": row["id"], "name": row["name"]})
    return found


def orders(tx: Transaction, instance_id: str) -> list[Port]:
    """Complete facts of an instance's ports, rules resolved to addresses, for the agents."""
    cards = of_instances(tx, [instance_id]).get(instance_id, [])
    network_ids = sorted({card["network_id"] for card in cards})
    known = _networks(tx, network_ids) if cards else {}
    rules = security_groups.orders(tx, sorted({group["id"] for card in cards for group in card["groups"]}))
    return [
        Port(
            id=card["id"], mac=card["mac"], network=known[card["network_id"]],
            addresses=tuple(Address(**address) for address in card["addresses"]),
            rules=tuple(rule for group in card["groups"] for rule in rules.get(group["id"], ())),
            security_groups=tuple(group["name"] for group in card["groups"]), port_security=card["port_security"],
        )
        for card in cards
    ]  # fmt: skip


def _networks(tx: Transaction, ids: list[str]) -> dict[str, Network]:
    statement = sa.select(subnets).where(subnets.c.network_id.in_(ids)).order_by(subnets.c.created_at, subnets.c.id)
    inside: dict[str, list[Subnet]] = {}
    for row in tx.rows(statement):
        subnet = Subnet(row["id"], row["cidr"], row["gateway"], tuple(row["dns"] or ()), row["dhcp"])
        inside.setdefault(row["network_id"], []).append(subnet)
    rows = tx.rows(sa.select(networks.c.id, networks.c.name, networks.c.mtu).where(networks.c.id.in_(ids)))
    return {row["id"]: Network(row["id"], row["name"], row["mtu"], tuple(inside.get(row["id"], ()))) for row in rows}


def activate(tx: Transaction, instance_id: str, host: str) -> None:
    """The ports of an instance work on a host now."""
    statement = sa.update(ports).where(ports.c.instance_id == instance_id)
    tx.execute(statement.values(status="ACTIVE", host=host, updated_at=db_now()))


def release(tx: Transaction, instance_id: str) -> None:
    """Ports, addresses and memberships of an instance are gone."""
    mine = sa.select(ports.c.id).where(ports.c.instance_id == instance_id).scalar_subquery()
    tx.execute(sa.delete(addresses).where(addresses.c.port_id.in_(mine)))
    tx.execute(sa.delete(port_groups).where(port_groups.c.port_id.in_(mine)))
    tx.execute(sa.delete(ports).where(ports.c.instance_id == instance_id))
