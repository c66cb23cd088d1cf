"""Makes the process's transport out of [bus]. Owns how oslo.messaging is configured; nothing else sets its options.

Drivers are made here rather than found by entry point: stevedore's scan costs every daemon time and memory.
"""

import logging
from typing import Any
from urllib.parse import urlsplit

from oslo_config import cfg

from nova_like.conf import bus
from nova_like.rpc.complaints import Minutely, Sparse, only

EXCHANGE = "commands"  # oslo's default exchange; contracts always name their own


def make_transport(conf: cfg.ConfigOpts, agent: bool = False) -> Any:
    """The transport of [bus] url. An `agent` declares and binds its own queue but never an exchange.

    oslo.messaging's options are registered on `conf`, which may be private. ValueError for an unknown scheme, or TLS
    that would verify nobody.
    """
    bus.register(conf)
    scheme = urlsplit(conf.bus.url).scheme
    if scheme == "local":
        return _transport(_local(conf))
    if scheme in ("rabbit", "nova-rabbit"):
        return _transport(_rabbit(conf, agent))
    raise ValueError(f"[bus] url: unknown scheme {scheme!r}: rabbit or local")


def when_back(transport: Any, act: Any) -> None:
    """Call `act()` each time that a served queue is consumed from again after a lost connection. It must not wait."""
    transport._driver.on_back = act


def _transport(driver: Any) -> Any:
    from oslo_messaging.transport import RPCTransport

    return RPCTransport(driver)


def _local(conf: cfg.ConfigOpts) -> Any:
    from nova_like.rpc import local

    return local.Driver(conf, conf.bus.url, default_exchange=EXCHANGE)


def _rabbit(conf: cfg.ConfigOpts, agent: bool) -> Any:
    from oslo_messaging.transport import TransportURL

    from nova_like.rpc import rabbit, tls

    url = conf.bus.url.removeprefix("nova-")
    tls.options(conf.bus)  # raises what is wrong with them now, not at the first connection
    _configure(conf)
    logging.getLogger("oslo.messaging._drivers.pool").setLevel(logging.ERROR)  # a full pool is normal: one waits
    # eight lines a second where this user was removed from the broker, or has another password now
    only("oslo.messaging._drivers.impl_rabbit", Minutely())
    # a line or two for each caller that is gone before its answer
    only("oslo_messaging._drivers.amqpdriver", Sparse())
    driver = rabbit.Driver(conf, TransportURL.parse(conf, url), default_exchange=EXCHANGE)
    driver.declares_exchanges = not agent
    return driver


def _configure(conf: cfg.ConfigOpts) -> None:
    """Register oslo.messaging's rabbit options and set their defaults from [bus]; an explicit option still wins."""
    from oslo_messaging._drivers import amqp, impl_rabbit

    group = "oslo_messaging_rabbit"
    conf.register_opts(impl_rabbit.rabbit_opts, group=group)
    conf.register_opts(amqp.amqp_opts, group=group)
    for name, value in _settings(conf.bus).items():
        conf.set_default(name, value, group=group)


def _settings(options: Any) -> dict[str, Any]:
    settings = {
        "rabbit_quorum_queue": options.queue_type == "quorum",
        "amqp_durable_queues": options.queue_type == "classic_durable",
        "rabbit_qos_prefetch_count": options.prefetch,
        "heartbeat_timeout_threshold": options.heartbeat_seconds,
        "rabbit_retry_interval": 1,
        "rabbit_retry_backoff": 1,
        "rabbit_interval_max": 3,
        "kombu_reconnect_delay": 0.2,
        "kombu_missing_consumer_retry_timeout": 3,
        # Reply queues have random names, not oslo's queue manager's: that one gives the same name to two process
        # groups of one program, which then steal each other's replies.
        "use_queue_manager": False,
        "rpc_conn_pool_size": options.connections,
        "conn_pool_min_size": 1,
    }
    return settings
