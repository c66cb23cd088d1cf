"""Ports as agents are told of them: network, subnets, groups and their rules. Reads only.

A rule's group stays a group: hosts resolve it to the members that they have, so an order's size and cost do not grow
with the group. Two statements an instance, made once, because each boot asks them more than once.
"""

from collections.abc import Iterable
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
from nova_like.model.orders import Address, Network, Port, Rule, Subnet

_OF_INSTANCE = ports.c.instance_id == sa.bindparam("instance_id")
# a row for each address that is not leaving, and one for each subnet without any
_PORTS = (
    sa.select(
        ports.c.id, ports.c.mac, ports.c.port_security, ports.c.network_id, networks.c.name, networks.c.mtu,
        subnets.c.id.label("subnet_id"), subnets.c.cidr, subnets.c.gateway, subnets.c.dns, subnets.c.dhcp,
        addresses.c.address, addresses.c.number, addresses.c.position,
    )
    .select_from(
        ports.join(networks, networks.c.id == ports.c.network_id)
        .outerjoin(subnets, subnets.c.network_id == ports.c.network_id)
        .outerjoin(addresses, sa.and_(addresses.c.port_id == ports.c.id, addresses.c.subnet_id == subnets.c.id,
                                      ~addresses.c.leaving))
    )
    .where(_OF_INSTANCE)
    .order_by(ports.c.position, ports.c.id, subnets.c.created_at, subnets.c.id, addresses.c.number)
)  # fmt: skip
_HELD = ports.join(port_groups, port_groups.c.port_id == ports.c.id).join(
    security_groups, security_groups.c.id == port_groups.c.group_id
)
_GROUPS = (
    sa.select(port_groups.c.port_id, security_groups.c.id.label("group_id"), security_groups.c.name)
    .select_from(_HELD)
    .where(_OF_INSTANCE)
    .order_by(security_groups.c.name, security_groups.c.id)
)
_rule = security_group_rules.c
# a row for each rule, and one for each group without any
_RULES = (
    _GROUPS.add_columns(
        _rule.direction, _rule.ethertype, _rule.protocol, _rule.port_min, _rule.port_max, _rule.remote_cidr,
        _rule.remote_group_id,
    )
    .select_from(_HELD.outerjoin(security_group_rules, _rule.group_id == security_groups.c.id))
    .order_by(_rule.id)
)  # fmt: skip


def orders(tx: Transaction, instance_id: str, rules: bool = True) -> list[Port]:
    """The instance's ports in their order, complete; `rules=False` leaves the rules out."""
    asked = {"instance_id": instance_id}
    found: dict[str, list[Any]] = {}
    for row in tx.execute(_PORTS, asked):
        found.setdefault(row.id, []).append(row)
    if not found:
        return []
    held: dict[str, list[Any]] = {port_id: [] for port_id in found}
    for row in tx.execute(_RULES if rules else _GROUPS, asked):
        if row.port_id in held:  # a port may come between the two statements
            held[row.port_id].append(row)
    return [_port(rows, held[port_id], rules) for port_id, rows in found.items()]


def _port(rows: list[Any], held: list[Any], rules: bool) -> Port:
    first = rows[0]
    inside = {row.subnet_id: row for row in rows if row.subnet_id is not None}
    network = Network(first.network_id, first.name, first.mtu, tuple(map(_subnet, inside.values())))
    numbered = sorted((row for row in rows if row.number is not None), key=lambda row: (row.position, row.number))
    names = {row.group_id: row.name for row in held}
    return Port(
        id=first.id, mac=first.mac, network=network,
        addresses=tuple(Address(row.subnet_id, row.address) for row in numbered),
        rules=_distinct(held) if rules else (), security_groups=tuple(names.values()), group_ids=tuple(names),
        port_security=first.port_security,
    )  # fmt: skip


def _subnet(row: Any) -> Subnet:
    return Subnet(row.subnet_id, row.cidr, row.gateway, tuple(row.dns or ()), row.dhcp)


def _distinct(rows: Iterable[Any]) -> tuple[Rule, ...]:
    return tuple(dict.fromkeys(_as_rule(row) for row in rows if row.direction is not None))


def _as_rule(row: Any) -> Rule:
    cidrs = (row.remote_cidr,) if row.remote_cidr and not row.remote_group_id else ()
    return Rule(row.direction, row.ethertype, row.protocol, row.port_min, row.port_max, cidrs, row.remote_group_id)
