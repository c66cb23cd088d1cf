"""Addresses of the network cards of an instance that is there: one more of a network, one less. One that is taken away
is shown to nobody from then on, and free for others when its host has let go of it."""

import ipaddress
from typing import Any

from nova_like.db import addresses, leaving, networks
from nova_like.db.engine import Database, Transaction
from nova_like.flows.start import Starter
from nova_like.model.context import Context
from nova_like.model.errors import Invalid, NotFound
from nova_like.services.cards import change_cards

Row = dict[str, Any]
MOST = 16  # of one port, those that are leaving among them: hosts are told of all in one message


class FixedAddresses:
    """Each verb raises NotFound (instance), Conflict (`busy`, `locked`)."""

    def __init__(self, database: Database, policy: Any, starter: Starter) -> None:
        self._database, self._policy, self._starter = database, policy, starter

    def add(self, ctx: Context, instance_id: str, network_id: str) -> None:
        """One more address of that network for the first of the instance's ports on it. Raises NotFound when it has
        none, or the network no range; Conflict (`no_more_addresses`), Invalid (`most`)."""

        def change(tx: Transaction, row: Row, cards: list[Row]) -> bool:
            for card in cards:
                if card["network_id"] == network_id and (ranges := _ranges(tx, network_id)):
                    addresses.add(tx, ranges, card["id"], MOST)
                    return True
            raise NotFound("network", network_id[:64], f"Network could not be found for instance {row['id']}.")

        self._change(ctx, instance_id, change)

    def remove(self, ctx: Context, instance_id: str, address: str) -> None:
        """Take an address away. Raises Invalid (`not_found`) when no port of the instance has it."""

        def change(tx: Transaction, row: Row, cards: list[Row]) -> bool:
            if not any(leaving.mark(tx, card["id"], _plain(address)) for card in cards):
                reason = f"Fixed IP address {address[:64]} is not found for instance {row['id']}."
                raise Invalid(reason, "address", code="not_found", id=row["id"])
            if not row["host"]:
                leaving.free(tx, row["id"])
            return True

        self._change(ctx, instance_id, change)

    def _change(self, ctx: Context, instance_id: str, change: Any) -> None:
        self._policy.check(ctx, "compute:servers:fixed_addresses")
        change_cards(self._database, self._starter, ctx, instance_id, change)


def _ranges(tx: Transaction, network_id: str) -> list[Row]:
    """The IPv4 subnets of a network, which is held: none of them goes away meanwhile."""
    networks.hold(tx, network_id)
    network = networks.get(tx, network_id, None)
    return [subnet for subnet in network["subnets"] if subnet["ip_version"] == 4] if network else []


def _plain(address: str) -> str:
    """As it is kept. Raises Invalid for what is no IPv4 address."""
    try:
        return str(ipaddress.IPv4Address(address))
    except ValueError:
        raise Invalid(f"{address[:64]} is not an IPv4 address.", "address", field="address") from None
