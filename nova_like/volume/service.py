"""Makes a volume agent out of its configuration: back end, runtime. Starts nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oslo_config import cfg

from nova_like.model.orders import ImageLink
from nova_like.rpc.agent import Agent
from nova_like.rpc.client import Client
from nova_like.rpc.contracts.reports import Reports
from nova_like.rpc.signing import signer
from nova_like.rpc.waiting import Waiting
from nova_like.volume.agent import VolumeAgent
from nova_like.volume.drivers.base import Backend

GIB = 1 << 30
FILLS = 4  # at once: each has a qemu-img of its own


@dataclass(frozen=True)
class Service:
    """An agent ready to be served under `agent.address`: call `start()` first."""

    agent: Agent
    handler: VolumeAgent
    start: Callable[[], None]
    close: Callable[[], None]
    drain: Callable[[float], bool]  # wait so many seconds for orders in hand that the bus server does not count


def make(conf: cfg.ConfigOpts, transport: Any) -> Service:
    """The agent of [volume] driver; its bus address is [DEFAULT] host."""
    report = Client(transport, Reports, signer(conf, conf.host)).cast
    hosts, backend = _fake(conf) if conf.volume.driver == "fake" else _file(conf)
    waiting = None if conf.volume.driver == "fake" else Waiting("fill", size=FILLS)
    interval = float(conf.bus.report_seconds)
    handler = VolumeAgent(backend, conf.host, hosts, report, interval_seconds=interval, waiting=waiting)
    drain = waiting.drain if waiting else lambda seconds: True
    return Service(handler.agent, handler, handler.start, handler.stop, drain)


def _fake(conf: cfg.ConfigOpts) -> tuple[list[str], Backend]:
    from nova_like.conf import fake as options
    from nova_like.fakes import World
    from nova_like.volume.drivers.fake import FakeBackend

    world = World(options.world_path(conf), "volume")
    knobs = conf.fake
    backend = FakeBackend(world, knobs.disk_gib, knobs.delay_ms / 1000, knobs.failure_rate)
    return options.host_names(conf), backend


def _file(conf: cfg.ConfigOpts) -> tuple[list[str], Backend]:
    from nova_like.images import converting
    from nova_like.volume.drivers.file import FileBackend
    from nova_like.volume.drivers.nbd import Server

    options = conf.volume
    directory = options.path or f"{conf.state_path}/volumes"
    server = Server(options.nbd_address, options.nbd_first_port, options.nbd_last_port)
    limits = converting.Limits(conf.libvirt.convert_seconds, conf.libvirt.qemu_img_memory_mib)
    fetch = _images(conf, limits).get
    return [conf.host], FileBackend(directory, options.overcommit_ratio, options.reserved_gib, server, fetch, limits)


def _images(conf: cfg.ConfigOpts, limits: Any) -> Any:
    """The images that volumes were lately filled with."""
    from nova_like.images import converting
    from nova_like.images.cache import Cache
    from nova_like.images.fetch import Limits

    def convert(image: ImageLink, source: Path, target: Path, cancelled: Callable[[], bool]) -> None:
        converting.convert(image, source, target, limits, cancelled)

    fetching = Limits(conf.compute.fetch_idle_seconds, conf.compute.fetch_seconds, conf.compute.fetch_ca_file)
    path = Path(conf.volume.image_cache_path or f"{conf.state_path}/volume-images").resolve()
    return Cache(path, fetching, conf.volume.image_cache_gib * GIB, list, convert)
