"""Makes what an API worker needs out of the configuration. It is made before the fork, and opened after it."""

from typing import Any

from nova_like import concurrency, logs, services
from nova_like.api.common import server
from nova_like.api.common.front import Front
from nova_like.api.common.measured import Measured, Requests
from nova_like.db import engine
from nova_like.model.errors import Fault
from nova_like.rpc.client import Client
from nova_like.rpc.contracts.compute import Compute
from nova_like.rpc.contracts.flows import Flows
from nova_like.rpc.sender import Sender
from nova_like.rpc.transport import make_transport

LOG = logs.get(__name__)
SWEEP_SECONDS = 60.0


class ApiFront:
    """`app` is the WSGI application. The bus and the database are connected in the worker, never in its parent."""

    def __init__(self, conf: Any, transport: Any = None, database: Any = None) -> None:
        self._database = database or engine.from_conf(conf)
        transport = transport or make_transport(conf)
        self.sender = Sender(Client(transport, Flows))
        self._services = services.build(conf, self._database, self.sender.wake, Client(transport, Compute))
        self._conf, self.requests = conf, Requests()
        self.app = Front(Measured(server.load(conf), self.requests), self._services, conf)

    def open(self, stop: Any) -> None:
        """Begin a worker's life; its threads end with `stop`."""
        self.sender.start()
        concurrency.spawn(self._sweep, stop, name="image sweep")

    def show(self) -> None:
        """Show this worker's numbers, if [metrics] says so."""
        if self._conf.metrics.port:
            from nova_like.cmd.metrics import api

            api.show(self._conf, self)

    def close(self) -> None:
        """Send what waits to be sent."""
        self.sender.stop(1.0)
        self._database.dispose()

    def _sweep(self, stop: Any) -> None:
        """Take away what uploads left that died with their process, and take up such imports again."""
        with concurrency.every(SWEEP_SECONDS, stop) as ticks:
            for _ in ticks:
                try:
                    self._services.image_data.sweep()
                    self._services.image_imports.resume()
                    self._services.image_cache.sweep()
                except Fault as fault:
                    LOG.warning("the image sweep waits: %s", fault.reason)
                except Exception:
                    LOG.exception("the image sweep failed")
