"""Publishes notifications in the envelope that oslo.messaging's notification listeners open. Needs RabbitMQ.

One connection, opened when there is something to say. A message counts as published when the broker has confirmed it;
where nobody listens the broker drops it.
"""

import json
from datetime import datetime
from typing import Any

from kombu import Connection, Exchange
from kombu.exceptions import OperationalError

from nova_like.model.errors import Unavailable
from nova_like.rpc import tls

SECONDS = 5.0  # for each step of it: callers hold a transaction
Body = dict[str, Any]


class Notifier:
    """For one thread."""

    def __init__(self, conf: Any) -> None:
        """ValueError for a bus without exchanges."""
        url = conf.bus.url.removeprefix("nova-")
        if not url.startswith("rabbit:"):
            raise ValueError("[notifications] bus needs RabbitMQ as [bus] url")
        self._url, self._ssl = url.replace("rabbit:", "amqp:", 1), tls.options(conf.bus)
        options = conf.notifications
        self._exchange = Exchange(options.exchange, "topic", durable=options.exchange_durable)
        self._topic = options.topic
        self._connection: Any = None
        self._producer: Any = None

    def publish(self, bodies: list[Body]) -> None:
        """All of them, in order. Raises Unavailable: nobody knows how many were."""
        try:
            self._open()
            for body in bodies:
                key = f"{self._topic}.{body['priority'].lower()}"
                self._producer.publish(_envelope(body), routing_key=key, timeout=SECONDS, confirm_timeout=SECONDS)
        except (OSError, OperationalError, *self._connection.connection_errors) as error:
            self.close()
            raise Unavailable(f"Notifications cannot be published: {type(error).__name__}.") from None

    def _open(self) -> None:
        if self._producer is not None:
            return
        options = {"confirm_publish": True, "read_timeout": SECONDS, "write_timeout": SECONDS}
        self._connection = Connection(self._url, ssl=self._ssl, connect_timeout=SECONDS, transport_options=options)
        self._producer = self._connection.Producer(exchange=self._exchange, auto_declare=True)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.release()
        self._producer = None


def _envelope(body: Body) -> Body:
    data = body["payload"]["nova_object.data"]
    context = {"_context_request_id": data["request_id"], "_context_project_id": data["tenant_id"],
               "_context_user_id": data["action_initiator_user"]}  # fmt: skip
    at = datetime.fromisoformat(body["timestamp"]).strftime("%Y-%m-%d %H:%M:%S.%f")
    message = {**body, "timestamp": at, "_unique_id": body["message_id"], **context}
    return {"oslo.version": "2.0", "oslo.message": json.dumps(message)}
