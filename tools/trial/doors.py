"""Listening sockets that outlive the daemons behind them, as a systemd socket unit: the supervisor holds them, a daemon
inherits one as descriptor 3. Connections wait in it while no daemon is there; several daemons may share one."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Sequence

BACKLOG = 512
FIRST = 3  # SD_LISTEN_FDS_START


class Doors:
    """The sockets of one supervisor, by HOST:PORT."""

    def __init__(self) -> None:
        self._open: dict[str, socket.socket] = {}

    def open(self, address: str) -> socket.socket | None:
        """The socket of this address; None when a process that outlived an earlier supervisor still listens there."""
        if address not in self._open:
            host, _, port = address.rpartition(":")
            try:
                door = socket.create_server((host, int(port)), backlog=BACKLOG)
            except OSError:
                return None
            door.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._open[address] = door
        return self._open[address]

    def keep(self, addresses: set[str]) -> None:
        """Close all others."""
        for address in [address for address in self._open if address not in addresses]:
            self._open.pop(address).close()


def command(python: str, door: socket.socket, argv: Sequence[str]) -> list[str]:
    """The command line that hands the socket over; it must be started with `pass_fds=(door.fileno(),)`."""
    return [python, "-m", "tools.trial.doors", str(door.fileno()), *argv]


def main(argv: Sequence[str]) -> None:
    """Become the program, with the socket where sd_listen_fds(3) looks for it."""
    given = int(argv[0])
    if given != FIRST:
        os.dup2(given, FIRST)  # inheritable
        os.close(given)
    os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}
    os.execvp(argv[1], list(argv[1:]))


if __name__ == "__main__":
    main(sys.argv[1:])
