"""Addresses of subnets: who holds which. The primary key is what makes double allocation impossible. IPv4 only."""

import ipaddress
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from nova_like import concurrency
from nova_like.db.engine import Transaction
from nova_like.db.schema.networks import addresses
from nova_like.model.errors import Conflict, Invalid

Row = dict[str, Any]
ROUNDS = 4  # of random candidates, before all that is held is read
SPARE = 8  # candidates more than are needed
SMALL = 256  # ranges up to this size are read at once


def allocate(
    tx: Transaction, subnets: Sequence[Row], port_ids: Sequence[str], wanted: dict[str, str] | None = None
) -> list[Row]:
    """One address for each port, out of the first of these subnets that has room: {port_id, subnet_id, address} each.

    `wanted` names addresses by port id. The cost does not grow with what is held, unless a subnet is nearly full.
    Raises Conflict (`in_use`, `no_more_addresses`) or Invalid (`not_in_subnet`).
    """
    wanted = wanted or {}
    rows = _claim_wanted(tx, subnets, wanted) if wanted else []
    left = [port for port in port_ids if port not in wanted]
    for subnet in subnets:
        if left:
            took = _take_some(tx, subnet, left)
            rows += took
            left = left[len(took) :]
    if left:
        raise Conflict("No more IP addresses available on the network.", "address", code="no_more_addresses")
    return [{"port_id": r["port_id"], "subnet_id": r["subnet_id"], "address": r["address"]} for r in rows]


def add(tx: Transaction, subnets: Sequence[Row], port_id: str, most: int) -> Row:
    """One more for a port, behind those that it has: {port_id, subnet_id, address}. The caller holds what changes the
    port. Raises Conflict (`no_more_addresses`), Invalid (`most`: it holds so many, those that are leaving among them).
    """
    table = addresses.c
    count, last = tx.execute(
        sa.select(sa.func.count(), sa.func.max(table.position)).where(table.port_id == port_id)
    ).one()
    if count >= most:
        raise Invalid(f"Port {port_id} has {count} addresses already, and may have {most}.", "address", code="most")
    (row,) = allocate(tx, subnets, [port_id])
    here = sa.and_(table.subnet_id == row["subnet_id"], table.address == row["address"])
    tx.execute(sa.update(addresses).where(here).values(position=0 if last is None else last + 1))
    return row


def _claim_wanted(tx: Transaction, subnets: Sequence[Row], wanted: dict[str, str]) -> list[Row]:
    rows = [_row(_home(subnets, text), int(ipaddress.IPv4Address(text)), port) for port, text in wanted.items()]
    took = _insert(tx, rows)
    if len(took) < len(rows):
        lost = min({row["address"] for row in rows} - {row["address"] for row in took}, default=rows[0]["address"])
        raise Conflict(f"IP address {lost} is already in use.", "address", code="in_use", address=lost)
    return took


def _home(subnets: Sequence[Row], text: str) -> Row:
    """The subnet that the address belongs to. Raises Invalid, also for an address that no guest may have."""
    try:
        address = ipaddress.IPv4Address(text)
    except ValueError:
        raise Invalid(f"'{text[:64]}' is not a valid IPv4 address.", "address", code="not_in_subnet") from None
    for subnet in subnets:
        block = ipaddress.IPv4Network(subnet["cidr"])
        if address in block and str(address) not in _reserved(subnet, block):
            return subnet
    raise Invalid(f"IP address {text} is not a valid IP for any of the network's subnets.", "address",
                  code="not_in_subnet", address=text)  # fmt: skip


def _reserved(subnet: Row, block: ipaddress.IPv4Network) -> set[str]:
    ends = {str(block.network_address), str(block.broadcast_address)} if block.prefixlen < 31 else set()
    return ends | ({subnet["gateway"]} if subnet["gateway"] else set())


def _take_some(tx: Transaction, subnet: Row, port_ids: Sequence[str]) -> list[Row]:
    """As many addresses of this subnet as can be had, for the ports from the front of the list. The first try does
    not look: most subnets are nearly empty."""
    size = subnet["last"] - subnet["first"] + 1
    took = _claim(tx, subnet, _random(subnet, len(port_ids)), port_ids) if size > SMALL else []
    for round_number in range(ROUNDS if size > SMALL else 0):
        left = port_ids[len(took) :]
        if not left:
            return took
        numbers = _random_free(tx, subnet, (len(left) + SPARE) * 4**round_number)
        took += _claim(tx, subnet, numbers, left)
    return took + _search(tx, subnet, port_ids[len(took) :])


