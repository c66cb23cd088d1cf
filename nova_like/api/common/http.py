"""The HTTP server of a worker: what a connection may take of time and size, and the server of the process's back end
under those limits. Parses no request (eventlet's or waitress's parser does), and knows no route."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nova_like import concurrency

App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
# keys of the environ that the servers add
HANG_UP = "nova_like.hang_up"  # hang_up(): the connection ends with this answer
GONE = "nova_like.gone"  # gone(): whether the client has hung up
WAITED = "nova_like.waited"  # waited(): seconds since the request was there, for which nobody took it up


@dataclass(frozen=True)
class Limits:
    """`connections`: of one worker; beyond it the one that has said nothing for the longest time is hung up on.
    `body_bytes(method, path)`: the most that a body may have, None where the application itself limits it."""

    connections: int = 1000
    threads: int = 64  # where threads serve: requests at once, waiting ones among them; of the kinds not in `pools`
    pools: Mapping[str, int] = field(default_factory=dict)  # kind of request -> threads of its own
    kind: Callable[[str, str, str], str] = lambda method, path, query: ""
    header_bytes: int = 65536  # all headers of one request
    url_bytes: int = 16384
    header_seconds: float = 10.0  # from the first byte of a request to the end of its headers
    idle_seconds: float = 75.0  # between requests, and between the pieces of a body or an answer
    body_seconds: float = 20.0  # for any body; longer ones get a second more for each `bytes_per_second`
    bytes_per_second: int = 16384  # of a body, and of an answer once `idle_seconds` are over
    linger_seconds: float = 2.0  # how long we go on listening to a client whose body was refused
    farewell_seconds: float = 2.0  # how long a server that ends keeps its connections, for one more request each
    body_bytes: Callable[[str, str], int | None] = lambda method, path: None
    # of bodies that `body_bytes` leaves to the application, where they are kept on disk until they are whole
    stream_bytes: int = 1 << 62  # of one; twice as much of all in a worker
    stream_header: str = ""  # without this header nothing of them is kept

    def seconds_for(self, length: int) -> float:
        """How long `length` bytes of a body may take."""
        return self.body_seconds + length / self.bytes_per_second


def serve(app: App, sock: Any, stop: Any, limits: Limits | None = None, tls: Any = None) -> None:
    """Serve HTTP on a listening socket until `stop` is set, HTTPS with the context `tls`. Then no connection is taken
    any more, and each that is open ends with its next answer, or after the farewell; returns with requests in hand
    still being answered."""
    if concurrency.backend() == "eventlet":
        from nova_like.api.common import http_green as server
    else:
        from nova_like.api.common import http_threads as server  # type: ignore[no-redef]

    def until_stop(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if stop.is_set():
            environ[HANG_UP]()
        return app(environ, start_response)

    server.serve(until_stop, sock, stop, limits or Limits(), tls)
