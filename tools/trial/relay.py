"""A relay from a host's namespace to servers on the machine's loopback: the only way out that an agent has. It listens
on 127.0.0.1 inside and connects from where it was started. SIGUSR1 cuts every connection and refuses new ones (a
partition), SIGUSR2 ends the cut. It never looks into what it carries."""

from __future__ import annotations

import argparse
import contextlib
import selectors
import signal
import socket
import struct
import sys
from collections.abc import Sequence

from tools.trial.netns import entered

_CHUNK = 65536
_ENOUGH = 4 * _CHUNK  # bytes held for a slow reader before its peer is no longer read


class _End:
    """One side of a connection: bytes wait in ``out`` until this side takes them."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.out = bytearray()
        self.ended = False  # nothing more comes from this side
        self.shut = False  # the peer's end was passed on to this side
        self.peer: _End = self


class Relay:
    """All connections of one host, in one thread."""

    def __init__(self, netns: str | None, pairs: Sequence[tuple[int, int]]) -> None:
        self._poll = selectors.DefaultSelector()
        self._ends: set[_End] = set()
        self._cut = False
        self._over = False
        with entered(netns) if netns else contextlib.nullcontext():
            for inner, outer in pairs:
                listener = socket.create_server(("127.0.0.1", inner), backlog=256)
                listener.setblocking(False)
                self._poll.register(listener, selectors.EVENT_READ, outer)
        # a signal only writes a byte here, so that all work is done in the loop
        self._wake_reader, self._wake_writer = socket.socketpair()
        for end in (self._wake_reader, self._wake_writer):
            end.setblocking(False)
        self._poll.register(self._wake_reader, selectors.EVENT_READ, None)

    def run(self) -> None:
        """Carry bytes until SIGTERM."""
        signal.set_wakeup_fd(self._wake_writer.fileno())
        for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGTERM):
            signal.signal(number, lambda *_: None)
        while not self._over:
            for key, mask in self._poll.select():
                self._handle(key, mask)

    def _handle(self, key: selectors.SelectorKey, mask: int) -> None:
        if isinstance(key.data, _End):
            self._carry(key.data, mask)
        elif key.data is None:
            for number in self._wake_reader.recv(64):
                self._obey(number)
        else:
            self._accept(key.fileobj, key.data)

    def _obey(self, number: int) -> None:
        self._over = self._over or number == signal.SIGTERM
        if number == signal.SIGUSR1:
            self._cut = True
            for end in list(self._ends):
                self._close(end)
        elif number == signal.SIGUSR2:
            self._cut = False

    def _accept(self, listener: object, outer: int) -> None:
        assert isinstance(listener, socket.socket)
        try:
            near = _End(listener.accept()[0])
        except OSError:
            return
        if self._cut:
            _reset(near.sock)
            return
        far = _End(socket.socket())
        near.peer, far.peer = far, near
        for end in (near, far):
            end.sock.setblocking(False)
            end.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._ends.add(end)
        far.sock.connect_ex(("127.0.0.1", outer))
        self._poll.register(near.sock, selectors.EVENT_READ, near)
        # writable tells that the connection stands, or failed: the first read then says so
        self._poll.register(far.sock, selectors.EVENT_READ | selectors.EVENT_WRITE, far)

    def _carry(self, end: _End, mask: int) -> None:
        if end not in self._ends:
            return
        try:
            if mask & selectors.EVENT_WRITE:
                self._flush(end)
            if mask & selectors.EVENT_READ:
                self._read(end)
            self._pass_end(end.peer, end)
            self._pass_end(end, end.peer)
        except BlockingIOError:
            pass
        except OSError:
            self._close(end)
            return
        if end.shut and end.peer.shut:
            self._close(end)
            return
        self._watch(end)
        self._watch(end.peer)

    def _read(self, end: _End) -> None:
        data = end.sock.recv(_CHUNK)
        if data:
            end.peer.out += data
            self._flush(end.peer)
        else:
            end.ended = True

    def _flush(self, end: _End) -> None:
        if end.out:
            with contextlib.suppress(BlockingIOError):
                del end.out[: end.sock.send(end.out)]

    def _pass_end(self, source: _End, sink: _End) -> None:
        if source.ended and not sink.out and not sink.shut:
            sink.shut = True
            sink.sock.shutdown(socket.SHUT_WR)

    def _watch(self, end: _End) -> None:
        wanted = 0 if end.ended or len(end.peer.out) > _ENOUGH else selectors.EVENT_READ
        wanted |= selectors.EVENT_WRITE if end.out else 0
        registered = self._poll.get_map().get(end.sock.fileno())
        if registered is None:
            if wanted:
                self._poll.register(end.sock, wanted, end)
        elif not wanted:
            self._poll.unregister(end.sock)
        elif registered.events != wanted:
            self._poll.modify(end.sock, wanted, end)

    def _close(self, end: _End) -> None:
        for side in (end, end.peer):
            if side in self._ends:
                self._ends.discard(side)
                with contextlib.suppress(KeyError, ValueError):
                    self._poll.unregister(side.sock)
                graceful = end.shut and end.peer.shut
                side.sock.close() if graceful else _reset(side.sock)


def _reset(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def command(python: str, netns: str, pairs: Sequence[tuple[int, int]]) -> list[str]:
    """The command line of a relay process (its working directory must be the checkout)."""
    words = [f"{inner}:{outer}" for inner, outer in pairs]
    return [python, "-m", "tools.trial.relay", "--netns", netns, *words]


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point of the process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--netns", help="the namespace to listen in")
    parser.add_argument("pairs", nargs="+", help="INNER:OUTER, two ports of 127.0.0.1")
    options = parser.parse_args(argv)
    pairs = [(int(inner), int(outer)) for inner, _, outer in (pair.partition(":") for pair in options.pairs)]
    Relay(options.netns, pairs).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
