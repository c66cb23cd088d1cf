"""Network and volume agents as schedulers see them: orders in over the bus, answers and reports out."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nova_like import concurrency
from nova_like import conf as configuration
from nova_like.model.context import Context
from nova_like.model.orders import Answer, HostReport, Order, Volume, tap_name
from nova_like.network import service as network_service
from nova_like.rpc.client import Client
from nova_like.rpc.contracts.network import Network
from nova_like.rpc.contracts.reports import Reports
from nova_like.rpc.contracts.volume import Volume as VolumeContract
from nova_like.rpc.server import Server, serve
from nova_like.rpc.transport import make_transport
from nova_like.volume import service as volume_service
from tests.contract.test_network import network, plug

CTX = Context(request_id="req-1")
GROUPS = ("default", "bus", "fake", "network", "volume", "compute", "libvirt")


class Inbox:
    """What a scheduler would hear."""

    def __init__(self) -> None:
        self.answers: Any = concurrency.Queue()
        self.hosts_heard: Any = concurrency.Queue()

    def answer(self, ctx: Context, answer: Answer, sender: str) -> None:
        self.answers.put((sender, answer))

    def hosts(self, ctx: Context, reports: list[HostReport], sender: str) -> None:
        self.hosts_heard.put(reports)


class Cloud:
    def __init__(self, directory: Path, **fake: Any) -> None:
        self.conf = configuration.new(GROUPS)
        self.conf([], project="nova-like")
        self.conf.set_override("state_path", str(directory))
        self.conf.set_override("host", "agent-1")
        self.conf.set_override("url", f"local://{concurrency.new_id()}", "bus")
        self.conf.set_override("driver", "fake", "network")
        self.conf.set_override("driver", "fake", "volume")
        for name, value in fake.items():
            self.conf.set_override(name, value, "fake")
        self.transport = make_transport(self.conf)
        self.inbox = Inbox()
        self.servers: list[Server] = [serve(self.transport, Reports, self.inbox)]

    def run(self, contract: Any, module: Any) -> Any:
        made = module.make(self.conf, self.transport)
        made.start()
        self.servers.append(serve(self.transport, contract, made.handler, made.agent.address))
        return made

    def cast(self, contract: Any, method: str, order: Order, **payload: Any) -> Answer:
        Client(self.transport, contract).cast(CTX, method, "agent-1", order=order, **payload)
        sender, answer = self.inbox.answers.get(timeout=20)
        assert sender == "agent-1"
        return answer

    def close(self) -> None:
        for server in self.servers:
            server.stop(5)
        self.transport.cleanup()


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    cloud = Cloud(tmp_path)
    yield cloud
    cloud.close()


def _order(made: Any, resource: str, generation: int = 1, host: str = "agent-1", step: str = "s") -> Order:
    return Order("flow", step, resource, generation, host, made.agent.boot_id)


def test_plug_answers_with_taps_and_unplug_ends_them(cloud: Cloud) -> None:
    made = cloud.run(Network, network_service)
    wanted = plug(network(), 11, 12)
    answer = cloud.cast(Network, "plug", _order(made, wanted.instance_id), plug=wanted)
    assert (answer.state, answer.resource) == ("done", wanted.instance_id)
    assert answer.facts == {"taps": {port.id: tap_name(port.id) for port in wanted.ports}}
    again = cloud.cast(Network, "plug", _order(made, wanted.instance_id), plug=wanted)
    assert again.facts == answer.facts
    undone = cloud.cast(Network, "unplug", _order(made, wanted.instance_id, 2, step="u"), plug=wanted)
    assert (undone.state, undone.facts) == ("done", {})


def test_volumes_come_and_go(cloud: Cloud) -> None:
    made = cloud.run(VolumeContract, volume_service)
    volume = Volume(concurrency.new_id(), "project", 2)
    assert cloud.cast(VolumeContract, "create", _order(made, volume.id), volume=volume).state == "done"
    gone = cloud.cast(VolumeContract, "delete", _order(made, volume.id, 2), volume=volume)
    assert gone.state == "done"


def test_a_refused_volume_is_answered_with_its_fault(cloud: Cloud) -> None:
    cloud.conf.set_override("driver", "file", "volume")
    made = cloud.run(VolumeContract, volume_service)
    volume = Volume("../escape", "project", 2)
    answer = cloud.cast(VolumeContract, "create", _order(made, volume.id), volume=volume)
    assert answer.state == "failed"
    assert answer.fault is not None and answer.fault["kind"] == "Invalid"


@pytest.mark.parametrize("contract, module", [(Network, network_service), (VolumeContract, volume_service)])
def test_one_agent_plays_many_hosts(tmp_path: Path, contract: Any, module: Any) -> None:
    cloud = Cloud(tmp_path, hosts=300)
    try:
        made = cloud.run(contract, module)
        assert made.agent.reporter.send(made.agent.reporter.hosts, hello=True)
        heard: list[HostReport] = []
        while len(heard) < 300:
            heard += cloud.inbox.hosts_heard.get(timeout=20)
        assert {(report.kind, report.address, report.hello) for report in heard} == {(made.agent.kind, "agent-1", True)}
        assert len({report.host for report in heard}) == 300
    finally:
        cloud.close()


def test_the_volume_report_says_how_much_room_there_is(cloud: Cloud) -> None:
    made = cloud.run(VolumeContract, volume_service)
    assert made.handler.describe("agent-1").capacity.disk_gib == cloud.conf.fake.disk_gib


def test_fakes_fail_when_told_to(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path, failure_rate=1.0)
    try:
        made = cloud.run(Network, network_service)
        wanted = plug(network(), 11)
        answer = cloud.cast(Network, "plug", _order(made, wanted.instance_id), plug=wanted)
        assert answer.state == "failed"
        assert answer.fault is not None and answer.fault["facts"] == {"retry": True}
    finally:
        cloud.close()


def test_a_fake_order_costs_little(tmp_path: Path) -> None:
    """Goal: under 0.2 ms of CPU for each; the limit here leaves room for a busy machine."""
    import time

    from nova_like.fakes import World
    from nova_like.network.drivers.fake import FakeDatapath

    datapath = FakeDatapath(World(tmp_path, "network"))
    net = network()
    plugs = [plug(net, 11) for _ in range(500)]
    before = time.process_time()
    for wanted in plugs:
        datapath.plug("h", wanted)
    assert (time.process_time() - before) / len(plugs) < 0.001
