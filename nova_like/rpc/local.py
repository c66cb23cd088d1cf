"""The `local` driver: a bus inside one process, with the semantics of RabbitMQ that we rely on.

Servers of one queue compete; a message to a queue that nobody serves is undeliverable; arguments pass as JSON, so
that nothing is shared between sender and receiver. Waits on conditions, never polls; nothing survives the process.
"""

from collections import deque
from typing import Any, ClassVar
from urllib.parse import urlsplit

import oslo_messaging
from oslo_messaging._drivers import base

from nova_like import concurrency
from nova_like.model import wire
from nova_like.rpc.contract import SHARED

QUEUE_LIMIT = 100_000


class Queue:
    """Messages in order, taken by whoever asks first."""

    def __init__(self) -> None:
        self._condition = concurrency.Condition()
        self._messages: deque[Any] = deque(maxlen=QUEUE_LIMIT)  # the oldest hint is the one to lose
        self.listeners = 0

    def put(self, message: Any) -> None:
        with self._condition:
            self._messages.append(message)
            self._condition.notify()

    def get(self, stopped: Any) -> Any:
        """The next message, or None once `stopped` is set and `wake` was called."""
        with self._condition:
            while not self._messages and not stopped.is_set():
                self._condition.wait()
            return self._messages.popleft() if not stopped.is_set() else None

    def __len__(self) -> int:
        return len(self._messages)

    def wake(self) -> None:
        with self._condition:
            self._condition.notify_all()


class Broker:
    """The queues of one `local://NAME`, by exchange and routing key."""

    _all: ClassVar[dict[str, "Broker"]] = {}
    _lock: ClassVar[Any] = concurrency.Lock()

    def __init__(self) -> None:
        self.queues: dict[tuple[str, str], Queue] = {}

    @classmethod
    def named(cls, name: str) -> "Broker":
        with cls._lock:
            return cls._all.setdefault(name, cls())

    @classmethod
    def of(cls, url: str) -> "Broker":
        """The broker of `local://NAME`."""
        return cls.named(urlsplit(url).netloc or "main")

    def join(self, exchange: str, key: str) -> Queue:
        with self._lock:
            queue = self.queues.setdefault((exchange, key), Queue())
            queue.listeners += 1
            return queue

    def leave(self, exchange: str, key: str) -> None:
        """A server went away; a shared queue keeps its messages for the next one, as a durable queue does."""
        with self._lock:
            self.queues[exchange, key].listeners -= 1

    def find(self, exchange: str, key: str) -> Queue | None:
        with self._lock:
            queue = self.queues.get((exchange, key))
            return queue if queue is not None and queue.listeners else None


class _Reply:
    """Where a caller waits."""

    def __init__(self) -> None:
        self._event = concurrency.Event()
        self._value: Any = None

    def put(self, value: Any) -> None:
        self._value = value
        self._event.set()

    def get(self, seconds: float) -> Any:
        if not self._event.wait(seconds):
            raise oslo_messaging.MessagingTimeout("no reply in time")
        return self._value


class Incoming(base.RpcIncomingMessage):
    def __init__(self, ctxt: dict[str, Any], message: dict[str, Any], waiter: _Reply | None) -> None:
        super().__init__(ctxt, message, "local")
        self._waiter = waiter

    def reply(self, reply: Any = None, failure: Any = None) -> None:
        if self._waiter:
            self._waiter.put(wire.decode(wire.encode(reply)))

    def requeue(self) -> None:
        raise NotImplementedError("messages are acknowledged before they are handled")

    def heartbeat(self) -> None:
        """Nothing to keep alive inside one process."""


class Listener(base.Listener):
    """One thread that takes messages off one queue."""

    def __init__(self, broker: Broker, exchange: str, key: str) -> None:
        super().__init__(1, None)
        self._broker, self._address = broker, (exchange, key)
        self._queue = broker.join(exchange, key)
        self._stopped = concurrency.Event()
        self._thread: Any = None

    def start(self, on_incoming_callback: Any) -> None:
        super().start(on_incoming_callback)
        self._thread = concurrency.spawn(self._run, name=f"local-{self._address[1]}")

    def _run(self) -> None:
        while (message := self._queue.get(self._stopped)) is not None:
            self.on_incoming_callback([message])

    def stop(self) -> None:
        if not self._stopped.is_set():
            self._stopped.set()
            self._broker.leave(*self._address)
            self._queue.wake()
            self._thread.join()

    def cleanup(self) -> None:
        """The queue belongs to the broker."""


class Driver(base.BaseDriver):
    """oslo.messaging driver `local`."""

    def __init__(self, conf: Any, url: Any, default_exchange: str | None = None, **kwargs: Any) -> None:
        super().__init__(conf, url, default_exchange, kwargs.get("allowed_remote_exmods"))
        self.broker = Broker.of(str(url))

    def send(
        self,
        target: Any,
        ctxt: dict[str, Any],
        message: dict[str, Any],
        wait_for_reply: bool | None = None,
        timeout: float | None = None,
        call_monitor_timeout: float | None = None,
        retry: int | None = None,
        transport_options: Any = None,
    ) -> Any:
        key = f"{target.topic}.{target.server}" if target.server else target.topic
        exchange = target.exchange or self._default_exchange
        queue = self.broker.find(exchange, key)
        if queue is None:
            return self._undeliverable(exchange, key, message, wait_for_reply, transport_options)
        waiter = _Reply() if wait_for_reply else None
        ctxt, message = wire.decode(wire.encode([ctxt, message]))
        queue.put(Incoming(ctxt, message, waiter))
        return waiter.get(timeout or 60) if waiter else None

    def _undeliverable(self, exchange: str, key: str, message: Any, call: Any, options: Any) -> None:
        if options and options.at_least_once:
            raise oslo_messaging.MessageUndeliverable("no queue", exchange, key, message)
        if call:
            raise oslo_messaging.MessagingTimeout(f"nobody serves {key}")

    def send_notification(self, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError("there are no notifications on this bus")

    def listen(self, target: Any, batch_size: int, batch_timeout: float | None) -> Listener:
        shared = target.server == SHARED
        key = target.topic if shared else f"{target.topic}.{target.server}"
        return Listener(self.broker, target.exchange or self._default_exchange, key)

    def listen_for_notifications(self, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError("there are no notifications on this bus")

    def cleanup(self) -> None:
        """Other transports of the same name may still use the broker."""
