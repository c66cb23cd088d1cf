"""nova-like-compute as a process on a real RabbitMQ: readiness, orders, kill -9 in the middle, its end, its size."""

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nova_like import concurrency
from nova_like import conf as configuration
from nova_like.fakes import World
from nova_like.model.context import Context
from nova_like.model.orders import Guest, Order, Power
from nova_like.rpc import signing
from nova_like.rpc.client import Client
from nova_like.rpc.contracts.compute import Compute
from nova_like.rpc.contracts.flows import Flows
from nova_like.rpc.contracts.reports import Reports
from nova_like.rpc.server import serve
from nova_like.rpc.transport import make_transport
from tests.integration import libvirt_lab as lab
from tests.integration.private_rabbit import HOME, Broker

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(bool(lab.missing()), reason=lab.missing()),
    pytest.mark.skipif(not (HOME / "rabbitmq-server").exists(), reason="RabbitMQ is not installed"),
]
ROOT = Path(__file__).resolve().parents[2]
MASTER = b"0123456789abcdef0123456789abcdef"
CTX = Context(request_id="req-1", roles=("member", "reader"))


@pytest.fixture(scope="module")
def network():
    with lab.own_network():
        yield


@pytest.fixture(scope="module")
def broker(network, tmp_path_factory):
    directory = tmp_path_factory.mktemp("rabbit")
    broker = Broker(directory)
    broker.start()
    yield broker
    broker.remove()
    shutil.rmtree(directory)


@pytest.fixture(scope="module")
def libvirtd(network, tmp_path_factory):
    daemon = lab.Libvirtd(tmp_path_factory.mktemp("libvirt"))
    daemon.start()
    yield daemon
    daemon.stop()


class Controller:
    """The other end of the bus: gets answers and reports, sends orders to whichever process serves the host."""

    def __init__(self, url):
        conf = configuration.new(["bus"])
        conf([])
        conf.set_override("url", url, "bus")
        self.transport = make_transport(conf)
        self.answers, self.reports = [], []
        self.server = serve(self.transport, Reports, self, verifier=signing.Verifier(MASTER))
        self.client = Client(self.transport, Compute)
        Client(self.transport, Flows).cast(CTX, "wake", flows=[])  # declares `commands`, which no agent may

    def answer(self, ctx, answer, sender):
        self.answers.append(answer)

    def hosts(self, ctx, reports, sender):
        self.reports.extend(reports)

    def boot_id(self, host, but=()):
        def newest():
            found = [report.boot_id for report in self.reports if report.host == host and report.boot_id not in but]
            return found[-1] if found else None

        return lab.wait_for(newest)

    def send(self, verb, payload, host, boot_id, generation=1):
        id = getattr(payload, "id", None) or payload.instance_id
        order = Order("flow-1", verb, id, generation, host, boot_id)
        name = "guest" if verb in ("spawn", "destroy", "start") else "power"
        self.client.cast(CTX, verb, address="address", order=order, **{name: payload})
        return order

    def outcome(self, order):
        def found():
            return [answer for answer in self.answers if answer.state != "working"
                    and (answer.step, answer.resource, answer.boot_id, answer.generation)
                    == (order.step, order.resource, order.boot_id, order.generation)]  # fmt: skip

        return lab.wait_for(found)[0]

    def close(self):
        self.server.stop()
        self.transport.cleanup()


@pytest.fixture
def controller(broker):
    controller = Controller(broker.url())
    yield controller
    controller.close()


