"""nova-like-network as a process in a host's namespace, its orders over a real RabbitMQ through the relay: readiness,
plug and unplug, a wire that is cut, kill -9, its end."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nova_like import concurrency
from nova_like import conf as configuration
from nova_like.model.context import Context
from nova_like.model.orders import Answer, HostReport, Order, Plug, Rule, tap_name
from nova_like.rpc import permissions, signing
from nova_like.rpc.client import Client
from nova_like.rpc.contracts.flows import Flows
from nova_like.rpc.contracts.network import Network
from nova_like.rpc.contracts.reports import Reports
from nova_like.rpc.server import serve
from nova_like.rpc.transport import make_transport
from tests.contract.test_network import network, plug
from tests.integration.network_lab import GuestNamespace, Lab, eventually
from tools.trial import relay
from tools.trial.rabbit import Rabbit

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("dnsmasq"), reason="needs root, dnsmasq and nft"),
    pytest.mark.skipif(not Path("/usr/lib/rabbitmq/bin").exists(), reason="RabbitMQ is not installed"),
]
ROOT = Path(__file__).resolve().parents[2]
MASTER = b"0123456789abcdef0123456789abcdef"
CTX = Context(request_id="req-1")
HOST = "host-1"
INNER = 5672  # where the host's namespace finds the broker


class Controller:
    """The other end of the bus."""

    def __init__(self, url: str) -> None:
        conf = configuration.new(["bus"])
        conf([])
        conf.set_override("url", url, "bus")
        self._transport = make_transport(conf)
        self._answers: list[Answer] = []
        self.boots: list[str] = []
        self._server = serve(self._transport, Reports, self, verifier=signing.Verifier(MASTER))
        self._client = Client(self._transport, Network)
        self._generation = 0
        Client(self._transport, Flows).cast(CTX, "wake", flows=[])  # declares `commands`, which no agent may

    def answer(self, ctx: Context, answer: Answer, sender: str) -> None:
        self._answers.append(answer)

    def hosts(self, ctx: Context, reports: list[HostReport], sender: str) -> None:
        self.boots.extend(report.boot_id for report in reports if sender == report.host == HOST)

    def ask(self, verb: str, what: Plug) -> Answer:
        """Sent again until it is answered, as the engine does."""
        self._generation += 1
        order = Order("flow", verb, what.instance_id, self._generation, HOST, self.boots[-1])

        def answered() -> list[Answer]:
            self._client.cast(CTX, verb, address=HOST, order=order, plug=what)
            with contextlib.suppress(AssertionError):
                eventually(lambda: self._of(order), 2)
            return self._of(order)

        return eventually(answered)[0]

    def _of(self, order: Order) -> list[Answer]:
        return [answer for answer in self._answers if answer.generation == order.generation]

    def close(self) -> None:
        self._server.stop()
        self._transport.cleanup()


class Daemon:
    """Processes of nova-like-network in the lab's host, one after the other."""

    def __init__(self, lab: Lab, url: str) -> None:
        self._lab, self._root = lab, lab.directory
        (self._root / "key").write_bytes(signing.agent_key(MASTER, HOST))
        text = f"[DEFAULT]\nhost = {HOST}\nstate_path = {self._root}/state\n[network]\nuplink = eth0\n"
        text += f"[bus]\nurl = {url}\nagent_key_file = {self._root}/key\nreport_seconds = 0.5\n"
        (self._root / "conf").write_text(text)
        self._notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._notify.bind(str(self._root / "notify"))
        self._notify.settimeout(60)
        self.process: Any = None

    def start(self) -> None:
        argv = ["ip", "netns", "exec", self._lab.host.name, sys.executable, str(ROOT / "bin" / "nova-like-network")]
        environment = {**os.environ, "NOTIFY_SOCKET": str(self._root / "notify")}
        with (self._root / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*argv, "--config-file", str(self._root / "conf")], stdout=log, stderr=log, env=environment
            )
        while b"READY=1" not in self._notify.recv(4096):
            pass

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(30)

    def log(self) -> str:
        return (self._root / "log").read_text(errors="replace")

    def pss_mib(self) -> float:
        rollup = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text()
        return next(int(line.split()[1]) / 1024 for line in rollup.splitlines() if line.startswith("Pss:"))

    def close(self) -> None:
        if self.process:
            self.kill()
        self._notify.close()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Rabbit]:
    """With the rights that controllers and agents have in a cloud."""
    broker = Rabbit(tmp_path / "rabbit")
    for name, about in (("controller", ("controller",)), ("agent", ("agent", HOST, "network"))):
        broker.add_user(name, name, *permissions.permissions(*about), permissions.topic_permissions(*about))
    broker.start()
    try:
        broker.wait()
        yield broker
    finally:
        broker.stop()


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    lab = Lab(tmp_path)
    lab.state = tmp_path / "state" / "network" / HOST
    try:
        yield lab
    finally:
        lab.close()


