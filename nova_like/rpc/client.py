"""The sending side of a contract. Checks arguments against it, bounds every wait, and speaks in model.errors."""

import contextlib
import functools
from collections.abc import Iterator
from typing import Any

import oslo_messaging
from oslo_messaging import Target, TransportOptions

from nova_like.model import errors, wire
from nova_like.model.context import Context
from nova_like.rpc.contract import Contract, Method
from nova_like.rpc.signing import Signer

MANDATORY = TransportOptions(at_least_once=True)
RETRIES = 1


class Client:
    """Sends the messages of one contract. Safe for many threads; a `signer` is needed for the reports exchange."""

    def __init__(self, transport: Any, contract: type[Contract], signer: Signer | None = None) -> None:
        self._transport = transport
        self._contract = contract
        self._signer = signer

    def cast(self, ctx: Context, method: str, address: str = "", **arguments: Any) -> None:
        """Send and do not wait. Raises Unavailable when the broker or the addressed queue is not there."""
        self._send(ctx, self._method(method, call=False), address, arguments)

    def call(self, ctx: Context, method: str, address: str = "", **arguments: Any) -> Any:
        """Send and wait for the answer up to the contract's deadline. Raises Timeout, Unavailable, or their fault."""
        declared = self._method(method, call=True)
        reply = self._send(ctx, declared, address, arguments)
        if not isinstance(reply, dict):
            raise errors.HostFailure("malformed reply", method)
        if "fault" in reply:
            raise errors.from_dict(reply["fault"])
        return wire.from_wire(declared.returns, reply.get("value"))

    def _method(self, name: str, call: bool) -> Method:
        method = self._contract.methods[name]
        if method.is_call != call:
            raise TypeError(f"{name} is declared as a {'call' if method.is_call else 'cast'}")
        return method

    def _send(self, ctx: Context, method: Method, address: str, arguments: dict[str, Any]) -> Any:
        encoded = method.encode(arguments)
        message = {"method": method.name, "version": self._contract.version, "args": encoded}
        context = _encoded(ctx)
        if self._signer:
            context.update(self._signer.sign(method.name, encoded))
        with _as_faults(self._contract.topic, method, address):
            return self._transport._send(
                self._target(address),
                context,
                message,
                wait_for_reply=method.is_call or None,
                timeout=method.deadline_seconds if method.is_call else method.life_seconds,
                retry=RETRIES,
                transport_options=MANDATORY if self._contract.per_host else None,
            )

    def _target(self, address: str) -> Target:
        if bool(address) != self._contract.per_host:
            raise TypeError(f"{self._contract.topic}: address {address!r} for per_host={self._contract.per_host}")
        return Target(exchange=self._contract.exchange, topic=self._contract.topic, server=address or None)


@functools.lru_cache(maxsize=256)
def _facts(ctx: Context) -> dict[str, Any]:
    return ctx.to_wire()


def _encoded(ctx: Context) -> dict[str, Any]:
    """The context as JSON types, a new dictionary. Walking its fields costs as much as a publish, so it is kept."""
    return dict(_facts(ctx))


@contextlib.contextmanager
def _as_faults(topic: str, method: Method, address: str) -> Iterator[None]:
    where = f"{topic} agent {address}" if address else topic
    try:
        yield
    except oslo_messaging.MessageUndeliverable:
        raise errors.Unavailable(f"{where} is not on the bus", topic) from None
    except oslo_messaging.MessagingTimeout:
        raise errors.Timeout(f"{where} did not answer {method.name} in {method.deadline_seconds:g} s", topic) from None
    except (oslo_messaging.MessagingException, OSError) as error:
        raise errors.Unavailable(f"the message bus is away: {error}", topic, retry_after=2) from None
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in ("amqp", "kombu"):
            raise
        raise errors.Unavailable(f"the message bus failed: {error}", topic, retry_after=2) from None
