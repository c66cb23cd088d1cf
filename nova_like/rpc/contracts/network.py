"""What a host's network agent can be asked for."""

from nova_like.model.orders import Order, Plug
from nova_like.rpc.contract import Contract, cast


class Network(Contract):
    topic = "network"

    @cast
    def plug(self, order: Order, plug: Plug) -> None:
        """Make taps, bridge, filters, DHCP and metadata true for these ports; facts: taps = {port id: device}."""

    @cast
    def unplug(self, order: Order, plug: Plug) -> None:
        """Make all of it gone; the network's own parts too when this was its last port on the host."""
