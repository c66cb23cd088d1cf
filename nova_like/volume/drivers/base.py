"""What a storage driver must do. Every verb looks first and may be repeated; already as asked is success."""

from collections.abc import Callable
from typing import Protocol

from nova_like.model.orders import Capacity, Connection, Export, ImageLink, Volume


class Backend(Protocol):
    """The contract that `file` and `fake` share (tests/contract/test_volume.py)."""

    def start(self, host: str) -> None:
        """Adopt what is there, finish what was cut short. Raises HostFailure when the store is not usable."""

    def create(self, host: str, volume: Volume) -> None:
        """Make an empty volume of this size. Raises Invalid, Conflict (another size), HostFailure (no room)."""

    def fill(self, host: str, volume: Volume, image: ImageLink, cancelled: Callable[[], bool]) -> None:
        """Make a volume of this size that begins with the image. It is there when it is whole, and then never filled
        again, whatever was written to it since. Raises as `create`, and Conflict when called off."""

    def delete(self, host: str, volume: Volume) -> None:
        """Make it gone, its export first; its bytes are never seen by another owner."""

    def export(self, host: str, export: Export) -> Connection:
        """Let the volume be reached for this attachment: as before, if it is. An export for another one is closed
        first. Raises NotFound (no such volume), HostFailure."""

    def unexport(self, host: str, export: Export) -> None:
        """Make the export for this attachment gone, whoever uses it. One for another is left alone."""

    def exports(self, host: str) -> dict[str, str]:
        """{volume id: attachment id} of what is exported."""

    def keep(self, host: str) -> None:
        """Bring back the exports that have fallen over, where and as they were. Raises nothing."""

    def volumes(self, host: str) -> set[str]:
        """Ids of the volumes that exist."""

    def capacity(self, host: str) -> Capacity:
        """Room for all volumes, `disk_gib` only."""
