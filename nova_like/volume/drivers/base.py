"""What a storage driver must do. Every verb looks first and may be repeated; already as asked is success."""

from typing import Protocol

from nova_like.model.orders import Capacity, Volume


class Backend(Protocol):
    """The contract that `file` and `fake` share (tests/contract/test_volume.py)."""

    def start(self, host: str) -> None:
        """Adopt what is there, finish what was cut short. Raises HostFailure when the store is not usable."""

    def create(self, host: str, volume: Volume) -> None:
        """Make an empty volume of this size. Raises Invalid, Conflict (another size), HostFailure (no room)."""

    def delete(self, host: str, volume: Volume) -> None:
        """Make it gone; its bytes are never seen by another owner."""

    def volumes(self, host: str) -> set[str]:
        """Ids of the volumes that exist."""

    def capacity(self, host: str) -> Capacity:
        """Room for all volumes, `disk_gib` only."""
