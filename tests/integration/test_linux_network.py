"""The linux datapath for real: namespaces stand for host, guests and outside; dnsmasq, nft and the bridge are real."""

import contextlib
import json
import os
import shutil
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nova_like import concurrency
from nova_like.model.errors import HostFailure, Invalid
from nova_like.model.orders import Address, GuestMetadata, Network, Plug, Port, Rule, Subnet, tap_name
from nova_like.network.drivers.linux.wanted import bridge_name
from tests.contract.test_network import NetworkContract, network, plug
from tests.integration.network_lab import (
    HOST_ADDRESS,
    OUTSIDE,
    PROTECTED,
    GuestNamespace,
    Lab,
    arp_frame,
    eventually,
    inside,
    udp_frame,
)

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("dnsmasq"), reason="needs root, dnsmasq and nft"),
]
HOST = "host-1"
GATEWAY = "10.99.1.1"
ALL_OUT = Rule("egress")
ALL_IN = Rule("ingress")
SSH_IN = Rule("ingress", protocol="tcp", port_min=22, port_max=22)
SHORT = 1.0  # how long a refused connection is waited for


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    lab = Lab(tmp_path)
    try:
        yield lab
    finally:
        lab.close()


@pytest.fixture
def agent(lab: Lab) -> Any:
    agent = lab.agent()
    agent.start()
    return agent


class TestContract(NetworkContract):
    """The same suite as the fake's."""

    @pytest.fixture
    def make(self, lab: Lab) -> Any:
        return lab.agent

    @pytest.fixture
    def driver(self, agent: Any) -> Any:
        return agent


def _plugged(lab: Lab, agent: Any, net: Network, last: int, *rules: Rule) -> tuple[Plug, GuestNamespace]:
    """A guest whose card is there before the agent is asked, as after a restart."""
    order = plug(net, last, rules=rules)
    guest = lab.guest(order.ports[0])
    agent.plug(HOST, order)
    return order, guest


def _settled(lab: Lab, agent: Any, net: Network, last: int, *rules: Rule) -> tuple[Plug, GuestNamespace]:
    order, guest = _plugged(lab, agent, net, last, *rules)
    guest.settle(net.subnets[0].gateway or "")
    return order, guest


def test_dhcp_gives_each_port_its_own_address(lab: Lab, agent: Any, tmp_path: Path) -> None:
    net = network()
    for last in (11, 12):
        order, guest = _plugged(lab, agent, net, last)
        facts = guest.dhcp(tmp_path)
        assert facts is not None
        assert facts["ip"] == f"10.99.1.{last}"
        assert (facts["router"], facts["dns"], facts["mtu"]) == (GATEWAY, "192.0.2.53", "1450")
        assert facts["hostname"] == order.metadata.hostname
        assert facts["staticroutes"].startswith(f"169.254.169.254/32 {GATEWAY}")


def test_an_address_goes_to_its_next_owner(lab: Lab, agent: Any, tmp_path: Path) -> None:
    net = network()
    stays, _ = _plugged(lab, agent, net, 10)
    order, guest = _plugged(lab, agent, net, 11)
    assert guest.dhcp(tmp_path) is not None
    agent.unplug(HOST, order)
    first = order.ports[0]
    port = Port(concurrency.new_id(), "02:16:3e:00:09:09", net, first.addresses, first.rules)
    heir = lab.guest(port)
    agent.plug(HOST, Plug(concurrency.new_id(), (port,), order.metadata))
    facts = heir.dhcp(tmp_path)
    assert facts is not None and facts["ip"] == "10.99.1.11"


def test_a_stranger_gets_no_address(lab: Lab, agent: Any, tmp_path: Path) -> None:
    _, guest = _plugged(lab, agent, network(), 11)
    guest.run("ip", "link", "set", "eth0", "address", "02:16:3e:ff:ff:ff")
    assert guest.dhcp(tmp_path, tries=1) is None