def _random_free(tx: Transaction, subnet: Row, count: int) -> list[int]:
    numbers = _random(subnet, min(count, 2000))
    table = addresses.c
    held = sa.select(table.number).where(table.subnet_id == subnet["id"], table.number.in_(sorted(numbers)))
    free = sorted(numbers - set(tx.connection.scalars(held)))
    concurrency.chance().shuffle(free)
    return free


def _random(subnet: Row, count: int) -> set[int]:
    """`count` numbers of the range, held or not; fewer where it has no more."""
    numbers = range(subnet["first"], subnet["last"] + 1)
    return set(concurrency.chance().sample(numbers, min(count, len(numbers)))) - _gateway(subnet)


def _search(tx: Transaction, subnet: Row, port_ids: Sequence[str]) -> list[Row]:
    """What is free after reading all that is held; again when others were quicker, until nothing is free."""
    took: list[Row] = []
    while left := port_ids[len(took) :]:
        table = addresses.c
        held = set(tx.connection.scalars(sa.select(table.number).where(table.subnet_id == subnet["id"])))
        held |= _gateway(subnet)
        free = [number for number in range(subnet["first"], subnet["last"] + 1) if number not in held]
        if not free:
            break
        concurrency.chance().shuffle(free)
        took += _claim(tx, subnet, free, left)
    return took


def _gateway(subnet: Row) -> set[int]:
    return {int(ipaddress.IPv4Address(subnet["gateway"]))} if subnet["gateway"] else set()


def _claim(tx: Transaction, subnet: Row, numbers: Iterable[int], port_ids: Sequence[str]) -> list[Row]:
    """Hold these numbers for the ports: as many rows as others left us, for the ports from the front of the list."""
    rows = [_row(subnet, number, port) for number, port in zip(numbers, port_ids, strict=False)]
    if not rows:
        return []
    # In order of number: two transactions that want the same ones wait for each other, never in a ring
    took = _insert(tx, sorted(rows, key=lambda row: row["number"]))
    return took if len(took) == len(rows) else _close_ranks(tx, took, port_ids)


def _close_ranks(tx: Transaction, took: list[Row], port_ids: Sequence[str]) -> list[Row]:
    """Some were lost to others: those held go to the first ports, so that the rest of the list is what is left."""
    for row, port in zip(took, port_ids, strict=False):
        here = sa.and_(addresses.c.subnet_id == row["subnet_id"], addresses.c.number == row["number"])
        tx.execute(sa.update(addresses).where(here).values(port_id=port))
        row["port_id"] = port
    return took


def _insert(tx: Transaction, rows: list[Row]) -> list[Row]:
    """Insert those that nobody holds; they come back."""
    kind = postgresql if tx.dialect == "postgresql" else sqlite
    statement = kind.insert(addresses).on_conflict_do_nothing().returning(*addresses.c)
    return [dict(row) for row in tx.execute(statement, rows).mappings()]


def _row(subnet: Row, number: int, port_id: str) -> Row:
    address = str(ipaddress.IPv4Address(number))
    return {"subnet_id": subnet["id"], "number": number, "address": address, "port_id": port_id}


def of_ports(tx: Transaction, port_ids: Sequence[str]) -> dict[str, list[Row]]:
    """{port id: [{subnet_id, address}]} of all these ports, the first first; none that is leaving."""
    found: dict[str, list[Row]] = {port: [] for port in port_ids}
    for port_id, subnet_id, address in tx.execute(_OF_PORTS, {"ids": list(port_ids)}):
        found[port_id].append({"subnet_id": subnet_id, "address": address})
    return found


_OF_PORTS = (
    sa.select(addresses.c.port_id, addresses.c.subnet_id, addresses.c.address)
    .where(addresses.c.port_id.in_(sa.bindparam("ids", expanding=True)), ~addresses.c.leaving)
    .order_by(addresses.c.position, addresses.c.number)
)


def used(tx: Transaction, subnet_ids: Sequence[str]) -> dict[str, int]:
    """{subnet id: addresses held} of those that hold any."""
    table = addresses.c
    counted = sa.select(table.subnet_id, sa.func.count()).where(table.subnet_id.in_(list(subnet_ids)))
    return {row[0]: row[1] for row in tx.execute(counted.group_by(table.subnet_id))}
