"""systemd's readiness protocol (sd_notify(3)): one datagram to $NOTIFY_SOCKET. Silent where there is none."""

import os
import socket

PATIENCE_SECONDS = 0.5


def ready(status: str = "") -> None:
    """Say that this daemon really serves now."""
    _send(f"READY=1\nSTATUS={status}" if status else "READY=1")


def watchdog() -> None:
    """Say that work was answered lately. Call it only then."""
    _send("WATCHDOG=1")


def stopping() -> None:
    _send("STOPPING=1")


def _send(text: str) -> None:
    path = os.environ.get("NOTIFY_SOCKET")
    if not path:
        return
    address = "\0" + path[1:] if path.startswith("@") else path
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
        link.settimeout(PATIENCE_SECONDS)
        try:
            link.connect(address)
            link.sendall(text.encode())
        except OSError:
            return  # a supervisor that has gone, or does not read, does not stop the work
