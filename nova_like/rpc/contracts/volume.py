"""What a storage back end's agent can be asked for."""

from nova_like.model.orders import Order
from nova_like.model.orders import Volume as VolumeFacts
from nova_like.rpc.contract import Contract, cast


class Volume(Contract):
    topic = "volume"

    @cast
    def create(self, order: Order, volume: VolumeFacts) -> None:
        """Make an empty volume of this size exist; facts: none."""

    @cast
    def delete(self, order: Order, volume: VolumeFacts) -> None:
        """Make it gone, its bytes unreadable by the next owner."""
