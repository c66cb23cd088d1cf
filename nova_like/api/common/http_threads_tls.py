"""TLS for the connections of http_threads.py. The handshake is part of reading, so it holds up no other connection."""

import contextlib
import ssl
from typing import Any

from nova_like import concurrency
from nova_like.api.common import tls
from nova_like.api.common.http_threads import Channel

RECORD_BYTES = 16384  # the most of a TLS record: what is read at once, so that none of it stays unseen in the library
WRITE_BYTES = 1 << 16


class Link:
    """A socket that speaks TLS and answers as one that does not block. OpenSSL's connections are for one thread at a
    time: the server's loop reads while others write."""

    def __init__(self, sock: Any, context: ssl.SSLContext) -> None:
        self._lock = concurrency.Lock()
        sock.setblocking(False)
        self._sock = context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)

    @property
    def plain(self) -> Any:
        """The socket below, to be shut without a word of TLS."""
        return self._sock

    @property
    def is_open(self) -> bool:
        """Whether the handshake is over."""
        return self._sock.version() is not None

    def recv(self, length: int) -> bytes:
        with self._lock, _as_plain():
            return self._sock.recv(max(length, RECORD_BYTES))

    def send(self, data: Any) -> int:
        with self._lock, _as_plain():
            return self._sock.send(memoryview(data)[:WRITE_BYTES])

    def gone(self) -> bool:
        return tls.has_hung_up(self._sock)

    def close(self) -> None:
        with self._lock:
            if self.is_open:
                tls.say_goodbye(self._sock)
            self._sock.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


def channel(server: Any, sock: Any, *args: Any, **options: Any) -> None:
    """A connection of a waitress server that has a `tls`; none where the client is gone already."""
    try:
        link = Link(sock, server.tls)
    except OSError:  # raised on into the server's loop it would close the listening socket
        sock.close()
        return
    TlsChannel(server, link, *args, **options)


class TlsChannel(Channel):
    """One connection; one that has not shaken hands within the time for a request's headers is closed."""

    _shaken = False

    def __init__(self, server: Any, *args: Any, **options: Any) -> None:
        self._shaken_by = concurrency.monotonic() + server.limits.header_seconds
        super().__init__(server, *args, **options)

    def readable(self) -> bool:
        self._shaken = self._shaken or self.socket.is_open
        if not self._shaken and concurrency.monotonic() > self._shaken_by:
            self.will_close = True
        return super().readable()

    def recv(self, length: int) -> bytes:
        try:
            return bytes(super().recv(length))
        except BlockingIOError:
            raise
        except OSError:
            self.handle_close()
            return b""

    def handle_read(self) -> None:
        """As waitress's, but a TLS connection may have nothing for us though its socket had."""
        with contextlib.suppress(BlockingIOError):
            if self.lingers_until is not None:
                super().handle_read()
            elif data := self.recv(self.adj.recv_bytes):
                self.last_activity = concurrency.now().timestamp()
                self.received(data)
            else:
                self.connected = False

    def gone(self) -> bool:
        return not self.connected or self.socket.gone()


@contextlib.contextmanager
def _as_plain() -> Any:
    """What asks for another turn is said as by a socket that would block; what is no TLS, as by one that was cut."""
    try:
        yield
    except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
        raise BlockingIOError(11, "again") from None
    except ssl.SSLError as error:
        raise ConnectionResetError(104, str(error)) from None
