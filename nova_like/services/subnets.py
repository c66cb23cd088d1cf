"""Subnets: address ranges of networks. Operators make them."""

import ipaddress
from typing import Any

from nova_like import concurrency
from nova_like.db import networks
from nova_like.db import subnets as rows
from nova_like.db.engine import Database, Transaction
from nova_like.model.context import Context
from nova_like.model.errors import Conflict, Invalid, NotFound
from nova_like.services.networks import require as require_network
from nova_like.services.scope import owner

Row = dict[str, Any]
Rows = list[Row]
NOUN = "subnet"


class Subnets:
    """Rows are those of the table `subnets`."""

    def __init__(self, db: Database, policy: Any) -> None:
        self._db, self._policy = db, policy

    def list(self, ctx: Context, all_projects: bool = False) -> Rows:
        """Subnets of the networks that the caller may use, oldest first."""
        self._policy.check(ctx, "network:subnets:list")
        return self._db.read(lambda tx: rows.list_subnets(tx, owner(ctx, all_projects)))

    def get(self, ctx: Context, subnet_id: str) -> Row:
        """Raises NotFound."""
        self._policy.check(ctx, "network:subnets:show")
        return _require(self._db.read(lambda tx: rows.get(tx, subnet_id, owner(ctx))), subnet_id)

    def create(
        self, ctx: Context, network_id: str, cidr: str, gateway: str | None = "", pool: tuple[str, str] | None = None,
        **values: Any,
    ) -> Row:  # fmt: skip
        """A new IPv4 range of a network. `gateway`: "" is the first address, None is none; `pool` is the first and last
        address given to guests. Raises NotFound (network), Invalid, Conflict (`overlap`)."""
        self._policy.check(ctx, "network:subnets:create")
        block = network_of(cidr)
        own = {"name": "", **values, **_range(block, gateway, pool)}
        row = {"id": concurrency.new_id(), "network_id": network_id, "cidr": str(block), **own}

        def work(tx: Transaction) -> Row:
            networks.hold(tx, network_id)
            network = require_network(networks.get(tx, network_id, owner(ctx)), network_id)
            for other in network["subnets"]:
                if ipaddress.ip_network(other["cidr"]).overlaps(block):
                    raise Conflict(f"Requested subnet with cidr: {cidr} for network: {network_id} overlaps with "
                                   "another subnet.", NOUN, code="overlap")  # fmt: skip
            rows.insert(tx, {**row, "project_id": network["project_id"]})
            return _require(rows.get(tx, row["id"], None), row["id"])

        return self._db.transact(work)

    def delete(self, ctx: Context, subnet_id: str) -> None:
        """Raises NotFound, Conflict (`in_use`)."""
        self._policy.check(ctx, "network:subnets:delete")

        def work(tx: Transaction) -> None:
            row = _require(rows.get(tx, subnet_id, owner(ctx)), subnet_id)
            networks.hold(tx, row["network_id"])
            if not rows.delete(tx, subnet_id):
                raise Conflict(f"Unable to complete operation on subnet {subnet_id}: One or more ports have an IP "
                               "allocation from this subnet.", NOUN, code="in_use")  # fmt: skip

        self._db.transact(work)


def network_of(cidr: str) -> ipaddress.IPv4Network:
    """The IPv4 range that the text names; bits set below its mask are dropped. Raises Invalid."""
    try:
        block = ipaddress.IPv4Network(cidr, strict=False)
    except ValueError:
        raise Invalid(f"'{cidr[:64]}' isn't a recognized IPv4 subnet cidr.", NOUN, field="cidr") from None
    if "/" not in cidr or block.prefixlen > 30 or block.prefixlen < 8:
        raise Invalid(f"'{cidr[:64]}': a prefix between 8 and 30 is needed.", NOUN, field="cidr")
    return block


def _range(block: ipaddress.IPv4Network, gateway: str | None, pool: tuple[str, str] | None) -> Row:
    """gateway, first and last."""
    door = _inside(block, gateway, "gateway_ip") if gateway else block[1] if gateway == "" else None
    if pool is not None:
        first, last = (_inside(block, text, "allocation_pools") for text in pool)
        if first > last or (door is not None and first <= door <= last):
            raise Invalid(f"The allocation pool {pool[0]}-{pool[1]} is not valid.", NOUN, field="allocation_pools")
    else:
        first, last = block[2 if door == block[1] else 1], block[-2]
    return {"gateway": str(door) if door else None, "first": int(first), "last": int(last)}


def _inside(block: ipaddress.IPv4Network, text: str, field: str) -> ipaddress.IPv4Address:
    try:
        address = ipaddress.IPv4Address(text)
    except ValueError:
        raise Invalid(f"'{text[:64]}' is not a valid IP address.", NOUN, field=field) from None
    if address not in block or address in (block[0], block[-1]):
        raise Invalid(f"{text} is not a usable address of {block}.", NOUN, field=field)
    return address


def _require(row: Row | None, subnet_id: str) -> Row:
    if row is None:
        raise NotFound(NOUN, subnet_id[:64])
    return row
