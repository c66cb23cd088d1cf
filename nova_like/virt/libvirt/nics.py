"""Network cards of guests: the taps are the network agent's work, made before; here they are only looked for."""

import socket

from nova_like.model.errors import HostFailure
from nova_like.model.orders import Guest, tap_name


class Nics:
    """`virt.base.Nics`."""

    def check(self, guest: Guest) -> None:
        for port in guest.ports:
            try:
                socket.if_nametoindex(tap_name(port.id))
            except OSError:
                raise HostFailure(f"port {port.id} is not plugged on this host", "port", retry=True) from None
