"""Looks at the broker's queues with kombu, because oslo.messaging cannot. Changes nothing."""

from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from nova_like.rpc import tls

TIMEOUT_SECONDS = 5


class Depth(NamedTuple):
    messages: int
    consumers: int


def depths(conf: Any, queues: Iterable[str]) -> dict[str, Depth | None]:
    """Messages ready and consumers of each queue, None for one that does not exist. Raises OSError without broker."""
    if conf.bus.url.startswith("local:"):
        return _local(conf.bus.url, queues)
    from amqp.exceptions import NotFound

    found: dict[str, Depth | None] = {}
    with _connection(conf) as connection:
        channel = connection.channel()
        for name in queues:
            try:
                _, messages, consumers = channel.queue_declare(name, passive=True)
                found[name] = Depth(messages, consumers)
            except NotFound:  # which closes the channel
                found[name] = None
                channel = connection.channel()
    return found


def missing_exchanges(conf: Any) -> list[str]:
    """Those of our exchanges that the broker should have and has not. Raises OSError without broker. The one for
    replies is declared with a controller's first call: a young cloud has none yet."""
    from amqp.exceptions import NotFound

    from nova_like.rpc.contract import COMMANDS, REPORTS

    missing = []
    with _connection(conf) as connection:
        for name in (COMMANDS, REPORTS):
            channel = connection.channel()
            try:
                channel.exchange_declare(name, "", passive=True)
            except NotFound:
                missing.append(name)
    return missing


def _connection(conf: Any) -> Any:
    """An open connection to the first broker of [bus] url that takes it."""
    import kombu

    url = urlsplit(conf.bus.url)
    urls = [f"amqp://{broker}{url.path or '/'}" for broker in url.netloc.split(",")]
    connection = kombu.Connection(urls, ssl=tls.options(conf.bus), connect_timeout=TIMEOUT_SECONDS)
    try:
        connection.ensure_connection(max_retries=len(urls), interval_start=0, interval_step=0, timeout=TIMEOUT_SECONDS)
    except kombu.exceptions.OperationalError as error:  # kombu's own, no OSError
        raise OSError(str(error)) from error
    return connection


def _local(url: str, queues: Iterable[str]) -> dict[str, Depth | None]:
    from nova_like.rpc import local

    known = {key: queue for (_, key), queue in local.Broker.of(url).queues.items()}
    return {name: Depth(len(known[name]), known[name].listeners) if name in known else None for name in queues}
