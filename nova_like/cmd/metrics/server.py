"""The port that metrics are read from: one thread, one reader at a time, text exposition at every path."""

import socketserver
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from prometheus_client import CollectorRegistry, make_wsgi_app

from nova_like import concurrency, logs

LOG = logs.get(__name__)
RETRY_SECONDS = 0.5  # until a port is tried again that somebody holds
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


def serve(conf: Any, families: Families, processes: int = 1) -> None:
    """Show what `families()` gives, in a thread of its own, where [metrics] names a port.

    The first free one of as many ports as there are `processes` is taken: a worker that is started anew finds that
    of its forerunner. Where none can be had, which is logged once, they are tried until one can: no daemon stays down
    for its metrics, and a forerunner may take its time to go.
    """
    if conf.metrics.port:
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Collector(families))  # type: ignore[arg-type]
        ports = range(conf.metrics.port, conf.metrics.port + processes)
        first = _bind(conf.metrics.bind_host, ports)
        concurrency.spawn(_run, conf.metrics.bind_host, ports, first, make_wsgi_app(registry), name="metrics")


def _run(host: str, ports: range, found: "_Server | OSError", app: Any) -> None:
    if isinstance(found, OSError):
        LOG.error("no metrics on %s port %s yet: %s", host, "-".join(map(str, {ports[0], ports[-1]})), found)
    while isinstance(found, OSError):
        concurrency.sleep(RETRY_SECONDS)
        found = _bind(host, ports)
    found.set_app(app)
    found.serve_forever()


def _bind(host: str, ports: range) -> "_Server | OSError":
    """A server on the first free port, or why there is none."""
    fault = OSError()
    for port in ports:
        try:
            return _Server((host, port), _Handler)
        except OSError as error:
            fault = error
    return fault
