"""Makes what an API worker needs out of the configuration. `make_front` runs before the fork, `open` after it."""

from typing import Any

from nova_like.api.common import server
from nova_like.api.common.front import Front
from nova_like.db import engine


class ApiFront:
    """`app` is the WSGI application. The bus and the database are connected in the worker, never in its parent."""

    def __init__(self, conf: Any) -> None:
        from nova_like import services
        from nova_like.rpc.client import Client
        from nova_like.rpc.contracts.compute import Compute
        from nova_like.rpc.contracts.flows import Flows
        from nova_like.rpc.sender import Sender
        from nova_like.rpc.transport import make_transport

        self._database = engine.from_conf(conf)
        transport = make_transport(conf)
        self._sender = Sender(Client(transport, Flows))
        made = services.build(conf, self._database, self._sender.wake, Client(transport, Compute))
        self.app = Front(server.load(conf), made, conf)

    def open(self) -> None:
        """Begin a worker's life."""
        self._sender.start()

    def close(self) -> None:
        """Send what waits to be sent."""
        self._sender.stop(1.0)
        self._database.dispose()


def make_front(conf: Any) -> ApiFront:
    return ApiFront(conf)
