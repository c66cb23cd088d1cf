"""Ports as agents are told of them: network, subnets, and rules resolved to addresses. Reads only."""

from typing import Any

import sqlalchemy as sa

from nova_like.db.engine import Transaction
from nova_like.db.schema.networks import (
    addresses,
    networks,
    port_groups,
    ports,
    security_group_rules,
    security_groups,
    subnets,
)
from nova_like.model import orders as facts

Row = dict[str, Any]


def orders(tx: Transaction, instance_id: str, rules: bool = True) -> list[facts.Port]:
    """The instance's ports in their order, complete; `rules=False` leaves the rules out and saves their queries."""
    rows = _ports(tx, instance_id)
    if not rows:
        return []
    known = _networks(tx, {row["network_id"]: row for row in rows.values()})
    groups = _groups(tx, list(rows))
    resolved = _rules(tx, {group for held in groups.values() for group, _ in held}) if rules else {}
    return [_port(row, known[row["network_id"]], groups.get(port, []), resolved) for port, row in rows.items()]


def _port(
    row: Row, network: facts.Network, groups: list[tuple[str, str]], rules: dict[str, list[facts.Rule]]
) -> facts.Port:
    held = dict.fromkeys(rule for group, _ in groups for rule in rules.get(group, []))
    return facts.Port(
        id=row["id"], mac=row["mac"], network=network, addresses=tuple(row["addresses"]), rules=tuple(held),
        security_groups=tuple(name for _, name in groups), port_security=row["port_security"],
    )  # fmt: skip


def _ports(tx: Transaction, instance_id: str) -> dict[str, Row]:
    """{port id: its row with its network's facts and its addresses}."""
    here = ports.join(networks, networks.c.id == ports.c.network_id)
    here = here.outerjoin(addresses, addresses.c.port_id == ports.c.id)
    columns = (
        ports.c.id, ports.c.mac, ports.c.port_security, ports.c.network_id, networks.c.name.label("network_name"),
        networks.c.mtu, addresses.c.subnet_id, addresses.c.address,
    )  # fmt: skip
    statement = sa.select(*columns).select_from(here).where(ports.c.instance_id == instance_id)
    found: dict[str, Row] = {}
    for row in tx.rows(statement.order_by(ports.c.position, ports.c.id, addresses.c.number)):
        port = found.setdefault(row["id"], {**row, "addresses": []})
        if row["address"] is not None:
            port["addresses"].append(facts.Address(row["subnet_id"], row["address"]))
    return found


def _networks(tx: Transaction, rows: dict[str, Row]) -> dict[str, facts.Network]:
    inside: dict[str, list[facts.Subnet]] = {network: [] for network in rows}
    statement = sa.select(subnets).where(subnets.c.network_id.in_(list(rows)))
    for row in tx.rows(statement.order_by(subnets.c.created_at, subnets.c.id)):
        inside[row["network_id"]].append(_subnet(row))
    return {
        network: facts.Network(network, row["network_name"], row["mtu"], tuple(inside[network]))
        for network, row in rows.items()
    }


def _subnet(row: Row) -> facts.Subnet:
    return facts.Subnet(row["id"], row["cidr"], row["gateway"], tuple(row["dns"] or ()), row["dhcp"])


def _groups(tx: Transaction, port_ids: list[str]) -> dict[str, list[tuple[str, str]]]:
    """{port id: [(group id, name)]}."""
    found: dict[str, list[tuple[str, str]]] = {}
    here = port_groups.join(security_groups, security_groups.c.id == port_groups.c.group_id)
    statement = sa.select(port_groups.c.port_id, security_groups.c.id, security_groups.c.name).select_from(here)
    for row in tx.execute(statement.where(port_groups.c.port_id.in_(port_ids)).order_by(security_groups.c.name)):
        found.setdefault(row.port_id, []).append((row.id, row.name))
    return found


def _rules(tx: Transaction, group_ids: set[str]) -> dict[str, list[facts.Rule]]:
    """{group id: its rules}. A rule whose source is a group without members allows nobody, so it is left out:
    without addresses it would say "everywhere"."""
    table = security_group_rules.c
    rows = tx.rows(sa.select(security_group_rules).where(table.group_id.in_(sorted(group_ids))).order_by(table.id))
    members = _members(tx, {row["remote_group_id"] for row in rows if row["remote_group_id"]})
    found: dict[str, list[facts.Rule]] = {}
    for row in rows:
        cidrs: tuple[str, ...] = (row["remote_cidr"],) if row["remote_cidr"] else ()
        if row["remote_group_id"]:
            cidrs = members.get(row["remote_group_id"], ()) if row["ethertype"] == "IPv4" else ()
            if not cidrs:
                continue
        rule = facts.Rule(row["direction"], row["ethertype"], row["protocol"], row["port_min"], row["port_max"], cidrs)
        found.setdefault(row["group_id"], []).append(rule)
    return found


def _members(tx: Transaction, group_ids: set[str]) -> dict[str, tuple[str, ...]]:
    """{group id: /32s of all its members}."""
    if not group_ids:
        return {}
    here = port_groups.join(addresses, addresses.c.port_id == port_groups.c.port_id)
    statement = sa.select(port_groups.c.group_id, addresses.c.address).select_from(here)
    found: dict[str, list[str]] = {}
    ordered = statement.where(port_groups.c.group_id.in_(sorted(group_ids))).order_by(addresses.c.number)
    for group, address in tx.execute(ordered):
        found.setdefault(group, []).append(f"{address}/32")
    return {group: tuple(dict.fromkeys(held)) for group, held in found.items()}
