"""The facts of one guest that both trees are made of."""

import base64
import binascii
from dataclasses import dataclass

from nova_like.model.orders import GuestMetadata, Network, Port, Subnet


@dataclass(frozen=True)
class Guest:
    """A guest and its ports, the first port first."""

    metadata: GuestMetadata
    ports: tuple[Port, ...] = ()

    def user_data(self) -> bytes | None:
        """The user data as the client meant it, decoded; None when there is none."""
        text = self.metadata.user_data
        if not text:
            return None
        try:
            return base64.b64decode(text, validate=False)
        except (binascii.Error, ValueError):
            return text.encode()


def contents(metadata: GuestMetadata) -> dict[str, bytes]:
    """The files that are put into the guest, by the name that each has in the tree: `0000`, `0001`, ..."""
    return {f"{n:04}": base64.b64decode(text) for n, text in enumerate(metadata.files.values())}


def fixed_addresses(port: Port, version: int = 4) -> list[str]:
    """The port's addresses of one IP version."""
    return [a.address for a in port.addresses if (":" in a.address) == (version == 6)]


def subnet_of(network: Network, subnet_id: str) -> Subnet | None:
    return next((subnet for subnet in network.subnets if subnet.id == subnet_id), None)
