"""HTTP by eventlet.wsgi: a green thread for each connection, under the limits of http.py. The only module beside
concurrency.py that imports eventlet; imported in processes that run on it."""

import contextlib
import logging
from collections.abc import Callable
from typing import Any

import eventlet
import eventlet.wsgi
from eventlet.green import socket

from nova_like import concurrency
from nova_like.api.common import framing, tls
from nova_like.api.common.http import GONE, HANG_UP, App, Limits

SPARE = 64  # green threads beyond the limit of connections: for those that are being hung up on
REFUSED = b"HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
DISCARD_BYTES = 1 << 20  # of a body that nobody wanted, before the connection is given up


def serve(app: App, sock: Any, stop: Any, limits: Limits, tls: Any = None) -> None:
    """As http.serve."""
    logger = logging.getLogger("eventlet.wsgi")
    logger.setLevel(logging.WARNING)
    silent: dict[Protocol, None] = {}
    members = {"limits": limits, "silent": silent, "count": [0], "tls": tls}
    door, pool = Door(sock), eventlet.GreenPool(limits.connections + SPARE)
    serving = eventlet.spawn(
        eventlet.wsgi.server, door, app, custom_pool=pool, log=logger, log_output=False,
        socket_timeout=limits.idle_seconds, url_length_limit=limits.url_bytes, debug=False,
        protocol=type("BoundProtocol", (Protocol,), members),
    )  # fmt: skip
    while not stop.wait(0.2):
        if serving.dead:
            raise RuntimeError("the HTTP server ended by itself")
    serving.kill()
    deadline = concurrency.monotonic() + limits.farewell_seconds
    while pool.running() and concurrency.monotonic() < deadline:
        concurrency.sleep(0.02)
    door.farewell_over.send()
    concurrency.sleep(0.0)  # lets it close what is idle


class Door:
    """The listening socket. eventlet.wsgi hangs up on idle connections as soon as its accept is killed, with requests
    on their way to them: this one holds the exit until they have had their time."""

    def __init__(self, sock: Any) -> None:
        self._sock, self.farewell_over = sock, eventlet.Event()

    def accept(self) -> Any:
        try:
            return self._sock.accept()
        except eventlet.greenlet.GreenletExit:
            self.farewell_over.wait()
            raise

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


class Protocol(eventlet.wsgi.HttpProtocol):  # type: ignore[misc]
    """One connection. `silent`: the connections of this worker that owe us a request or the rest of its body, the
    longest silent first."""

    limits: Limits
    silent: "dict[Protocol, None]"
    count: list[int]
    tls: Any
    lingers = False
    _headers_by = 0.0
    wfile: Any

    def __init__(self, conn_state: Any, server: Any) -> None:
        self.count[0] += 1
        if self.count[0] > self.limits.connections and self.silent:
            oldest = next(iter(self.silent))
            del self.silent[oldest]
            _cut(oldest.connection)
        try:
            if self.tls is None or self._shake(conn_state):
                super().__init__(conn_state, server)
        finally:
            self.count[0] -= 1
            self.silent.pop(self, None)

    def _shake(self, conn_state: Any) -> bool:
        """Put TLS around the connection; false for a client that does not shake hands in time."""
        self.silent[self] = None
        try:
            wrapped = self.tls.wrap_socket(conn_state[1], server_side=True, do_handshake_on_connect=False)
            conn_state[1] = self.connection = wrapped
            with _until(self.limits.header_seconds):
                wrapped.do_handshake()
        except OSError:
            return False
        return True

    def setup(self) -> None:
        super().setup()
        self.wfile = Answer(self.wfile, self.limits)

    def handle_one_request(self) -> None:
        self.silent[self] = None
        try:
            super().handle_one_request()
        finally:
            self.silent.pop(self, None)

    def log_message(self, format: str, *args: Any) -> None:
        """Requests that are none are the client's affair; the others are logged further in."""

    def _read_request_line(self) -> Any:
        try:
            with _until(self.limits.idle_seconds):
                self.rfile.peek(1)
        except TimeoutError:
            raise
        except (OSError, ValueError):
            pass  # what follows meets it again, and knows what to do
        self._headers_by = concurrency.monotonic() + self.limits.header_seconds
        try:
            with self._in_time():
                return super()._read_request_line()
        except TimeoutError:
            self._refuse(b"408 Request Timeout")
            return ""

    def parse_request(self) -> Any:
        """The rest of the headers; their limits of size raise what eventlet.wsgi answers with 400."""
        try:
            with self._in_time():
                parsed = super().parse_request()
        except TimeoutError:
            return self._refuse(b"408 Request Timeout")
        except (eventlet.wsgi.HeaderLineTooLong, eventlet.wsgi.HeadersTooLarge):
            return self._refuse(b"431 Request Header Fields Too Large")
        if parsed and (refusal := framing.refusal(self.headers, self.request_version)):
            return self._refuse(refusal)
        return parsed

    def _in_time(self) -> "_until":
        """What is left of the time for a request's headers, which begins with its first byte."""
        return _until(max(0.0, self._headers_by - concurrency.monotonic()))

    def _refuse(self, status: bytes) -> bool:
        self.wfile.write(REFUSED % status)
        self.lingers = self.close_connection = True
        return False

    def get_environ(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environ()
        body = environ["eventlet.input"]
        if "content-type" not in self.headers:
            environ["CONTENT_TYPE"] = ""  # not eventlet's text/plain, which nobody said
        environ["wsgi.input"] = Body(body, self.limits, self._heard)
        if _is_whole(body) or self.limits.body_bytes(self.command, environ["PATH_INFO"]) is None:
            self._heard()
        body.__class__, body.protocol = Unwanted, self
        environ[HANG_UP], environ[GONE] = self._hang_up, self._gone
        environ["wsgi.url_scheme"] = "https" if self.tls is not None else "http"
        return environ

    def discard(self, body: Any) -> None:
        """Read what is left of a body, so that the connection can be used again: no more of it, and for no longer, than
        it takes to make a new one."""
        got = 0
        if (body.content_length or 0) - body.position > DISCARD_BYTES:
            return self._hang_up()
        try:
            with _until(self.limits.linger_seconds):
                while data := body.read(65536):
                    got += len(data)
                    if got > DISCARD_BYTES:
                        return self._hang_up()
        except TimeoutError:
            self._hang_up()

    def _heard(self) -> None:
        self.silent.pop(self, None)

    def _hang_up(self) -> None:
        self.lingers = self.close_connection = True

    def _gone(self) -> bool:
        if self.tls is not None:
            return tls.has_hung_up(self.connection)
        try:
            return not self.connection.fd.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            return True

    def finish(self) -> None:
        if self.lingers:
            self._linger()
        elif self.tls is not None:
            self._say_goodbye()
        super().finish()

    def _say_goodbye(self) -> None:
        try:
            self.wfile.flush()
        except OSError:
            return
        self.connection.act_non_blocking = True
        tls.say_goodbye(self.connection)

    def _linger(self) -> None:
        """Listen on for a moment: a reset would take the answer away from a client that is still sending."""
        try:
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_WR)
            with _until(self.limits.linger_seconds):
                while self.connection.recv(65536):
                    pass
        except OSError:
            pass


