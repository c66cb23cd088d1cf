"""What recipes need beyond the transaction, handed to them by the program: declared here, made in `cmd/`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from nova_like.db.engine import Transaction
from nova_like.model.orders import ImageLink
from nova_like.placement.hosts import Host, Request


class Pool(Protocol):
    """The scheduler's memory of hosts of one kind."""

    def candidates(self, request: Request, tx: Transaction) -> list[Host]:
        """Hosts in the order in which to try them; rows are read again before it is said that there is none. Raises
        NoValidHost."""

    def limits(self, host: Host) -> dict[str, int]:
        """Amounts that may be claimed of a host in all."""

    def limits_of(self, row: dict[str, Any]) -> dict[str, int]:
        """The same of a host's row."""

    def learn(self, row: dict[str, Any]) -> None:
        """A host's row as a claim left it."""


@dataclass
class Parts:
    compute_pool: Pool
    volume_pool: Pool
    image_link: Callable[[dict[str, Any], float], ImageLink]  # of an image's row, at a time of the database's clock
    # a link by which an image (its id) is filled with data of a size and sha256; at a time as above
    filling_link: Callable[[str, int, str, float], str]
    offload_seconds: float = 0.0  # how long a shelved instance stays on its host; below 0 for ever
