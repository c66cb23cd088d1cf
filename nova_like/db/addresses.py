"""Addresses that are held. The primary key (subnet, number) is what makes double allocation impossible."""

import ipaddress
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from nova_like import concurrency
from nova_like.db.engine import Transaction
from nova_like.db.schema.networks import addresses
from nova_like.model.errors import Conflict, Invalid

Row = dict[str, Any]
CANDIDATES = 8  # tried at once for each address: a subnet nine tenths full still gives one nearly always
TRIES = 4


def allocate(tx: Transaction, subnet: Row, port_ids: list[str], wanted: str | None = None) -> dict[str, str]:
    """{port id: address} of new addresses of a subnet. Raises Conflict (code `in_use` or `no_more_addresses`) and
    Invalid for a wanted address outside the subnet."""
    if wanted is not None:
        return _exactly(tx, subnet, port_ids[0], wanted)
    got: dict[str, str] = {}
    for _ in range(TRIES):
        missing = [port for port in port_ids if port not in got]
        if missing:
            got.update(_hold(tx, subnet, _some_free(tx, subnet, len(missing)), missing))
    missing = [port for port in port_ids if port not in got]
    if missing:
        got.update(_hold(tx, subnet, _all_free(tx, subnet, len(missing)), missing))
    if len(got) < len(port_ids):
        raise Conflict(f"No more IP addresses available on subnet {subnet['id']}.", "subnet", code="no_more_addresses")
    return got


def _exactly(tx: Transaction, subnet: Row, port_id: str, wanted: str) -> dict[str, str]:
    try:
        number = int(ipaddress.IPv4Address(wanted))
        inside = ipaddress.IPv4Address(wanted) in ipaddress.IPv4Network(subnet["cidr"])
    except ValueError:
        raise Invalid(f"'{wanted[:64]}' is not an IPv4 address.", "address", field="fixed_ip") from None
    if not inside or wanted == subnet["gateway"]:
        raise Invalid(f"IP address {wanted} is not a valid IP for subnet {subnet['id']}.", "address", field="fixed_ip")
    got = _hold(tx, subnet, [number], [port_id])
    if not got:
        raise Conflict(f"IP address {wanted} is already in use.", "address", code="in_use")
    return got


def _some_free(tx: Transaction, subnet: Row, count: int) -> list[int]:
    """Numbers out of a random sample that nobody holds."""
    chance, first, last = concurrency.chance(), subnet["first"], subnet["last"]
    sample = {chance.randint(first, last) for _ in range(count * CANDIDATES)}
    statement = sa.select(addresses.c.number).where(
        addresses.c.subnet_id == subnet["id"], addresses.c.number.in_(sorted(sample))
    )
    free = sample - set(tx.execute(statement).scalars())
    return sorted(free)[:count] if len(free) <= count else chance.sample(sorted(free), count)


def _all_free(tx: Transaction, subnet: Row, count: int) -> list[int]:
    """Free numbers by looking at every held one: for a subnet that is nearly full."""
    held = set(tx.execute(sa.select(addresses.c.number).where(addresses.c.subnet_id == subnet["id"])).scalars())
    found: list[int] = []
    for number in range(subnet["first"], subnet["last"] + 1):
        if number not in held:
            found.append(number)
            if len(found) == count:
                break
    return found


def _hold(tx: Transaction, subnet: Row, numbers: list[int], port_ids: list[str]) -> dict[str, str]:
    """Hold numbers for ports, as far as nobody else has them by now."""
    if not numbers:
        return {}
    kind = postgresql if tx.dialect == "postgresql" else sqlite
    rows = [
        {"subnet_id": subnet["id"], "number": number, "address": str(ipaddress.IPv4Address(number)), "port_id": port}
        for number, port in zip(numbers, port_ids, strict=False)
    ]
    statement = kind.insert(addresses).values(rows).on_conflict_do_nothing()
    return {row.port_id: row.address for row in tx.execute(statement.returning(*addresses.c))}