def _cut(connection: Any) -> None:
    """Hang up on a connection that another green thread waits for; a TLS one would be torn from under its hands."""
    with contextlib.suppress(OSError):
        socket.SocketType.shutdown(getattr(connection, "fd", connection), socket.SHUT_RDWR)


class Unwanted(eventlet.wsgi.Input):  # type: ignore[misc]
    """eventlet's own input, which is asked to throw away what the application did not read."""

    protocol: Protocol

    def discard(self, buffer_size: int = 0) -> None:
        self.protocol.discard(self)


class Answer:
    """What the client is sent. eventlet times each send alone, so one that took a byte now and then would never end."""

    def __init__(self, file: Any, limits: Limits) -> None:
        self._file, self._limits = file, limits

    def write(self, data: bytes) -> None:
        with _until(self._limits.idle_seconds + len(data) / self._limits.bytes_per_second):
            self._file.write(data)

    def writelines(self, pieces: list[bytes]) -> None:
        self.write(b"".join(pieces))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


class Body:
    """`wsgi.input` whose reads end: what does not come in time raises TimeoutError. `heard()` is called at its end."""

    def __init__(self, body: Any, limits: Limits, heard: Callable[[], None]) -> None:
        self._body, self._limits, self._heard = body, limits, heard

    def read(self, length: int | None = None) -> bytes:
        return self._seen(self._body.read, length, self._limits.seconds_for(length or 0))

    def readline(self, length: int | None = None) -> bytes:
        return self._seen(self._body.readline, length, self._limits.body_seconds)

    def _seen(self, read: Callable[..., Any], length: int | None, seconds: float) -> bytes:
        with _until(seconds):
            data = bytes(read(length))
        if _is_whole(self._body):
            self._heard()
        return data

    def __iter__(self) -> Any:
        return iter(lambda: self.read(65536), b"")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._body, name)


def _is_whole(body: eventlet.wsgi.Input) -> bool:
    """Whether all of a body has been read."""
    if body.chunked_input:
        return bool(body.chunk_length == 0)
    return bool(body.position >= (body.content_length or 0))


class _until:  # noqa: N801
    """A limit of time on what happens inside: TimeoutError after it."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __enter__(self) -> None:
        self._timeout = eventlet.Timeout(self._seconds, TimeoutError("the client is too slow"))

    def __exit__(self, *error: Any) -> None:
        self._timeout.cancel()
