"""The `nova-rabbit` driver: oslo.messaging's RabbitMQ driver with our topology and a shorter path for each message.

Topology: one queue for a server (`<topic>.<address>`, or `<topic>` where servers share it), no fanout; replies go
through the exchange `replies`, never the default exchange, because who may write there may write to every queue.
Never retries a publish without bound, never turns a durable exchange into a transient one.
"""

from collections.abc import Callable
from typing import Any

import kombu.entity
from oslo_messaging import MessageUndeliverable, TransportOptions
from oslo_messaging._drivers import amqpdriver, base, impl_rabbit
from oslo_messaging._drivers import common as oslo_common

from nova_like.model import wire
from nova_like.model.errors import Invalid
from nova_like.rpc import tls
from nova_like.rpc.complaints import Complaints
from nova_like.rpc.contract import REPLIES, SHARED

JSON = "application/json"
MOST_BYTES = 8 << 20  # of one message: an order with its user data, or a report of 200 hosts, is far below a tenth


class Message(impl_rabbit.RabbitMessage):
    """A message decoded at once: oslo's way goes through kombu's JSON with a Python hook for every object."""

    def __init__(self, raw: Any) -> None:
        body = wire.decode(raw.body)  # never by its content type: kombu knows pickle and YAML
        if not isinstance(body, dict):
            raise Invalid("not a JSON object", code="malformed")
        dict.__init__(self, body)
        self._raw_message = raw


class Consumer(impl_rabbit.Consumer):
    """A queue and its binding. Unlike oslo's it never deletes a queue and never falls back to a transient one."""

    exclusive = False
    complaints: Complaints
    on_declared: Callable[[], None] = staticmethod(lambda: None)

    def declare(self, conn: Any) -> None:
        self.queue = kombu.entity.Queue(
            name=self.queue_name,
            channel=conn.channel,
            exchange=self.exchange,
            durable=self.durable,
            exclusive=self.exclusive,
            auto_delete=self.exclusive,
            routing_key=self.routing_key,
            queue_arguments=self.queue_arguments,
        )
        self.queue.declare()
        self._declared_on = conn.channel
        self.on_declared()

    def _callback(self, raw: Any) -> None:
        """Hand a message on; what cannot be read is dropped, and the consumer lives."""
        try:
            _check(raw)
            self.callback(Message(self.queue.channel.message_to_python(raw)))
        except Invalid as fault:
            self._refuse(raw, str(fault.facts.get("code")), fault.reason)
        except Exception as error:
            self._refuse(raw, "unreadable", "its envelope makes no sense", error)

    def _refuse(self, raw: Any, reason: str, what: str, error: BaseException | None = None) -> None:
        self.complaints.note(reason, f"queue {self.queue_name}", what, error)
        raw.channel.basic_reject(raw.delivery_tag, requeue=False)


def _check(raw: Any) -> None:
    """Raises Invalid for what is not worth decoding; kombu would unpack a compressed message before it is asked to."""
    if len(raw.body) > MOST_BYTES:
        raise Invalid(f"a message of {len(raw.body)} bytes", code="oversized")
    if (raw.headers or {}).get("compression"):
        raise Invalid("a compressed message", code="not_json")
    if raw.properties.get("content_type") != JSON:
        raise Invalid(f"a message of type {raw.properties.get('content_type')}", code="not_json")


