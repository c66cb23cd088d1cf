"""Looks at the broker's queues with kombu, because oslo.messaging cannot. Changes nothing."""

from collections.abc import Iterable
from typing import Any, NamedTuple

TIMEOUT_SECONDS = 5


class Depth(NamedTuple):
    messages: int
    consumers: int


def depths(conf: Any, queues: Iterable[str]) -> dict[str, Depth | None]:
    """Messages ready and consumers of each queue, None for one that does not exist. Raises OSError without broker."""
    if conf.bus.url.startswith("local:"):
        return _local(conf.bus.url, queues)
    import kombu
    from amqp.exceptions import NotFound

    found: dict[str, Depth | None] = {}
    url = "amqp" + conf.bus.url.removeprefix("nova-").removeprefix("rabbit")
    with kombu.Connection(url, ssl=_ssl(conf), connect_timeout=TIMEOUT_SECONDS) as connection:
        channel = connection.channel()
        for name in queues:
            try:
                _, messages, consumers = channel.queue_declare(name, passive=True)
                found[name] = Depth(messages, consumers)
            except NotFound:  # which closes the channel
                found[name] = None
                channel = connection.channel()
    return found


def _local(url: str, queues: Iterable[str]) -> dict[str, Depth | None]:
    from nova_like.rpc import local

    known = {key: queue for (_, key), queue in local.Broker.of(url).queues.items()}
    return {name: Depth(len(known[name]), known[name].listeners) if name in known else None for name in queues}


def _ssl(conf: Any) -> Any:
    if not conf.bus.ssl:
        return False
    import ssl

    options = {"ca_certs": conf.bus.ssl_ca_file, "certfile": conf.bus.ssl_cert_file, "keyfile": conf.bus.ssl_key_file}
    given = {name: value for name, value in options.items() if value}
    return {**given, "cert_reqs": ssl.CERT_REQUIRED} if conf.bus.ssl_ca_file else given or True
