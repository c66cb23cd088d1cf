"""What answers at a fake guest's consoles: a login prompt that echoes, and a VNC display of a few black pixels; and a
picture."""

import selectors
import socket
import struct
from collections.abc import Callable

from nova_like import concurrency
from nova_like.virt import pictures
from nova_like.virt.base import PAUSED, RUNNING, VNC
from nova_like.virt.fake.host import Host

LOOK_SECONDS = 0.2
_PIXELS = struct.pack(">HHBBBBHHHBBB3x", 16, 16, 32, 24, 0, 1, 255, 255, 255, 16, 8, 0)  # RFC 6143, 7.3.2, 7.4
Guest = Callable[[int], bytes]  # reads that many bytes; raises EOFError when nothing comes any more


def line(host: Host, instance_id: str, kind: str) -> int:
    """One end of a socket; a thread plays the guest at the other until somebody hangs up or the guest ends."""
    ours, theirs = socket.socketpair()
    run = host.get(instance_id).runs

    def runs() -> bool:
        record = host.get(instance_id)
        return record.runs == run and record.power in (RUNNING, PAUSED)

    play = _display if kind == VNC else _login
    concurrency.spawn(_play, play, theirs, runs, instance_id, name="fake console")
    return ours.detach()


def _play(
    play: Callable[[socket.socket, Guest, str], None], end: socket.socket, runs: Callable[[], bool], instance_id: str
) -> None:
    with end, selectors.DefaultSelector() as poll:
        poll.register(end, selectors.EVENT_READ)

        def read(count: int) -> bytes:
            while not poll.select(LOOK_SECONDS):
                if not runs():
                    raise EOFError
            if data := end.recv(count):
                return data
            raise EOFError

        try:
            play(end, read, instance_id)
        except (EOFError, OSError):
            pass


def picture(instance_id: str) -> bytes:
    """A display of a few squares, other ones for each guest."""
    digits = [int(digit, 16) for digit in instance_id.replace("-", "")[:16].ljust(16, "0")]
    row = b"".join(bytes((digit * 16, 255 - digit * 16, 64)) * 4 for digit in digits)
    return pictures.from_pixels(len(digits) * 4, 16, row * 16)


def _login(end: socket.socket, read: Guest, instance_id: str) -> None:
    end.sendall(f"fake guest {instance_id}\r\nlogin: ".encode())
    while True:
        end.sendall(read(4096))


def _display(end: socket.socket, read: Guest, instance_id: str) -> None:
    """RFB 3.8 without a password, as RFC 6143 has it; what the viewer then asks for is not answered."""

    def whole(count: int) -> bytes:
        data = b""
        while len(data) < count:
            data += read(count - len(data))
        return data

    end.sendall(b"RFB 003.008\n")
    whole(12)
    end.sendall(b"\x01\x01")  # one kind of security: none
    whole(1)
    end.sendall(b"\0\0\0\0")
    whole(1)
    name = f"fake guest {instance_id}".encode()
    end.sendall(_PIXELS + struct.pack(">I", len(name)) + name)
    while True:
        read(4096)
