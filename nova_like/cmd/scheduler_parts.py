"""Makes a scheduler's objects out of the configuration: the engine with its pools, links and bus clients."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nova_like.db import engine as db_engine
from nova_like.db.engine import Database
from nova_like.flows.catalog import RECIPES
from nova_like.flows.engine import Engine, Message, Pace
from nova_like.flows.notifying import notify_of
from nova_like.flows.parts import Parts
from nova_like.flows.start import Starter
from nova_like.images import links
from nova_like.model.context import SYSTEM
from nova_like.model.orders import ImageLink
from nova_like.model.webhook_signing import SHORTEST_KEY
from nova_like.rpc.client import Client
from nova_like.rpc.contracts.compute import Compute
from nova_like.rpc.contracts.flows import Flows as FlowsContract
from nova_like.rpc.contracts.network import Network
from nova_like.rpc.contracts.volume import Volume
from nova_like.rpc.inspect import depths
from nova_like.rpc.sender import Sender
from nova_like.scheduler.daemon import Clockwork, Flows
from nova_like.scheduler.delivering import Delivering
from nova_like.scheduler.gauges import Gauges
from nova_like.scheduler.listening import Listening
from nova_like.scheduler.mending import Mending
from nova_like.scheduler.notifying import Notifying
from nova_like.scheduler.pool import Pool, compute_pool, volume_pool
from nova_like.scheduler.reclaiming import Reclaiming
from nova_like.scheduler.reports import Reports
from nova_like.scheduler.retention import Retention, keep_of
from nova_like.scheduler.shelves import Shelves


@dataclass
class Scheduler:
    database: Database
    engine: Engine
    flows: Flows
    reports: Reports
    clockwork: Clockwork
    sender: Sender
    pools: list[Pool]
    retention: Retention
    gauges: Gauges
    mending: Mending
    listening: Listening
    shelves: Shelves
    reclaiming: Reclaiming
    notifying: Notifying
    delivering: Delivering | None


def make(conf: Any, transport: Any, database: Database | None = None) -> Scheduler:
    """Everything but threads; nothing is started."""
    if not conf.images.link_key:
        raise ValueError("[images] link_key is empty: hosts could not fetch images")
    database = database or db_engine.from_conf(conf)
    client = Client(transport, FlowsContract)
    sender = Sender(client)
    pools = [compute_pool(conf), volume_pool(conf)]
    parts = Parts(pools[0], pools[1], lambda row, now: image_link(conf, row, now), filling_links(conf),
                  conf.scheduler.shelved_offload_seconds)  # fmt: skip
    pace = Pace(
        conf.scheduler.resend_seconds,
        host_down_seconds=conf.scheduler.host_down_seconds,
        host_deaf_seconds=conf.scheduler.host_deaf_seconds,
    )
    engine = Engine(database, RECIPES, parts, Starter(sender.wake, notify_of(conf)), _poster(transport, sender), pace)
    reports = Reports(database, engine, conf.scheduler.admit_new_hosts)
    clockwork = Clockwork(database, engine, reports, pools, conf.host)
    retention = Retention(database, keep_of(conf))
    gauges = Gauges(database, conf.scheduler.host_down_seconds, lambda queues: depths(conf, queues))
    mending = Mending(database, engine, reports.presence)
    listening = Listening(database, lambda: sender.send(client.cast, SYSTEM, "wake", flows=[]))
    flows = Flows(engine, listening)
    shelves = Shelves(database, engine.starter, conf.scheduler.shelved_offload_seconds)
    reclaiming = Reclaiming(database, engine.starter, conf.reclaim_instance_interval)
    return Scheduler(
        database, engine, flows, reports, clockwork, sender, pools, retention, gauges, mending, listening, shelves,
        reclaiming, *_telling(conf, database),
    )  # fmt: skip


def _telling(conf: Any, database: Database) -> tuple[Notifying, Delivering | None]:
    """Who tells of instances, on the bus and to webhooks."""
    options, publish = conf.notifications, None
    if options.bus:
        from nova_like.rpc.notifier import Notifier

        publish = Notifier(conf).publish
    if not options.webhook_key:
        return Notifying(database, publish), None
    if len(options.webhook_key) < SHORTEST_KEY:
        raise ValueError(f"[notifications] webhook_key is shorter than {SHORTEST_KEY} characters: it could be guessed")
    from nova_like.services.webhooks import rules_of

    keep = options.webhook_keep_hours * 3600.0
    return Notifying(database, publish), Delivering(database, options.webhook_key, rules_of(conf), keep)


def _poster(transport: Any, sender: Sender) -> Any:
    clients = {kind.topic: Client(transport, kind) for kind in (Compute, Network, Volume)}

    def post(message: Message) -> None:
        cast = clients[message.kind].cast
        sender.send(cast, message.context, message.method, message.address, order=message.order, **message.payload)

    return post


def image_link(conf: Any, row: dict[str, Any], now: float) -> ImageLink:
    """A signed link to an image's bytes, for the host that the order goes to. `now` is by the database's clock."""
    url = links.make(_base(conf), conf.images.link_key, row["id"], _expires(conf, now))
    return ImageLink(
        id=row["id"], url=url, sha256=row["sha256"] or "",
        size_bytes=row["size_bytes"] or 0, disk_format=row["disk_format"],
        virtual_size_bytes=row["virtual_size_bytes"] or 0,
    )  # fmt: skip


def filling_links(conf: Any) -> Callable[[str, int, str, float], str]:
    """What makes signed links by which a host fills an image, as `Parts.filling_link`."""

    def link(image_id: str, size_bytes: int, sha256: str, now: float) -> str:
        asked = links.Filling(image_id, _expires(conf, now), size_bytes, sha256)
        return asked.url(_base(conf), conf.images.link_key)

    return link


def _base(conf: Any) -> str:
    return str(conf.images.link_url or conf.api.public_url or "")


def _expires(conf: Any, now: float) -> int:
    return int(now) + int(conf.images.link_ttl_seconds)
