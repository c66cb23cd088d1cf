"""Free TCP ports of this machine. It never hands out one of the range that the kernel uses for outgoing connections:
such a port could be taken by anybody while its server is down for a restart."""

from __future__ import annotations

import random
import socket

_FIRST, _LAST = 20000, 32000


def free(count: int = 1) -> list[int]:
    """Different ports of 127.0.0.1 on which nobody listens now."""
    found: list[int] = []
    while len(found) < count:
        port = random.randint(_FIRST, _LAST)
        if port not in found and _is_free(port):
            found.append(port)
    return found


def listening(port: int) -> bool:
    """True when a connection to 127.0.0.1 is accepted."""
    with socket.socket() as client:
        client.settimeout(2)
        return client.connect_ex(("127.0.0.1", port)) == 0


def _is_free(port: int) -> bool:
    # 0.0.0.0 and not loopback only, as a wildcard listener elsewhere would clash as well
    with socket.socket() as probe:
        try:
            probe.bind(("0.0.0.0", port))
        except OSError:
            return False
    return True
