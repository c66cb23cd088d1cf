"""The receiving side of a contract: one queue, a bounded pool of threads, one method of a handler for each message.

A message that is not of the contract is counted, logged once for each sender, and dropped; the consumer lives.
"""

from collections.abc import Callable
from typing import Any

from oslo_messaging import Target

from nova_like import concurrency, logs
from nova_like.model import errors, wire
from nova_like.model.context import Context
from nova_like.rpc.complaints import Complaints, shown
from nova_like.rpc.contract import REPORTS, SHARED, Contract, Method
from nova_like.rpc.signing import Verifier
from nova_like.rpc.tally import Tally

LOG = logs.get(__name__)
WAITING = 4  # messages taken in for each thread that handles them, at most


class Server:
    """Serves one contract; made by `serve`. `counters`: handled, failed, malformed, forbidden, unknown."""

    def __init__(
        self,
        transport: Any,
        contract: type[Contract],
        handler: Any,
        address: str | None = None,
        threads: int = concurrency.POOL_SIZE,
        on_message: Callable[[], None] | None = None,
        verifier: Verifier | None = None,
    ) -> None:
        if contract.per_host and not address:
            raise TypeError(f"{contract.topic} is served under an address")
        self._transport, self._contract, self._handler = transport, contract, handler
        self._target = Target(exchange=contract.exchange, topic=contract.topic, server=address or SHARED)
        self._threads, self._on_message = threads, on_message
        self._verifier = verifier or Verifier() if contract.exchange == REPORTS else None
        self._listener: Any = None
        self._pool: Any = None
        self._idle = concurrency.Condition()
        self._busy = 0
        self._room, self._ending = concurrency.Semaphore(WAITING * threads), False
        self.counters = Tally()
        self._complaints = Complaints(self.counters)

    def start(self) -> None:
        """Returns when the queue is there and consuming has begun; waits for the broker as long as it takes."""
        self._pool = concurrency.pool(self._threads, f"rpc-{self._contract.topic}")
        while self._listener is None:
            self._listener = self._listen()
        self._listener.start(self._receive)

    def _listen(self) -> Any:
        try:
            return self._transport._listen(self._target, 1, None)
        except Exception as error:  # the broker is there but not ready: no exchange or no permission yet
            LOG.warning("cannot serve %s yet: %s", self._contract.topic, error)
            concurrency.sleep(concurrency.jitter(1.0))
            return None

    def stop(self, seconds: float = 10.0) -> bool:
        """Take no more messages, then wait up to `seconds` for those in hand; false when some were left."""
        self._ending = True
        self._listener.stop()
        with self._idle:
            done = self._idle.wait_for(lambda: self._busy == 0, seconds)
        self._pool.shutdown(wait=False, cancel_futures=not done)
        self._listener.cleanup()
        return done

    def _receive(self, messages: list[Any]) -> None:
        for message in messages:
            while not self._room.acquire(timeout=1.0):  # what we do not take yet, the broker keeps
                if self._ending:
                    return
            with self._idle:
                self._busy += 1
            self._pool.submit(self._handle, message)

    def _handle(self, message: Any) -> None:
        try:
            reply = self._answer(message.message, message.ctxt)
            if self._on_message:
                self._on_message()
            message.reply(reply)
        except Exception:
            LOG.exception("a message of %s failed outside its handler", self._contract.topic)
        finally:
            logs.mark()
            self._room.release()
            with self._idle:
                self._busy -= 1
                self._idle.notify_all()

    def _answer(self, message: dict[str, Any], envelope: dict[str, Any]) -> dict[str, Any]:
        """The reply to a call, as {value} or {fault}; nobody reads that of a cast."""
        try:
            method, function, context, arguments = self._read(message, envelope)
        except errors.Fault as fault:
            self._complain(fault, str(envelope.get("sender") or envelope.get("request_id") or "?"))
            return {"fault": errors.to_dict(fault)}
        logs.mark(shown(context.request_id), shown(_resource(arguments)))
        try:
            value = function(context, **arguments)
            self.counters.add("handled")
            return {"value": wire.to_wire(value)} if method.is_call else {}
        except errors.Fault as fault:
            self.counters.add("failed")
            return {"fault": errors.to_dict(fault)}
        except Exception:
            self.counters.add("failed")
            LOG.exception("%s.%s failed", self._contract.topic, message.get("method"))
            return {"fault": errors.to_dict(errors.HostFailure("internal failure"))}

    def _read(self, message: dict[str, Any], envelope: dict[str, Any]) -> tuple[Method, Any, Context, dict[str, Any]]:
        """Method, handler function, context and arguments. Raises a Fault when they are not of the contract."""
        method, function = self._find(message)
        sender = self._sender(message, envelope)
        arguments = method.decode(message.get("args", {}))
        return method, function, Context.from_wire(envelope), {**arguments, **sender}

    def _find(self, message: dict[str, Any]) -> tuple[Method, Any]:
        name, version = message.get("method"), str(message.get("version", "1.0"))
        method = self._contract.methods.get(name) if isinstance(name, str) else None
        if version.partition(".")[0] != self._contract.version.partition(".")[0]:
            raise errors.NotImplemented(f"version {version[:16]!r} of {self._contract.topic}", code="unknown")
        if method is None:
            raise errors.NotImplemented(f"unknown method {str(name)[:64]!r}", code="unknown")
        return method, getattr(self._handler, method.name)

    def _sender(self, message: dict[str, Any], envelope: dict[str, Any]) -> dict[str, str]:
        if self._verifier is None:
            return {}
        return {"sender": self._verifier.sender(envelope, message["method"], message.get("args", {}))}

    def _complain(self, fault: errors.Fault, sender: str) -> None:
        self._complaints.note(str(fault.facts.get("code") or fault.kind.lower()), sender,
                              f"a message of {self._contract.topic}: {fault.reason}")  # fmt: skip


def _resource(arguments: dict[str, Any]) -> str:
    for value in arguments.values():
        if resource := getattr(value, "resource", None):
            return str(resource)
    return "-"


def serve(
    transport: Any,
    contract: type[Contract],
    handler: Any,
    address: str | None = None,
    threads: int = concurrency.POOL_SIZE,
    on_message: Callable[[], None] | None = None,
    verifier: Verifier | None = None,
) -> Server:
    """A started server of `contract`: calls `handler.method(ctx, **arguments)`, for reports with `sender=address`.

    `on_message` is called after each handled message: a watchdog's food.
    """
    server = Server(transport, contract, handler, address, threads, on_message, verifier)
    server.start()
    return server