@pytest.fixture
def wire(lab: Lab, broker: Rabbit) -> Iterator[Any]:
    """The relay's process: SIGUSR1 cuts, SIGUSR2 mends."""
    carrier = subprocess.Popen(relay.command(sys.executable, lab.host.name, [(INNER, broker.port)]), cwd=ROOT)
    yield carrier
    carrier.terminate()
    carrier.wait(30)


@pytest.fixture
def controller(broker: Rabbit) -> Iterator[Controller]:
    controller = Controller(broker.url("controller"))
    yield controller
    controller.close()


@pytest.fixture
def daemon(lab: Lab, broker: Rabbit, wire: Any, controller: Controller) -> Iterator[Daemon]:
    daemon = Daemon(lab, broker.url("agent").replace(f":{broker.port}/", f":{INNER}/"))
    try:
        daemon.start()
        yield daemon
    finally:
        daemon.close()


def _boot(lab: Lab, controller: Controller, net: Any, last: int, group: str) -> tuple[Plug, GuestNamespace]:
    rules = (Rule("egress"), Rule(remote_group=group))
    order = plug(net, last, rules=rules, group_ids=(group,))
    guest = lab.guest(order.ports[0])
    answer = controller.ask("plug", order)
    assert (answer.state, answer.facts) == ("done", {"taps": {order.ports[0].id: tap_name(order.ports[0].id)}})
    guest.settle(net.subnets[0].gateway)
    return order, guest


def test_a_network_agent_serves_its_host_over_the_bus(
    lab: Lab, controller: Controller, daemon: Daemon, wire: Any
) -> None:
    net, group = network(), concurrency.new_id()
    eventually(lambda: controller.boots)
    first, server = _boot(lab, controller, net, 11, group)
    with server.listen(80):
        _, client = _boot(lab, controller, net, 12, group)
        assert client.connect(server.address, 80)
        assert client.http("/latest/meta-data/local-ipv4") == (200, client.address.encode())
        bad = controller.ask("plug", plug(net, 13, group_ids=(group,), rules=(Rule(protocol="x;"),)))
        assert bad.state == "done" and bad.fault is None  # a rule that cannot be read opens nothing and stops nothing

        wire.send_signal(signal.SIGUSR1)
        eventually(lambda: "is unreachable" in daemon.log())
        assert client.connect(server.address, 80)
        wire.send_signal(signal.SIGUSR2)
        _, late = _boot(lab, controller, net, 14, group)
        assert late.connect(server.address, 80) and daemon.pss_mib() < 45

        before = controller.boots[-1]
        daemon.kill()
        assert client.connect(server.address, 80)
        daemon.start()
        eventually(lambda: controller.boots[-1] != before)
        assert controller.ask("unplug", first).state == "done"
        assert not late.connect(server.address, 80, 1.0)
    assert tap_name(first.ports[0].id) not in lab.host.links()

    daemon.process.send_signal(signal.SIGTERM)
    assert daemon.process.wait(10) == 0
    with late.listen(80):
        assert client.connect(late.address, 80)  # guests do not notice