class Agents:
    """Processes of nova-like-compute, one after the other."""

    def __init__(self, root, url, options, report_seconds):
        self.root, self.processes = root, []
        (root / "key").write_bytes(signing.agent_key(MASTER, "address"))
        text = f"[DEFAULT]\nhost = address\nstate_path = {root}/state\n"
        text += f"[bus]\nurl = {url}\nagent_key_file = {root}/key\nreport_seconds = {report_seconds}\n{options}"
        (root / "conf").write_text(text)
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(str(root / "notify"))
        self.notify.settimeout(60)

    def start(self):
        log = (self.root / "log").open("ab")
        program = [sys.executable, "-X", "importtime", ROOT / "bin/nova-like-compute"]
        command = [*program, "--config-file", self.root / "conf"]
        environment = {**os.environ, "NOTIFY_SOCKET": str(self.root / "notify")}
        self.processes.append(subprocess.Popen(command, stdout=log, stderr=log, env=environment))
        log.close()
        self.hear(b"READY=1")
        return self.processes[-1]

    def hear(self, text):
        while text not in self.notify.recv(4096):
            pass

    def log(self):
        return (self.root / "log").read_text(errors="replace")

    def end(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait(30)
        self.notify.close()


@pytest.fixture
def start(broker, tmp_path):
    made = []

    def make(options, report_seconds=0.5):
        made.append(Agents(tmp_path, broker.url(), options, report_seconds))
        return made[-1]

    yield make
    for agents in made:
        agents.end()


FAKE = "[compute]\nhypervisor = fake\n[fake]\nhosts = 20\n"


def pss_mib(pid):
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no Pss")


def imported(log):
    return {line.rpartition("|")[2].strip() for line in log.splitlines() if line.startswith("import time:")}


def test_ready_orders_and_the_end(start, controller):
    agents = start(FAKE)
    process = agents.start()
    boot = controller.boot_id("fake-007")
    guest = Guest(concurrency.new_id(), "web", 1, 64, 1)
    assert controller.outcome(controller.send("spawn", guest, "fake-007", boot)).facts == {"power": "running"}
    text = controller.client.call(CTX, "console_output", address="address", host="fake-007", instance_id=guest.id,
                                  max_bytes=100)  # fmt: skip
    assert "start 1" in text
    agents.hear(b"WATCHDOG=1")
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert time.monotonic() - began < 10
    agents.hear(b"STOPPING=1")


def test_an_agent_imports_no_database_and_no_eventlet(start, controller):
    agents = start(FAKE)
    process = agents.start()
    modules = imported(agents.log())
    assert "nova_like.virt.fake.host" in modules
    # a refused import of eventlet itself is on the list too, those of its parts are not; greenlet comes with it
    banned = {"sqlalchemy", "alembic", "psycopg2", "libvirt", "pycdlib", "botocore", "eventlet.hubs", "greenlet"}
    assert not banned & modules
    assert "greenlet" not in Path(f"/proc/{process.pid}/maps").read_text()
    for name in modules:
        assert not name.startswith(("nova_like.db", "nova_like.services", "nova_like.flows", "nova_like.api"))
    assert pss_mib(process.pid) < 45


def test_killed_with_spawns_in_hand_nothing_is_lost_or_doubled(start, controller, tmp_path):
    agents = start(FAKE + "delay_ms = 30\n")
    agents.start()
    guests = [Guest(concurrency.new_id(), "web", 1, 64, 1) for _ in range(40)]
    hosts = {guest.id: f"fake-{number % 20 + 1:03}" for number, guest in enumerate(guests)}
    boots = [controller.boot_id("fake-001")]
    for _ in range(4):
        known = len(controller.answers)
        for guest in guests:
            controller.send("spawn", guest, hosts[guest.id], boots[-1])
        lab.wait_for(lambda known=known: len(controller.answers) >= known + 5)
        agents.processes[-1].kill()
        agents.processes[-1].wait(30)
        agents.start()
        boots.append(controller.boot_id("fake-001", but=boots))
    boot = boots[-1]
    orders = [controller.send("spawn", guest, hosts[guest.id], boot) for guest in guests]
    assert {controller.outcome(order).state for order in orders} == {"done"}
    world = World(tmp_path / "state" / "fake", "compute")
    lines = [line for host in world.hosts() for line in world.replay(host)]
    starts = [line["instance"] for line in lines if line["effect"] == "start"]
    assert sorted(starts) == sorted(hosts)
    orders = [controller.send("destroy", guest, hosts[guest.id], boot, 2) for guest in guests]
    assert {controller.outcome(order).state for order in orders} == {"done"}


@pytest.mark.guest
def test_a_real_guest_outlives_its_agent(start, controller, libvirtd, tmp_path):
    from tests.integration.test_libvirt import Store

    (tmp_path / "store").mkdir()
    store = Store(tmp_path / "store")
    image = store.put(lab.tiny_guest(polite=True))
    assert image.sha256 == hashlib.sha256(lab.tiny_guest(polite=True)).hexdigest()
    agents = start(f"[compute]\nhypervisor = libvirt\n[libvirt]\nuri = {libvirtd.uri}\n", report_seconds=60)
    process = agents.start()
    boot = controller.boot_id("address")
    guest = Guest(concurrency.new_id(), "web", 1, 32, 0, image)
    assert controller.outcome(controller.send("spawn", guest, "address", boot)).facts == {"power": "running"}
    assert pss_mib(process.pid) < 45, "with libvirt and the image cache"
    process.kill()
    process.wait(30)
    pids = libvirtd.guest_pids()
    store.close()
    agents.start()
    boot = controller.boot_id("address", but=[boot])
    assert controller.outcome(controller.send("spawn", guest, "address", boot)).facts == {"power": "running"}
    assert libvirtd.guest_pids() == pids
    lab.wait_for(lambda: [r for r in controller.reports if r.boot_id == boot and r.powers == {guest.id: "running"}])
    os.kill(pids[0], signal.SIGKILL)
    lab.wait_for(lambda: controller.reports[-1].powers == {guest.id: "crashed"}, 20)  # by event: reports are rare here
    started = controller.send("start", guest, "address", boot, 2)
    assert controller.outcome(started).facts == {"power": "running"}
    stopped = controller.send("stop", Power(guest.id, soft=False), "address", boot, 3)
    assert controller.outcome(stopped).facts == {"power": "shutdown"}
    assert controller.outcome(controller.send("destroy", guest, "address", boot, 4)).state == "done"
    lab.wait_for(lambda: controller.reports[-1].powers == {}, 20)
    agents.processes[-1].terminate()
    assert agents.processes[-1].wait(10) == 0
    modules = imported(agents.log())
    assert "libvirt" in modules and "pycdlib" not in modules and "sqlalchemy" not in modules
