"""The parts of the trial cloud, for real: broker, database, namespaces, relay, libvirtd and the guest."""

from __future__ import annotations

import contextlib
import http.server
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.trial import census, guest, netns, packages, ports, processes, relay
from tools.trial.libvirtd import Libvirtd
from tools.trial.netns import Namespaces
from tools.trial.postgres import Postgres
from tools.trial.rabbit import Rabbit

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.root


@pytest.fixture(scope="module", autouse=True)
def _packages() -> None:
    if os.geteuid():
        pytest.skip("needs root")
    packages.install()


@pytest.fixture
def state() -> Iterator[Path]:
    """A short path: sockets live below it. Nothing may be left of it afterwards."""
    path = Path(tempfile.mkdtemp(prefix="nl-parts-"))
    before = census.take(path)
    yield path
    assert [line for line in census.compare(before, census.take(path)) if str(path) in line] == []
    assert Namespaces(path).existing() == []
    shutil.rmtree(path)


@pytest.fixture
def rabbit(state: Path) -> Iterator[Rabbit]:
    broker = Rabbit(state / "rabbit")
    broker.add_user("controller", "a b/c@1")
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def postgres(state: Path) -> Iterator[Postgres]:
    server = Postgres(state / "postgres")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def spaces(state: Path) -> Iterator[Namespaces]:
    made = Namespaces(state)
    made.up(["c1", "c2"])
    yield made
    made.down()


def publish(broker: Rabbit, queue: str, count: int) -> int:
    """Declare a durable queue, publish with confirms, return how many messages it then holds."""
    from kombu import Connection, Queue

    url = broker.url("controller").replace("rabbit://", "amqp://")
    with Connection(url, connect_timeout=20, transport_options={"confirm_publish": True}) as connection:
        channel = connection.default_channel
        bound = Queue(queue, durable=True)(channel)
        bound.declare()
        with connection.Producer(channel) as producer:
            for number in range(count):
                producer.publish({"n": number}, routing_key=queue, delivery_mode=2)
        return int(bound.queue_declare(passive=True).message_count)


def test_broker_survives_kill_and_wipe(rabbit: Rabbit) -> None:
    rabbit.wait()
    first, port = rabbit.pid, rabbit.port
    assert rabbit.start() is False
    assert publish(rabbit, "kept", 3) == 3
    assert rabbit.published() == 3
    assert [(queue["name"], queue["durable"]) for queue in rabbit.queues()] == [("kept", True)]
    rabbit.add_user("compute-c1", "secret", "^$", "^reports$", r"^compute\.c1$", [("commands", "^$", "x")])
    assert rabbit.ctl("list_topic_permissions", "-p", "nova_like").splitlines()[1].split() == [
        "compute-c1",
        "commands",
        "^$",
        "x",
    ]
    assert r"^compute\.c1$" in rabbit.ctl("list_permissions", "-p", "nova_like")

    rabbit.kill()
    assert not rabbit.running()
    rabbit.start()
    rabbit.wait()
    assert rabbit.pid != first and rabbit.port == port
    assert publish(rabbit, "kept", 0) == 3

    rabbit.kill()
    rabbit.wipe()
    rabbit.start()
    rabbit.wait()
    assert rabbit.port == port
    assert rabbit.queues() == []
    assert {line.split()[0] for line in rabbit.ctl("list_users").splitlines()[1:]} == {"controller", "compute-c1"}
    assert "0.0.0.0" not in listeners_of(rabbit.pid)


def listeners_of(pid: int | None) -> str:
    lines = processes.run(["ss", "-ltnp"]).splitlines()
    return "\n".join(line.split()[3] for line in lines if f"pid={pid}," in line)


def test_database_survives_kill(postgres: Postgres) -> None:
    postgres.wait()
    port = postgres.port
    assert postgres.query("SHOW fsync") == "on"
    postgres.query("CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)")
    assert postgres.transactions() < postgres.transactions()
    postgres.kill()
    assert not postgres.running()
    postgres.start()
    postgres.wait()
    assert postgres.port == port and postgres.start() is False
    assert postgres.query("SELECT n FROM kept") == "7"
    postgres.create("other")
    postgres.drop("other")
    assert postgres.query("SELECT count(*) FROM pg_database WHERE datname = 'other'") == "0"