def test_metadata_is_by_port(lab: Lab, agent: Any) -> None:
    net = network()
    for last in (11, 12):
        order, guest = _settled(lab, agent, net, last)
        hostname = order.metadata.hostname.encode()
        assert guest.http("/latest/meta-data/hostname") == (200, hostname)
        lying = guest.http("/latest/meta-data/hostname", X_Forwarded_For="10.99.1.11", X_Instance_ID="x")
        assert lying == (200, hostname)
        document = json.loads(guest.http("/openstack/latest/meta_data.json")[1])
        assert document["uuid"] == order.instance_id
        status, token = guest.http("/latest/api/token", "PUT", X_aws_ec2_metadata_token_ttl_seconds="60")
        assert status == 200
        given = {"X_aws_ec2_metadata_token": token.decode()}
        assert guest.http("/latest/meta-data/local-ipv4", **given) == (200, guest.address.encode())
        assert guest.http("/latest/meta-data/mac", X_aws_ec2_metadata_token="x")[0] == 401


def test_two_networks_with_one_range_are_told_apart(lab: Lab, agent: Any) -> None:
    for _ in range(2):
        order, guest = _settled(lab, agent, network(), 11)
        assert guest.http("/openstack/latest/meta_data.json")[1].decode().count(order.instance_id) == 1


def test_slow_and_greedy_guests_do_not_stop_the_others(lab: Lab, agent: Any) -> None:
    net = network()
    _, greedy = _settled(lab, agent, net, 11)
    order, polite = _settled(lab, agent, net, 12)
    with contextlib.ExitStack() as held, inside(greedy.name):
        for _ in range(40):
            link = held.enter_context(socket.create_connection(("169.254.169.254", 80), timeout=30))
            with contextlib.suppress(OSError):
                link.sendall(b"GET /latest")
        assert polite.http("/latest/meta-data/hostname") == (200, order.metadata.hostname.encode())


