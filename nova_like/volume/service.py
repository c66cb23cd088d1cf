"""Makes a volume agent out of its configuration: back end, runtime. Starts nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from oslo_config import cfg

from nova_like.rpc.agent import Agent
from nova_like.rpc.client import Client
from nova_like.rpc.contracts.reports import Reports
from nova_like.rpc.signing import signer
from nova_like.volume.agent import VolumeAgent
from nova_like.volume.drivers.base import Backend


@dataclass(frozen=True)
class Service:
    """An agent ready to be served under `agent.address`: call `start()` first."""

    agent: Agent
    handler: VolumeAgent
    start: Callable[[], None]
    close: Callable[[], None]


def make(conf: cfg.ConfigOpts, transport: Any) -> Service:
    """The agent of [volume] driver; its bus address is [DEFAULT] host."""
    report = Client(transport, Reports, signer(conf, conf.host)).cast
    hosts, backend = _fake(conf) if conf.volume.driver == "fake" else _file(conf)
    handler = VolumeAgent(backend, conf.host, hosts, report, interval_seconds=float(conf.bus.report_seconds))
    return Service(handler.agent, handler, handler.start, handler.stop)


def _fake(conf: cfg.ConfigOpts) -> tuple[list[str], Backend]:
    from nova_like.conf import fake as options
    from nova_like.fakes import World
    from nova_like.volume.drivers.fake import FakeBackend

    world = World(options.world_path(conf), "volume")
    knobs = conf.fake
    backend = FakeBackend(world, knobs.disk_gib, knobs.delay_ms / 1000, knobs.failure_rate)
    return options.host_names(conf), backend


def _file(conf: cfg.ConfigOpts) -> tuple[list[str], Backend]:
    from nova_like.volume.drivers.file import FileBackend
    from nova_like.volume.drivers.nbd import Server

    options = conf.volume
    directory = options.path or f"{conf.state_path}/volumes"
    server = Server(options.nbd_address, options.nbd_first_port, options.nbd_last_port)
    return [conf.host], FileBackend(directory, options.overcommit_ratio, options.reserved_gib, server)