def test_namespaces_are_wired_to_each_other_and_nothing_else(state: Path) -> None:
    before = census.take(state)
    spaces = Namespaces(state)
    try:
        assert len(spaces.up(["c1", "c2"])) == 3
        assert spaces.up(["c1", "c2"]) == []
        assert netns.ping(spaces.name("c1"), spaces.gateway)
        assert netns.ping(spaces.name("c1"), spaces.address(2))
        assert census.take(state)["links"] == before["links"]
        with netns.entered(spaces.name("c1")):
            assert Path("/proc/sys/net/ipv4/ip_forward").read_text() == "1\n"
        left = processes.spawn(netns.inside(spaces.name("c2"), ["sleep", "600"]), state / "sleep.log")
        # it has to enter the namespace first
        processes.until(lambda: left in census.ours(state), 20, "a process in a namespace of ours is not seen")
    finally:
        spaces.down()
    assert not processes.alive(left)
    (state / "sleep.log").unlink()
    assert [line for line in census.compare(before, census.take(state)) if spaces.prefix in line] == []


@pytest.fixture
def echo_port() -> Iterator[int]:
    """A server on the machine's loopback that sends back what comes, and ends when its client does."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve(client: socket.socket) -> None:
        with client, contextlib.suppress(ConnectionError):
            while data := client.recv(65536):
                client.sendall(data)

    def accept() -> None:
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(client,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield server.getsockname()[1]
    server.close()


def dial(name: str, port: int) -> socket.socket:
    with netns.entered(name):
        return socket.create_connection(("127.0.0.1", port), timeout=20)


def heard(client: socket.socket) -> bytes:
    """All bytes until the end; empty also when the connection is reset."""
    got = b""
    try:
        while data := client.recv(65536):
            got += data
    except OSError:
        return b""
    return got


def answer_to(sent: bytes, name: str, port: int) -> bytes:
    """One byte back, empty when the connection is refused or reset."""
    try:
        with dial(name, port) as client:
            client.sendall(sent)
            return client.recv(1)
    except OSError:
        return b""


def test_relay_carries_cuts_and_resumes(state: Path, spaces: Namespaces, echo_port: int) -> None:
    inner, name = ports.free()[0], spaces.name("c1")
    argv = relay.command(sys.executable, name, [(inner, echo_port)])
    pid = processes.spawn(argv, state / "relay.log", cwd=ROOT)

    def reachable() -> bool:
        try:
            dial(name, inner).close()
        except OSError:
            return False
        return True

    try:
        processes.until(reachable, 30, "the relay does not listen")
        sent = os.urandom(3_000_000)
        with dial(name, inner) as client:

            def write(client: socket.socket = client) -> None:
                client.sendall(sent)
                client.shutdown(socket.SHUT_WR)

            writer = threading.Thread(target=write)
            writer.start()
            assert heard(client) == sent
            writer.join()
        with dial(name, inner) as held:
            held.sendall(b"x")
            assert held.recv(1) == b"x"
            os.kill(pid, signal.SIGUSR1)
            assert heard(held) == b""
        assert answer_to(b"z", name, inner) == b""
        os.kill(pid, signal.SIGUSR2)
        processes.until(lambda: answer_to(b"y", name, inner) == b"y", 20, "the relay does not resume")
        rss_kib = int(processes.run(["ps", "-o", "rss=", "-p", str(pid)]))
        assert rss_kib < 30_000
    finally:
        processes.end([pid])
        (state / "relay.log").unlink()


class Metadata(http.server.BaseHTTPRequestHandler):
    """Instance metadata, version 2 only, as the network agent gives it."""

    key = ""
    pages = {
        "/latest/meta-data/instance-id": "i-0123",
        "/latest/meta-data/hostname": "tried",
        "/latest/meta-data/public-keys/": "0=mine",
        "/latest/user-data": "#!/bin/sh\necho userdata says $(hostname)\n",
    }

    def do_PUT(self) -> None:
        self.answer(200 if self.path == "/latest/api/token" else 404, "tok")

    def do_GET(self) -> None:
        pages = self.pages | {"/latest/meta-data/public-keys/0/openssh-key": self.key}
        if self.headers.get("X-aws-ec2-metadata-token") != "tok":
            self.answer(401, "")
        else:
            self.answer(200 if self.path in pages else 404, pages.get(self.path, ""))

    def answer(self, status: int, body: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        pass


DOMAIN = """<domain type='qemu'><name>tried</name><memory unit='MiB'>{ram}</memory><vcpu>1</vcpu>
<os><type arch='x86_64' machine='pc'>hvm</type><boot dev='hd'/></os>
<features><acpi/><apic/><tcg><tb-cache unit='MiB'>32</tb-cache></tcg></features><on_poweroff>destroy</on_poweroff>
<devices><emulator>/usr/bin/qemu-system-x86_64</emulator>
<disk type='file'><driver name='qemu' type='qcow2'/><source file='{disk}'/><target dev='vda' bus='virtio'/></disk>
<interface type='ethernet'><mac address='52:54:00:00:00:07'/><target dev='tap0' managed='no'/><model type='virtio'/>
</interface><serial type='pty'><log file='{log}' append='off'/></serial></devices></domain>"""


@pytest.fixture
def datapath(state: Path, spaces: Namespaces) -> Iterator[str]:
    """Bridge, tap, DHCP and metadata in c1; the private key is left in the state directory."""
    name = spaces.name("c1")
    processes.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(state / "key")])
    Metadata.key = (state / "key.pub").read_text().strip()
    ip = ["ip", "-n", name]
    for words in (
        "link add br1 type bridge forward_delay 0",
        "addr add 10.99.0.1/24 dev br1",
        "link set br1 up",
        "addr add 169.254.169.254/32 dev lo",
        "tuntap add dev tap0 mode tap",
        "link set tap0 master br1 up",
    ):
        processes.run([*ip, *words.split()])
    options = "--conf-file=/dev/null --no-daemon --bind-interfaces --interface=br1 --except-interface=lo --no-hosts"
    options += f" --no-resolv --user=root --port=0 --dhcp-leasefile={state}/leases --dhcp-range=10.99.0.7,10.99.0.7,60m"
    dnsmasq = processes.spawn(netns.inside(name, ["dnsmasq", *options.split()]), state / "dnsmasq.log")
    with netns.entered(name):
        server = http.server.ThreadingHTTPServer(("169.254.169.254", 80), Metadata)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield name
    server.shutdown()
    server.server_close()
    processes.end([dnsmasq])


@pytest.mark.guest
def test_guest_boots_under_two_libvirtds(state: Path, spaces: Namespaces, datapath: str) -> None:
    image = guest.image()
    assert guest.image() == image
    hosts = [Libvirtd(state / f"v{n}", spaces.name(f"c{n}"), spaces.address(n)) for n in (1, 2)]
    disk, log = state / "disk.qcow2", state / "console.log"
    processes.run(["qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", str(image), str(disk), "1G"])
    (state / "domain.xml").write_text(DOMAIN.format(ram=guest.MIN_RAM_MIB, disk=disk, log=log))
    try:
        for host in hosts:
            host.start()
        for host in hosts:
            host.wait()
        first, second = hosts
        first.virsh("define", str(state / "domain.xml"))
        first.virsh("start", "tried")
        assert first.virsh("list", "--name").split() == ["tried"] and second.virsh("list", "--name").split() == []
        running = first.guests()
        assert len(running) == 1
        first.kill()
        assert first.guests() == running
        first.start()
        first.wait()
        assert first.virsh("domstate", "tried").strip() == "running"

        def said() -> str:
            return log.read_text(errors="replace") if log.exists() else ""

        processes.until(lambda: " UP" in said(), 240, f"the guest does not come up: see {log}")
        assert "instance-id=i-0123 imds=v2" in said() and "userdata says tried" in said()
        ssh = ["ssh", "-i", str(state / "key"), "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]
        command = "cat /etc/os-release; sudo -n lsblk -lb --nodeps; df /"
        argv = netns.inside(datapath, [*ssh, "-o", "LogLevel=ERROR", "root@10.99.0.7", command])
        answer = subprocess.run(argv, capture_output=True, text=True, timeout=120)
        assert "nova-like-guest" in answer.stdout and f"vda 254:0 0 {1 << 30} 0 disk" in answer.stdout, answer
        first.virsh("shutdown", "tried", "--mode", "acpi")
        processes.until(lambda: not first.guests(), 120, "the guest does not power off")
        assert "GUEST acpi-power" in said()
    finally:
        for host in hosts:
            host.end_guests()
            host.stop()
        sys.stderr.write(log.read_text(errors="replace") if log.exists() else "")
