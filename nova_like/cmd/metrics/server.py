"""The port that metrics are read from: one thread, one reader at a time, text exposition at every path."""

import errno
import socketserver
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from prometheus_client import CollectorRegistry, make_wsgi_app

from nova_like import concurrency, logs

LOG = logs.get(__name__)
READER_SECONDS = 5.0  # a reader that is slower must not keep the others waiting
Families = Callable[[], Iterable[Any]]


class _Collector:
    """What prometheus_client asks at each reading."""

    def __init__(self, families: Families) -> None:
        self._families = families

    def collect(self) -> Iterable[Any]:
        return self._families()

    def describe(self) -> list[Any]:
        return []  # or it would collect once at the start


class _Handler(WSGIRequestHandler):
    timeout = READER_SECONDS

    def log_message(self, format: str, *args: Any) -> None:
        """Readings come every few seconds; nobody wants them in the log."""


class _Server(WSGIServer):
    def server_bind(self) -> None:
        """Without WSGIServer's look-up of our own name, which may take seconds."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])
        self.setup_environ()

    def handle_error(self, request: Any, client_address: Any) -> None:
        LOG.debug("a reader of metrics went away")


def serve(conf: Any, families: Families, processes: int = 1) -> int:
    """Show what `families()` gives, in a thread of its own; the port, 0 when [metrics] asks for none.

    The first free one of as many ports as there are `processes` is taken: a worker that is started anew finds that
    of its forerunner. A port that cannot be had is logged: no daemon stays down for its metrics.
    """
    if not conf.metrics.port:
        return 0
    for port in range(conf.metrics.port, conf.metrics.port + processes):
        try:
            server = _Server((conf.metrics.bind_host, port), _Handler)
            break
        except OSError as error:
            if error.errno != errno.EADDRINUSE or port == conf.metrics.port + processes - 1:
                LOG.error("no metrics on %s port %d: %s", conf.metrics.bind_host, port, error)
                return 0
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(families))  # type: ignore[arg-type]
    server.set_app(make_wsgi_app(registry))
    concurrency.spawn(server.serve_forever, name="metrics")
    return port
