"""nova-like-console: the proxy between browsers and the consoles of guests. It opens the database for tokens only, and
the bus only to ask a host to bring a console here."""

import logging
import os
import signal
import sys
from typing import Any

from nova_like import concurrency, logs

GROUPS = ("default", "api", "bus", "console", "database")
LOG = logs.get(__name__)
GRACE_SECONDS = 5.0


def main(argv: list[str] | None = None) -> None:
    """Run until told to end."""
    concurrency.init("threading")
    from nova_like import conf as configuration
    from nova_like.cmd import notify
    from nova_like.db import engine
    from nova_like.rpc.transport import make_transport

    conf = configuration.load(sys.argv[1:] if argv is None else argv, "nova-like-console", GROUPS)
    if not conf.console.public_url:
        raise SystemExit("nova-like-console: [console] public_url is empty: nobody would be sent here")
    stop = concurrency.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    console = Console(conf, make_transport(conf), engine.from_conf(conf))
    concurrency.settle_memory()
    notify.ready(f"serving on port {console.port}")
    while not concurrency.wait(stop, 1.0) and console.serves:
        notify.watchdog()
    failed = not stop.is_set()
    notify.stopping()
    console.close()
    logging.shutdown()
    os._exit(1 if failed else 0)  # threads of consoles must not hold the process


class Console:
    """The proxy of this process, serving. `serves` is false when it ended though nobody had told it to."""

    def __init__(self, conf: Any, transport: Any, database: Any) -> None:
        from nova_like.api.common import tls
        from nova_like.cmd.api import bound
        from nova_like.console.rules import Rules
        from nova_like.console.server import Limits, Proxy
        from nova_like.rpc.client import Client
        from nova_like.rpc.contracts.compute import Compute
        from nova_like.services.consoles import Door

        options = conf.console
        listener = bound(options.bind_host, options.bind_port)
        self.port = listener.getsockname()[1]
        agent_url = f"ws{(options.agent_url or options.public_url).removeprefix('http')}"
        rules = Rules.of(options.public_url, options.allowed_origins)
        limits = Limits(options.max_sessions, options.session_seconds)
        door = Door(database, Client(transport, Compute))
        proxy = Proxy(door, rules, agent_url, options.pages_path, limits)
        self._server, self.serves = proxy.server(listener, tls.context(conf, "console")), True
        concurrency.spawn(self._run, name="consoles")

    def _run(self) -> None:
        try:
            self._server.serve_forever()
        except Exception:
            LOG.exception("the console proxy failed")
        self.serves = False

    def close(self) -> None:
        """Take no more, and end what is open; waits for that a few seconds."""
        ending = concurrency.spawn(self._server.shutdown, name="end")
        ending.join(GRACE_SECONDS)


if __name__ == "__main__":
    main()
