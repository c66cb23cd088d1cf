"""Makes a compute agent out of its configuration: hypervisor hosts, image cache, runtime, handler. Starts nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from oslo_config import cfg

from nova_like.compute import reports
from nova_like.compute.consoles import Consoles
from nova_like.compute.handler import Handler
from nova_like.compute.spawning import Fetch
from nova_like.images import sending
from nova_like.images.fetch import Limits
from nova_like.model.errors import Invalid
from nova_like.model.orders import Guest
from nova_like.rpc.agent import Agent
from nova_like.rpc.client import Client
from nova_like.rpc.contracts.reports import Reports
from nova_like.rpc.signing import signer
from nova_like.rpc.waiting import Waiting
from nova_like.rpc.work import Work
from nova_like.virt.base import Base, Hypervisor


@dataclass(frozen=True)
class Service:
    """An agent ready to be served on the bus under `agent.address`."""

    agent: Agent
    handler: Handler
    hosts: dict[str, Hypervisor]
    close: Callable[[], None]
    drain: Callable[[float], bool]  # wait so many seconds for orders in hand that the bus server does not count


def make(conf: cfg.ConfigOpts, transport: Any) -> Service:
    """The agent of [compute] hypervisor; its bus address is [DEFAULT] host."""
    client = Client(transport, Reports, signer(conf, conf.host))
    hosts: dict[str, Hypervisor] = {}
    agent_of_events: list[Agent] = []

    def changed() -> None:
        for agent in agent_of_events:
            agent.changed(conf.host)

    fetch, close = _fill(conf, hosts, changed)
    agent = Agent(
        "compute",
        conf.host,
        hosts,
        client.cast,
        lambda host: reports.describe(hosts[host]),
        interval_seconds=conf.bus.report_seconds,
    )
    agent_of_events.append(agent)
    limits = Limits(conf.compute.fetch_idle_seconds, conf.compute.fetch_seconds, conf.compute.fetch_ca_file)
    send = partial(sending.send, limits=limits)
    consoles = Consoles(hosts, conf.compute.fetch_ca_file)
    if conf.compute.hypervisor == "fake":  # nothing waits there, and its orders are too cheap to hand over
        return Service(agent, Handler(agent, hosts, fetch, None, send, consoles), hosts, close, lambda seconds: True)
    waiting = Waiting("spawn", "soft", "copy")
    return Service(agent, Handler(agent, hosts, fetch, waiting, send, consoles), hosts, close, waiting.drain)


def _fill(conf: cfg.ConfigOpts, hosts: dict[str, Hypervisor], changed: Any) -> tuple[Fetch, Any]:
    if conf.compute.hypervisor == "fake":
        hosts.update(_fakes(conf))
        return _no_image, lambda: None
    from nova_like.compute import libvirt_host

    return libvirt_host.fill(conf, hosts, changed)


def _fakes(conf: cfg.ConfigOpts) -> dict[str, Hypervisor]:
    from nova_like.conf import fake as options
    from nova_like.fakes import World
    from nova_like.model.orders import Capacity
    from nova_like.virt import fake

    knobs = fake.Knobs(
        Capacity(conf.fake.vcpus, conf.fake.ram_mib, conf.fake.disk_gib), conf.fake.delay_ms, conf.fake.failure_rate
    )
    world = World(options.world_path(conf), "compute")
    return {name: fake.make(name, world, knobs) for name in options.host_names(conf)}


def _no_image(guest: Guest, work: Work) -> Base:
    raise Invalid("this hypervisor takes no images", noun="image")
