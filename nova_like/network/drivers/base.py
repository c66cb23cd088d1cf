"""What a datapath driver must do. The host is named in every verb: one process may serve many simulated hosts.

Every verb looks first and may be repeated; already as asked is success.
"""

from typing import Protocol

from nova_like.model.orders import Plug


class Datapath(Protocol):
    """The contract that `linux` and `fake` share (tests/contract/test_network.py)."""

    def start(self, host: str) -> None:
        """Adopt what is there, repair what is not, remove what nobody asked for. Raises HostFailure."""

    def plug(self, host: str, plug: Plug) -> dict[str, str]:
        """Make these ports true; device names by port id. Raises Invalid and HostFailure."""

    def unplug(self, host: str, plug: Plug) -> None:
        """Make them gone, and the network's own parts with its last port on the host.

        A plug that names no port means all ports of its instance.
        """

    def ports(self, host: str) -> set[str]:
        """Ids of the ports that are plugged."""

    def instances(self, host: str) -> set[str]:
        """Ids of the instances that these ports are of."""
