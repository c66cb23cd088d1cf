"""nova-like-all: the whole cloud in one process, on the local bus and SQLite. For demonstrations and small machines."""

import logging
import os
import signal
import sys
from typing import Any

from nova_like import concurrency

GRACE_SECONDS = 2.0


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
    front = _api(conf, transport, database, listener, stop)
    if conf.metrics.port:
        from nova_like.cmd.metrics import all_in_one as numbers

        numbers.show(conf, scheduler, deciding, served, front, stop)
    notify.ready(f"serving on port {listener.getsockname()[1]}")
    while not concurrency.wait(stop, 1.0):
        notify.watchdog()
    notify.stopping()
    for server in servers:
        server.stop(GRACE_SECONDS)
    front.close()
    logging.shutdown()
    os._exit(0)


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


def _api(conf: Any, transport: Any, database: Any, listener: Any, stop: Any) -> Any:
    from nova_like.api.common import http, tls
    from nova_like.cmd.api_parts import ApiFront

    front = ApiFront(conf, transport, database)
    front.open(stop)
    concurrency.spawn(http.serve, front.app, listener, stop, front.app.limits, tls.context(conf), name="http")
    return front


if __name__ == "__main__":
    main()