@pytest.mark.parametrize(
    "text, status",
    [
        (b"GET /latest/meta-data/mac HTTP/1.1\r\n" + b"X: y\r\n" * 5000 + b"\r\n", 431),
        (b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"\x16\x03\x01\x00\xff\xff\xff\r\n\r\n", 400),
        (b"GET /latest/meta-data/mac HTTP/9.9\r\n\r\n", 505),
        (b"PUT /latest/api/token HTTP/1.1\r\nContent-Length: 999999999999\r\n\r\n", 400),
        (b"PUT /latest/api/token HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"GET /latest/%ff%00%2e%2e/ HTTP/1.1\r\n\r\n", 404),
        (b"GET http://169.254.169.254/latest/meta-data/mac HTTP/1.1\r\n\r\n", 404),
        (b"TRACE / HTTP/1.1\r\n\r\n", 501),
    ],
)
def test_malformed_metadata_requests_are_refused(lab: Lab, agent: Any, text: bytes, status: int) -> None:
    order, guest = _settled(lab, agent, network(), 11)
    with inside(guest.name):
        link = socket.create_connection(("169.254.169.254", 80), timeout=10)
    with link, link.makefile("rb") as answer:
        with contextlib.suppress(OSError):
            link.sendall(text)
        with contextlib.suppress(ConnectionResetError):  # closed before it had read all of the nonsense
            assert f" {status} ".encode() in answer.readline()
    assert guest.http("/latest/meta-data/hostname") == (200, order.metadata.hostname.encode())


def test_inbound_is_refused_unless_a_rule_allows_it(lab: Lab, agent: Any) -> None:
    net = network()
    _, client = _settled(lab, agent, net, 11, ALL_OUT)
    _, server = _settled(lab, agent, net, 12, ALL_OUT, SSH_IN)
    with server.listen(22), server.listen(80), client.listen(22):
        assert client.connect(server.address, 22)
        assert not client.connect(server.address, 80, SHORT)
        assert not server.connect(client.address, 22, SHORT)
        # from the host itself (tools/ssh) the same rules hold
        assert lab.host.connect(server.address, 22)
        assert not lab.host.connect(server.address, 80, SHORT)
        assert not lab.host.connect(client.address, 22, SHORT)


def test_egress_rules_hold(lab: Lab, agent: Any) -> None:
    only_web = Rule("egress", protocol="tcp", port_min=80, port_max=80, remote_cidrs=(f"{OUTSIDE}/32",))
    _, guest = _settled(lab, agent, network(), 11, only_web)
    with lab.outside.listen(80), lab.outside.listen(81):
        assert guest.connect(OUTSIDE, 80)
        assert not guest.connect(OUTSIDE, 81, SHORT)
    assert guest.http("/latest/meta-data/mac")[0] == 200


def test_outbound_goes_through_snat(lab: Lab, agent: Any) -> None:
    _, guest = _settled(lab, agent, network(), 11, ALL_OUT)
    with lab.outside.listen(80) as server:
        assert guest.connect(OUTSIDE, 80)
        server.settimeout(10)
        _, (peer, _) = server.accept()
        assert peer == HOST_ADDRESS


def test_what_guests_must_not_reach(lab: Lab, agent: Any) -> None:
    _, guest = _settled(lab, agent, network(), 11, ALL_OUT)
    _, other = _settled(lab, agent, network("10.99.2.0/24", "10.99.2.1"), 11, ALL_OUT, ALL_IN)
    with lab.host.listen(2222), lab.outside.listen(80), other.listen(80):
        assert lab.host.connect(other.address, 80)
        assert not guest.connect(GATEWAY, 2222, SHORT)
        assert not guest.connect(HOST_ADDRESS, 2222, SHORT)
        assert not guest.connect("10.99.2.1", 2222, SHORT)
        assert not guest.connect(PROTECTED, 80, SHORT)
        assert not guest.connect(other.address, 80, SHORT)
    ping = ["busybox", "ping", "-c", "1", "-W", "2"]
    assert "1 packets received" in guest.run(*ping, GATEWAY)
    assert "0 packets received" in guest.run(*ping, HOST_ADDRESS, check=False)


def test_the_host_answers_arp_for_the_bridge_only(lab: Lab, agent: Any) -> None:
    _, guest = _settled(lab, agent, network(), 11, ALL_OUT)
    agent.plug(HOST, plug(network("10.99.2.0/24", "10.99.2.1"), 11))
    arping = ["busybox", "arping", "-c", "1", "-w", "2", "-I", "eth0"]
    for address, answers in ((GATEWAY, 1), ("169.254.169.254", 1), (HOST_ADDRESS, 0), ("10.99.2.1", 0)):
        assert f"Received {answers} response" in guest.run(*arping, address, check=False), address


def _forgeries(mine: GuestNamespace, peer: GuestNamespace) -> dict[str, bytes]:
    """Frames that a guest might send and nobody may see; each ends in its own name."""
    mac, ip, to_mac, to_ip = mine.port.mac, mine.address, peer.port.mac, peer.address
    everybody, stranger = "ff:ff:ff:ff:ff:ff", "02:16:3e:aa:aa:aa"
    tag, double = b"\x81\x00\x00\x05", b"\x88\xa8\x00\x05\x81\x00\x00\x05"
    return {
        "mac": udp_frame(stranger, to_mac, ip, to_ip, b"NLT-mac"),
        "peer-mac": udp_frame(to_mac, to_mac, ip, to_ip, b"NLT-peer-mac"),
        "ip": udp_frame(mac, to_mac, "10.99.1.77", to_ip, b"NLT-ip"),
        "gateway-ip": udp_frame(mac, to_mac, GATEWAY, to_ip, b"NLT-gateway-ip"),
        "zero-ip": udp_frame(mac, to_mac, "0.0.0.0", to_ip, b"NLT-zero-ip"),
        "arp-gateway": arp_frame(mac, mac, GATEWAY, to_ip, b"NLT-arp-gateway"),
        "arp-gratuitous": arp_frame(mac, mac, to_ip, to_ip, b"NLT-arp-gratuitous", reply=False),
        "arp-sender-mac": arp_frame(mac, stranger, ip, to_ip, b"NLT-arp-sender-mac"),
        "dhcp-offer": udp_frame(mac, everybody, ip, "255.255.255.255", b"NLT-dhcp-offer", (67, 68)),
        "dhcp-offer-unicast": udp_frame(mac, to_mac, ip, to_ip, b"NLT-dhcp-offer-unicast", (67, 68)),
        "vlan": udp_frame(mac, to_mac, ip, to_ip, b"NLT-vlan", tag=tag),
        "vlan-0": udp_frame(mac, to_mac, ip, to_ip, b"NLT-vlan-0", tag=b"\x81\x00\x00\x00"),
        "qinq": udp_frame(mac, to_mac, ip, to_ip, b"NLT-qinq", tag=double),
        "ipv6": bytes.fromhex("333300000001") + bytes.fromhex(mac.replace(":", "")) + b"\x86\xdd" + b"`" + bytes(50)
        + b"NLT-ipv6",
        "lldp": bytes.fromhex("0180c200000e") + bytes.fromhex(mac.replace(":", "")) + b"\x88\xcc" + b"NLT-lldp",
        "unknown-type": bytes.fromhex((to_mac + mac).replace(":", "")) + b"\x88\xb5" + b"NLT-unknown-type",
    }  # fmt: skip


def test_forged_frames_reach_nobody(lab: Lab, agent: Any) -> None:
    net = network()
    _, bad = _settled(lab, agent, net, 11, ALL_OUT, ALL_IN)
    _, peer = _settled(lab, agent, net, 12, ALL_OUT, ALL_IN)
    bridge = next(name for name in lab.host.links() if name.startswith("br"))
    honest = udp_frame(bad.port.mac, peer.port.mac, bad.address, peer.address, b"NLT-honest")
    honest_arp = arp_frame(bad.port.mac, bad.port.mac, bad.address, peer.address, b"NLT-arp-honest")
    with bad.wire() as sender, peer.wire() as receiver, lab.host.wire(bridge) as on_bridge:
        for frame in (*_forgeries(bad, peer).values(), honest_arp, honest):
            sender.send(frame)
        assert _seen(receiver, b"NLT-honest") == {"arp-honest", "honest"}
        on_bridge.setblocking(False)
        assert _seen(on_bridge, b"NLT-honest") <= {"arp-honest", "honest"}


def _seen(receiver: socket.socket, last: bytes) -> set[str]:
    """Names of our frames that arrive, up to `last` (or until nothing waits, on a socket that does not block)."""
    found: set[str] = set()
    while True:
        try:
            data = receiver.recv(65536)
        except BlockingIOError:
            return found
        if b"NLT-" in data:
            found.add(data[data.index(b"NLT-") + 4 :].decode())
        if last in data:
            return found


def test_no_packet_slips_through_while_rules_are_replaced(lab: Lab, agent: Any) -> None:
    net = network()
    _, sender = _settled(lab, agent, net, 11, ALL_OUT)
    order, target = _settled(lab, agent, net, 12, ALL_OUT, SSH_IN)
    closed = udp_frame(sender.port.mac, target.port.mac, sender.address, target.address, b"NLT-closed")
    arp = arp_frame(sender.port.mac, sender.port.mac, sender.address, target.address, b"NLT-end")
    with sender.wire() as out, target.wire() as into:
        stop = concurrency.Event()

        def flood() -> None:
            while not stop.is_set():
                out.send(closed)

        flooding = concurrency.spawn(flood)
        for _ in range(30):
            agent.ask("verify")
        stop.set()
        flooding.join()
        out.send(arp)
        assert _seen(into, b"NLT-end") == {"end"}


def test_changed_rules_hold_for_running_guests_at_once(lab: Lab, agent: Any) -> None:
    net = network()
    _, client = _settled(lab, agent, net, 11, ALL_OUT)
    order, server = _settled(lab, agent, net, 12, ALL_OUT, SSH_IN)
    with server.listen(22):
        assert client.connect(server.address, 22)
        port = order.ports[0]
        closed = Port(port.id, port.mac, port.network, port.addresses, (ALL_OUT,), port.security_groups)
        agent.plug(HOST, Plug(order.instance_id, (closed,), order.metadata))
        assert not client.connect(server.address, 22, SHORT)


def test_an_address_more_and_one_less(lab: Lab, agent: Any, tmp_path: Path) -> None:
    """Metadata answers either; what is taken away can do nothing any more, and the other has lost no connection."""
    net = network()
    order, guest = _settled(lab, agent, net, 11, ALL_OUT)
    _, other = _settled(lab, agent, net, 12, ALL_OUT, ALL_IN)

    def plugged(*last: int) -> None:
        addresses = tuple(Address(order.ports[0].addresses[0].subnet_id, f"10.99.1.{each}") for each in last)
        agent.plug(HOST, Plug(order.instance_id, (replace(order.ports[0], addresses=addresses),), order.metadata))

    def reaches(address: str, target: str = "169.254.169.254", seconds: float = 10.0) -> bool:
        return guest.connect(target, 80, seconds, source=address)

    guest.run("ip", "addr", "add", "10.99.1.21/24", "dev", "eth0")
    with other.listen(80), lab.outside.listen(80) as server:
        assert reaches("10.99.1.11") and not reaches("10.99.1.21", seconds=SHORT)
        assert not reaches("10.99.1.21", other.address, SHORT)
        with inside(guest.name):
            first = socket.create_connection((OUTSIDE, 80), timeout=10, source_address=("10.99.1.11", 0))
        server.settimeout(10)
        peer = server.accept()[0]
        plugged(11, 21)
        with first, peer:
            peer.settimeout(10)
            first.sendall(b"still here")
            assert peer.recv(100) == b"still here"
        for address in ("10.99.1.11", "10.99.1.21"):
            assert reaches(address) and reaches(address, other.address) and reaches(address, OUTSIDE)
        assert "10.99.1.11" in (guest.dhcp(tmp_path) or {})["ip"]
        plugged(21)
        assert reaches("10.99.1.21") and not reaches("10.99.1.11", seconds=SHORT)
        assert not reaches("10.99.1.11", other.address, SHORT)


def test_bad_rules_open_nothing_and_stop_no_others(lab: Lab, agent: Any) -> None:
    net = network()
    bad = (
        Rule("ingress", protocol="tcp", port_min=90, port_max=80),
        Rule("ingress", protocol="tcp; accept", port_min=80, port_max=80),
        Rule("ingress", protocol="256"),
        Rule("ingress", protocol="udp", port_min=1, port_max=70000),
        Rule("ingress", protocol="tcp", port_min=80, port_max=80, remote_cidrs=("10.0.0.0/99",)),
        Rule("ingress", protocol="tcp", port_min=80, port_max=80, remote_cidrs=("::/0",)),
        Rule("ingress", ethertype="IPv6"),
    )
    overlapping = ("10.99.1.11/8", "10.99.0.0/16", "10.99.1.11/32")
    good = Rule("ingress", "IPv4", "tcp", 22, 22, overlapping)
    _, client = _settled(lab, agent, net, 11, ALL_OUT)
    _, server = _settled(lab, agent, net, 12, ALL_OUT, *bad, good)
    with server.listen(22), server.listen(80):
        assert client.connect(server.address, 22)
        assert not client.connect(server.address, 80, SHORT)


@pytest.mark.parametrize(
    "change",
    [{"mac": "02:16:3e:00:00:01\n"}, {"mac": "01:00:5e:00:00:01"}, {"id": "x; reboot"}, {"addresses": "10.0.0.x"}],
    ids=lambda change: next(iter(change)),
)
def test_what_is_not_an_address_or_id_is_refused(agent: Any, change: dict[str, str]) -> None:
    order = plug(network(), 11)
    port = order.ports[0]
    addresses = (Address("s", change["addresses"]),) if "addresses" in change else port.addresses
    bad = Port(change.get("id", port.id), change.get("mac", port.mac), port.network, addresses)
    with pytest.raises(Invalid):
        agent.plug(HOST, Plug(order.instance_id, (bad,), order.metadata))
    assert agent.ports(HOST) == set()


def test_hostile_names_do_not_reach_dnsmasq(lab: Lab, agent: Any, tmp_path: Path) -> None:
    order = plug(network(), 11)
    facts = GuestMetadata(order.instance_id, "p", "n", "x,02:00:00:00:00:01,1.2.3.4\n#" + "a" * 1000)
    guest = lab.guest(order.ports[0])
    agent.plug(HOST, Plug(order.instance_id, order.ports, facts))
    given = guest.dhcp(tmp_path)
    assert given is not None and given["ip"] == "10.99.1.11"
    hosts = next(lab.state.glob("dhcp/*/hosts")).read_text()
    assert hosts == f"{order.ports[0].mac},10.99.1.11\n"


def test_guests_do_not_notice_that_the_agent_died(lab: Lab, agent: Any, tmp_path: Path) -> None:
    net = network()
    order, guest = _settled(lab, agent, net, 11, ALL_OUT, SSH_IN)
    _, peer = _settled(lab, agent, net, 12, ALL_OUT)
    before = lab.dnsmasqs()
    agent.kill()
    with guest.listen(22), guest.listen(80):
        assert peer.connect(guest.address, 22)
        assert not peer.connect(guest.address, 80, SHORT)
    assert guest.dhcp(tmp_path) is not None
    again = lab.agent()
    again.start()
    assert lab.dnsmasqs() == before
    assert guest.http("/latest/meta-data/hostname") == (200, order.metadata.hostname.encode())
    with guest.listen(80):
        assert not peer.connect(guest.address, 80, SHORT)


def test_a_restart_repairs_what_was_broken_and_removes_what_nobody_asked_for(
    lab: Lab, agent: Any, tmp_path: Path
) -> None:
    net = network()
    order, guest = _plugged(lab, agent, net, 11, ALL_OUT)
    orphan = plug(network("10.99.3.0/24", "10.99.3.1"), 11)
    agent.plug(HOST, orphan)
    agent.kill()
    (lab.state / "ports" / f"{orphan.ports[0].id}.json").unlink()
    (lab.state / "ports" / f"{concurrency.new_id()}.json").write_text('{"port": 1')
    for pid in lab.dnsmasqs():
        os.kill(pid, 9)
    eventually(lambda: not lab.dnsmasqs())
    lab.host.run("nft", "flush", "ruleset")
    lab.host.run("ip", "link", "set", "dev", f"tap{order.ports[0].id[:11]}", "nomaster")
    again = lab.agent()
    again.start()
    assert again.ports(HOST) == {order.ports[0].id}
    assert guest.dhcp(tmp_path) is not None
    assert guest.http("/latest/meta-data/mac")[0] == 200
    assert not [name for name in lab.host.links() if orphan.ports[0].id[:8] in name]
    assert len(lab.dnsmasqs()) == 1
    assert order.ports[0].id.replace("-", "_") in lab.host.run("nft", "list", "ruleset")


def test_the_agent_makes_a_tap_where_there_is_none(lab: Lab, agent: Any) -> None:
    order = plug(network(), 11)
    taps = agent.plug(HOST, order)
    link = lab.host.links()[taps[order.ports[0].id]]
    assert link["linkinfo"]["info_kind"] == "tun"
    assert link["linkinfo"]["info_data"]["persist"] is True
    assert (link["mtu"], "UP" in link["flags"], link["master"][:2]) == (1450, True, "br")


def test_unplug_leaves_nothing(lab: Lab, agent: Any, tmp_path: Path) -> None:
    rules = lab.host.run("nft", "list", "ruleset")
    links = set(lab.host.links())
    net = network()
    order, guest = _plugged(lab, agent, net, 11, ALL_OUT)
    assert guest.dhcp(tmp_path) is not None
    with lab.outside.listen(80):
        assert guest.connect(OUTSIDE, 80)
    agent.unplug(HOST, order)
    assert set(lab.host.links()) == links
    assert lab.host.run("nft", "list", "ruleset") == rules
    assert eventually(lambda: lab.dnsmasqs() == [])
    assert guest.address not in lab.host.run("conntrack", "-L")
    assert list((lab.state / "ports").iterdir()) == []
    assert list((lab.state / "dhcp").iterdir()) == []


def test_a_network_that_cannot_be_applied_stops_no_other(lab: Lab, agent: Any) -> None:
    good = plug(network(), 11)
    agent.plug(HOST, good)
    subnet = Subnet(concurrency.new_id(), "10.99.4.0/24", None)
    bad = plug(Network(concurrency.new_id(), "n", 1450, (subnet,)), 11)
    with pytest.raises(Exception, match="gateway"):
        agent.plug(HOST, bad)
    assert agent.ports(HOST) == {good.ports[0].id}
    agent.plug(HOST, plug(good.ports[0].network, 12))


def test_a_plug_that_fails_halfway_is_taken_back(lab: Lab, agent: Any) -> None:
    good = plug(network(), 11)
    agent.plug(HOST, good)
    before = set(lab.host.links()), lab.host.run("nft", "list", "ruleset"), len(lab.dnsmasqs())
    bad = plug(network("10.99.5.0/24", "10.99.5.1"), 11)
    tap = tap_name(bad.ports[0].id)
    # what has the bridge's name is no bridge: no tap can be put into it
    lab.host.run("ip", "link", "add", bridge_name(bad.ports[0].network.id), "type", "veth", "peer", "name", "x")
    with pytest.raises(HostFailure):
        agent.plug(HOST, bad)
    assert tap not in lab.host.links()
    assert (set(lab.host.links()), lab.host.run("nft", "list", "ruleset")) == before[:2]
    eventually(lambda: len(lab.dnsmasqs()) == before[2])
    assert agent.plug(HOST, bad)[bad.ports[0].id] == tap  # and the next try finds nothing in its way


def test_a_network_that_breaks_does_not_stop_another(lab: Lab, agent: Any) -> None:
    broken, order = plug(network(), 11), plug(network("10.99.5.0/24", "10.99.5.1"), 11)
    agent.plug(HOST, broken)
    name = bridge_name(broken.ports[0].network.id)
    lab.host.run("ip", "link", "delete", name)
    lab.host.run("ip", "link", "add", name, "type", "veth", "peer", "name", "x")
    agent.plug(HOST, order)
    assert agent.ports(HOST) == {broken.ports[0].id, order.ports[0].id}
    lab.host.run("ip", "link", "delete", name)
    agent.ask("verify")
    assert lab.host.links()[tap_name(broken.ports[0].id)]["master"] == name
    assert lab.host.links()[name]["linkinfo"]["info_kind"] == "bridge"


def test_a_record_of_no_use_is_set_aside(lab: Lab, agent: Any) -> None:
    order = plug(network(), 11)
    agent.plug(HOST, order)
    agent.kill()
    path = lab.state / "ports" / f"{order.ports[0].id}.json"
    path.write_text(path.read_text().replace(order.ports[0].mac, "no mac"))
    again = lab.agent()
    again.start()
    assert again.ports(HOST) == set()
    assert path.with_suffix(".bad").exists()
    assert tap_name(order.ports[0].id) not in lab.host.links()
