"""nova-like-all: the whole cloud in one process, on the local bus and SQLite. For demonstrations and small machines."""

import logging
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from nova_like import concurrency, logs

GRACE_SECONDS = 9.5  # of all parts together, once told to end: systemd and clients expect ten
LOG = logs.get(__name__)


def main(argv: list[str] | None = None) -> None:
    """Run until told to end. The schema and the bootstrap are nova-like-manage's, as everywhere."""
    concurrency.init("threading")
    from nova_like import conf as configuration
    from nova_like.cmd import notify, scheduler_parts
    from nova_like.cmd.scheduler import start
    from nova_like.db import engine
    from nova_like.rpc.transport import make_transport

    conf = configuration.load(sys.argv[1:] if argv is None else argv, "nova-like-all")
    stop = concurrency.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    transport, database = make_transport(conf), engine.from_conf(conf)
    listener = _listener(conf)
    scheduler = scheduler_parts.make(conf, transport, database)
    deciding, served = start(conf, transport, scheduler, stop), _agents(conf, transport, stop)
    servers = [*deciding, *(serving for _, serving in served)]
    front, http = _api(conf, transport, database, listener, stop)
    console = _console(conf, transport, database)
    if conf.metrics.port:
        from nova_like.cmd.metrics import all_in_one as numbers

        numbers.show(conf, scheduler, deciding, served, front, stop)
    notify.ready(f"serving on port {listener.getsockname()[1]}")
    while not concurrency.wait(stop, 1.0):
        notify.watchdog()
    notify.stopping()
    if console is not None:
        concurrency.spawn(console.close, name="end of consoles")
    _end(servers, front, http)
    logging.shutdown()
    os._exit(1 if http.failed else 0)


def _end(servers: list[Any], front: Any, http: "Http") -> None:
    """First the requests in hand, which may still ask the agents; then the orders in hand."""
    deadline = concurrency.monotonic() + GRACE_SECONDS
    concurrency.wait(http.ended, GRACE_SECONDS)
    for server in servers:
        server.stop(max(0.1, (deadline - concurrency.monotonic()) / len(servers)))
    front.close()


class Http:
    """The thread that serves the API: `ended` is set when it has, `failed` says that nobody had told it to; then the
    process ends, too."""

    def __init__(self, serve: Callable[[], None], stop: Any) -> None:
        self._serve, self._stop = serve, stop
        self.ended, self.failed = concurrency.Event(), False
        concurrency.spawn(self._run, name="http")

    def _run(self) -> None:
        try:
            self._serve()
        except Exception:
            LOG.exception("the API failed")
        self.failed = not self._stop.is_set()
        if self.failed:
            LOG.error("the API has ended: so does this process")
        self.ended.set()
        self._stop.set()


def _listener(conf: Any) -> Any:
    from nova_like.cmd.api import listen

    return listen(conf.api.bind_host, conf.api.bind_port)


def _agents(conf: Any, transport: Any, stop: Any) -> list[tuple[Any, Any]]:
    """One agent of each kind, all under this host's name, each with the server of its queue."""
    from nova_like.compute import service as compute
    from nova_like.network import service as network
    from nova_like.rpc.contracts.compute import Compute
    from nova_like.rpc.contracts.network import Network
    from nova_like.rpc.contracts.volume import Volume
    from nova_like.rpc.server import serve
    from nova_like.volume import service as volume

    served = []
    for contract, service in ((Network, network), (Volume, volume), (Compute, compute)):
        made: Any = service.make(conf, transport)
        if hasattr(made, "start"):
            made.start()
        serving = serve(transport, contract, made.handler, made.agent.address, threads=conf.bus.threads)
        served.append((made.agent, serving))
        concurrency.spawn(made.agent.report_loop, stop, name=f"{made.agent.kind} reports")
    return served


def _console(conf: Any, transport: Any, database: Any) -> Any:
    """The console proxy, where [console] says that there is one."""
    from nova_like.cmd.console import Console

    return Console(conf, transport, database) if conf.console.public_url else None


def _api(conf: Any, transport: Any, database: Any, listener: Any, stop: Any) -> tuple[Any, Http]:
    from nova_like.api.common import tls
    from nova_like.cmd.api import serve_until
    from nova_like.cmd.api_parts import ApiFront

    front, context = ApiFront(conf, transport, database), tls.context(conf)
    front.open(stop)
    return front, Http(lambda: serve_until(front.app, listener, lambda: None, stop, context), stop)


if __name__ == "__main__":
    main()
