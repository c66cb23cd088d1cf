"""What a storage back end's agent can be asked for."""

from nova_like.model.orders import Export, ImageLink, Order
from nova_like.model.orders import Volume as VolumeFacts
from nova_like.rpc.contract import Contract, cast


class Volume(Contract):
    topic = "volume"

    @cast
    def create(self, order: Order, volume: VolumeFacts) -> None:
        """Make an empty volume of this size exist; facts: none."""

    @cast
    def fill(self, order: Order, volume: VolumeFacts, image: ImageLink) -> None:
        """Make a volume of this size exist that begins with the image; one that is there is left as it is; facts:
        none."""

    @cast
    def delete(self, order: Order, volume: VolumeFacts) -> None:
        """Make it gone, its bytes unreadable by the next owner."""

    @cast
    def export(self, order: Order, export: Export) -> None:
        """Let it be reached for this attachment, and for no other; facts: those of a Connection."""

    @cast
    def unexport(self, order: Order, export: Export) -> None:
        """Let it no longer be reached for this attachment; facts: none."""