class Connection(impl_rabbit.Connection):
    """oslo's connection with our exchanges. One that does not declare finds its exchanges made by a controller."""

    def __init__(self, conf: Any, url: Any, purpose: str, retry: int | None = None, declares: bool = True) -> None:
        self.declares = declares
        self.complaints = Complaints()
        self._bus = conf.bus
        self._returned: tuple[Any, ...] | None = None
        super().__init__(conf, url, purpose, retry)

    def _fetch_ssl_params(self) -> Any:
        return tls.options(self._bus)

    def set_transport_socket_timeout(self, timeout: float | None = None) -> None:
        """A publisher waits for nothing longer than its limit; oslo would wait for a whole heartbeat."""
        if timeout is None and self.purpose == oslo_common.PURPOSE_SEND:
            timeout = self._bus.publish_timeout_seconds
        super().set_transport_socket_timeout(timeout)

    def _exchange(self, name: str, kind: str = "topic") -> kombu.entity.Exchange:
        return kombu.entity.Exchange(
            name=name, type=kind, durable=True, no_declare=not self.declares, passive=not self.declares
        )

    def _consume_from(
        self, exchange: kombu.entity.Exchange, queue: str, callback: Any, exclusive: bool = False, **how: Any
    ) -> Consumer:
        consumer = Consumer(
            exchange_name=exchange.name,
            queue_name=queue,
            routing_key=queue,
            type=exchange.type,
            exchange_auto_delete=False,
            queue_auto_delete=False,
            callback=callback,
            rabbit_quorum_queue_config=self.rabbit_quorum_queue_config,
            **how,
        )
        consumer.exchange, consumer.exclusive, consumer.complaints = exchange, exclusive, self.complaints
        self.declare_consumer(consumer)
        return consumer

    def declare_queue(self, exchange: str, queue: str, callback: Any, expires_seconds: int) -> Consumer:
        """Consume from `queue`, bound to `exchange` under its own name; 0 seconds: it never expires."""
        return self._consume_from(
            self._exchange(exchange),
            queue,
            callback,
            durable=self.durable,
            rabbit_queue_ttl=expires_seconds,
            rabbit_quorum_queue=self.rabbit_quorum_queue,
        )

    def declare_direct_consumer(self, topic: str, callback: Any) -> None:
        """The caller's reply queue: exclusive, gone with its connection, made again with the next.

        Not a quorum queue: those may leave their first consumer without an answer after the broker was killed (3.10),
        and a call's reply is worth nothing to the next process. RabbitMQ 4.3 still takes exclusive classic queues.
        """

        def take(message: Message) -> None:
            """A reply that nobody waits for is late, or forged by an agent that knows the queue from its own calls."""
            if message.get("_msg_id") not in callback.waiters._queues:
                raise Invalid("a reply that nobody waits for", code="unexpected_reply")
            callback(message)

        self._consume_from(self._exchange(REPLIES, "direct"), topic, take, exclusive=True, durable=False)

    def topic_send(
        self,
        exchange_name: str,
        topic: str,
        msg: Any,
        timeout: float | None = None,
        retry: int | None = None,
        transport_options: Any = None,
    ) -> None:
        most = self._bus.cast_ttl_seconds
        self._ensure_publishing(
            self._publish,
            self._exchange(exchange_name),
            msg,
            routing_key=topic,
            timeout=min(timeout or most, most),
            retry=self._bus.publish_retries if retry is None else retry,
            transport_options=transport_options,
        )

    def direct_send(self, msg_id: str, msg: Any) -> None:
        """Send a reply; MessageUndeliverable when its queue is gone."""
        self._ensure_publishing(
            self._publish,
            kombu.entity.Exchange(REPLIES, type="direct", durable=True, passive=True),
            msg,
            routing_key=msg_id,
            timeout=self._bus.publish_timeout_seconds,
            retry=self._bus.publish_retries,
            transport_options=TransportOptions(at_least_once=True),
        )

    def on_return(self, *returned: Any) -> None:
        """Keep what came back; raising here (as oslo does) would leave the confirm behind for the next publish."""
        self._returned = returned

    def _publish(
        self, exchange: Any, msg: Any, routing_key: Any = None, timeout: Any = None, transport_options: Any = None
    ) -> None:
        """One message and the broker's confirm. `timeout` is the message's life in seconds, not ours."""
        if not exchange.passive and exchange.name not in self._declared_exchanges:
            exchange(self.channel).declare()
            self._declared_exchanges.add(exchange.name)
        self._returned = None
        self._producer.publish(
            msg["oslo.message"],  # JSON already: oslo would wrap it in an envelope and encode it once more
            content_type=JSON,
            content_encoding="utf-8",
            mandatory=bool(transport_options and transport_options.at_least_once),
            exchange=exchange,
            routing_key=routing_key,
            expiration=timeout,
            timeout=self._bus.publish_timeout_seconds,
            confirm_timeout=self._bus.publish_timeout_seconds,
        )
        if self._returned:
            raise MessageUndeliverable(*self._returned)


class Driver(impl_rabbit.RabbitDriver):
    """oslo.messaging driver `nova-rabbit`. `declares_exchanges` is false for agents, who may not."""

    declares_exchanges = True

    def on_back(self) -> None:
        """A served queue is consumed from again after its connection was lost; whoever cares puts his own here."""

    def __init__(self, conf: Any, url: Any, default_exchange: str | None = None, **kwargs: Any) -> None:
        url.transport = "rabbit"
        self.complaints = Complaints()
        super().__init__(conf, url, default_exchange, **kwargs)
        self._connection_pool.connection_cls = self._connect

    def _connect(self, conf: Any, url: Any, purpose: str, retry: int | None = None) -> Connection:
        made = Connection(conf, url, purpose, retry, self.declares_exchanges)
        made.complaints = self.complaints
        return made

    def _get_reply_q(self) -> str:
        """Where the first call's reply comes to. oslo would try for ever to connect for it, deadline or not: a broker
        that cannot be reached for sending is given up on here."""
        if self._reply_q is None:
            self._connect(self.conf, self._url, oslo_common.PURPOSE_SEND, self.conf.bus.publish_retries).close()
        return str(super()._get_reply_q())

    def listen(self, target: Any, batch_size: int, batch_timeout: float | None) -> base.PollStyleListenerAdapter:
        """Consume from exactly one queue."""
        connection = self._get_connection(oslo_common.PURPOSE_LISTEN)
        listener = amqpdriver.RpcAMQPListener(self, connection)
        shared = target.server == SHARED
        queue = target.topic if shared else f"{target.topic}.{target.server}"
        try:
            consumer = connection.declare_queue(
                self._get_exchange(target), queue, listener, 0 if shared else self.conf.bus.queue_ttl_seconds
            )
            consumer.on_declared = lambda: self.on_back()
        except BaseException:
            connection.close()
            raise
        return base.PollStyleListenerAdapter(listener, batch_size, batch_timeout)
