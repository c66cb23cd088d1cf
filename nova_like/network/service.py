"""Makes a network agent out of its configuration: datapath, metadata service, runtime. Starts nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oslo_config import cfg

from nova_like.network.agent import MetadataService, NetworkAgent
from nova_like.network.drivers.base import Datapath
from nova_like.rpc.agent import Agent
from nova_like.rpc.client import Client
from nova_like.rpc.contracts.reports import Reports
from nova_like.rpc.signing import signer


@dataclass(frozen=True)
class Service:
    """An agent ready to be served under `agent.address`: call `start()` first, spawn `verify_loop(stop)` beside."""

    agent: Agent
    handler: NetworkAgent
    start: Callable[[], None]
    verify_loop: Callable[[Any], None]
    close: Callable[[], None]


def make(conf: cfg.ConfigOpts, transport: Any) -> Service:
    """The agent of [network] driver; its bus address is [DEFAULT] host."""
    report = Client(transport, Reports, signer(conf, conf.host)).cast
    hosts, datapath, metadata = _fake(conf) if conf.network.driver == "fake" else _linux(conf)
    handler = NetworkAgent(
        datapath, conf.host, hosts, report, metadata, interval_seconds=float(conf.bus.report_seconds)
    )
    return Service(handler.agent, handler, handler.start, handler.verify_loop, handler.stop)


def _fake(conf: cfg.ConfigOpts) -> tuple[list[str], Datapath, MetadataService | None]:
    from nova_like.conf import fake as options
    from nova_like.fakes import World
    from nova_like.network.drivers.fake import FakeDatapath

    world = World(options.world_path(conf), "network")
    datapath = FakeDatapath(world, conf.fake.delay_ms / 1000, conf.fake.failure_rate)
    return options.host_names(conf), datapath, None


def _linux(conf: cfg.ConfigOpts) -> tuple[list[str], Datapath, MetadataService | None]:
    from nova_like.network.drivers.linux.commands import Commands
    from nova_like.network.drivers.linux.dhcp import Dhcp
    from nova_like.network.drivers.linux.driver import LinuxDatapath
    from nova_like.network.metadata_server import MetadataServer

    options = conf.network
    home = Path(conf.state_path) / "network" / conf.host
    commands = Commands(options.command_seconds)
    dhcp = Dhcp(home / "dhcp", commands, options.dnsmasq_user, options.lease_seconds)
    datapath = LinuxDatapath(home, commands, dhcp, options.uplink, options.protected_cidrs)
    metadata = MetadataServer(
        datapath.bridges,
        datapath.guest_at,
        home / "metadata-secret",
        threads=options.metadata_threads,
        token_required=options.metadata_token_required,
    )
    return [conf.host], datapath, metadata
