"""Rules whose remote is a group, on the real datapath: who is a member is known at once, to running guests too."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nova_like import concurrency
from nova_like.model import wire
from nova_like.model.orders import Network, Plug, Rule
from tests.contract.test_network import network, plug
from tests.integration.network_lab import GuestNamespace, Lab, udp_frame

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("dnsmasq"), reason="needs root, dnsmasq and nft"),
]
HOST = "host-1"
ALL_OUT = Rule("egress")
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


def _join(lab: Lab, agent: Any, net: Network, last: int, group: str, *rules: Rule) -> tuple[Plug, GuestNamespace]:
    """A guest in this group; without rules of its own it has those of a default group."""
    order = plug(net, last, rules=rules or (ALL_OUT, Rule(remote_group=group)), group_ids=(group,))
    guest = lab.guest(order.ports[0])
    agent.plug(HOST, order)
    guest.settle(net.subnets[0].gateway or "")
    return order, guest


def _set(lab: Lab, group: str) -> str:
    """The group's set as the kernel has it; empty when there is none."""
    return lab.host.run("nft", "list", "set", "ip", "nova_like", "group_" + group.replace("-", "_"), check=False)


def test_members_reach_each_other_and_others_do_not(lab: Lab, agent: Any) -> None:
    net, group, other = network(), concurrency.new_id(), concurrency.new_id()
    _, first = _join(lab, agent, net, 11, group)
    with first.listen(80):
        late, second = _join(lab, agent, net, 12, group)  # joins when the first runs already
        _, stranger = _join(lab, agent, net, 13, other)
        assert second.connect(first.address, 80)
        assert not stranger.connect(first.address, 80, SHORT)
        assert not lab.host.connect(first.address, 80, SHORT)
        with second.listen(80), stranger.listen(80):
            assert first.connect(second.address, 80)
            assert not first.connect(stranger.address, 80, SHORT)
    assert first.address in _set(lab, group) and second.address in _set(lab, group)
    agent.unplug(HOST, late)
    assert first.address in _set(lab, group) and second.address not in _set(lab, group)


def test_who_leaves_a_group_is_cut_off_at_once(lab: Lab, agent: Any) -> None:
    net, group = network(), concurrency.new_id()
    _, first = _join(lab, agent, net, 11, group)
    order, second = _join(lab, agent, net, 12, group)
    with first.listen(80):
        assert second.connect(first.address, 80)
        left = replace(order.ports[0], group_ids=())
        agent.plug(HOST, replace(order, ports=(left,)))
        assert not second.connect(first.address, 80, SHORT)
        agent.plug(HOST, order)
        assert second.connect(first.address, 80)


def test_a_group_may_be_named_on_the_way_out(lab: Lab, agent: Any) -> None:
    net, group = network(), concurrency.new_id()
    open_in = Rule("ingress")
    _, sender = _join(lab, agent, net, 11, concurrency.new_id(), Rule("egress", remote_group=group))
    _, member = _join(lab, agent, net, 12, group, open_in)
    _, stranger = _join(lab, agent, net, 13, concurrency.new_id(), open_in)
    with member.listen(80), stranger.listen(80):
        assert sender.connect(member.address, 80)
        assert not sender.connect(stranger.address, 80, SHORT)


def test_an_empty_group_is_nobody(lab: Lab, agent: Any) -> None:
    net, nobody = network(), concurrency.new_id()
    _, server = _join(lab, agent, net, 11, concurrency.new_id(), ALL_OUT, Rule(remote_group=nobody))
    _, client = _join(lab, agent, net, 12, concurrency.new_id())
    with server.listen(80):
        assert not client.connect(server.address, 80, SHORT)
        assert not lab.host.connect(server.address, 80, SHORT)


def test_a_member_elsewhere_lends_nobody_its_address(lab: Lab, agent: Any) -> None:
    """Two networks of one range: the group's member has, on its own bridge, the address of a stranger here."""
    net, twin, group = network(), network(), concurrency.new_id()
    _, server = _join(lab, agent, net, 11, group)
    _join(lab, agent, twin, 12, group)
    _, stranger = _join(lab, agent, net, 12, concurrency.new_id())
    with server.listen(80):
        assert not stranger.connect(server.address, 80, SHORT)


def test_nothing_slips_through_while_members_come_and_go(lab: Lab, agent: Any) -> None:
    net, group = network(), concurrency.new_id()
    _, target = _join(lab, agent, net, 11, group)
    _, sender = _join(lab, agent, net, 12, concurrency.new_id())
    _, member = _join(lab, agent, net, 13, group)
    closed = udp_frame(sender.port.mac, target.port.mac, sender.address, target.address, b"NLT-closed")
    last = udp_frame(member.port.mac, target.port.mac, member.address, target.address, b"NLT-end")
    with sender.wire() as out, member.wire() as honest, target.wire() as into:
        stop = concurrency.Event()

        def flood() -> None:
            while not stop.is_set():
                out.send(closed)

        flooding = concurrency.spawn(flood)
        for number in range(10):
            order = plug(net, 20 + number, rules=(ALL_OUT, Rule(remote_group=group)), group_ids=(group,))
            agent.plug(HOST, order)
            agent.unplug(HOST, order)
        stop.set()
        flooding.join()
        honest.send(last)
        seen = b""
        while b"NLT-" not in seen:
            seen = into.recv(65536)
    assert seen.endswith(b"NLT-end")


def test_old_records_are_adopted_and_learn_groups_at_the_next_plug(lab: Lab, agent: Any) -> None:
    net, group = network(), concurrency.new_id()
    order, server = _join(lab, agent, net, 11, group, ALL_OUT, Rule(remote_cidrs=("10.99.1.12/32",)))
    agent.kill()
    path = lab.state / "ports" / f"{order.ports[0].id}.json"
    data = wire.decode(path.read_bytes())
    del data["port"]["group_ids"]
    for rule in data["port"]["rules"]:
        del rule["remote_group"]
    path.write_bytes(wire.encode(data))
    again = lab.agent()
    again.start()
    _, listed = _join(lab, again, net, 12, group)
    _, late = _join(lab, again, net, 13, group)
    with server.listen(80):
        assert listed.connect(server.address, 80)
        assert not late.connect(server.address, 80, SHORT)
        port = replace(order.ports[0], rules=(ALL_OUT, Rule(remote_group=group)))
        again.plug(HOST, replace(order, ports=(port,)))
        assert late.connect(server.address, 80)


def test_filters_that_somebody_flushed_are_back_with_the_next_plug(lab: Lab, agent: Any) -> None:
    net, group = network(), concurrency.new_id()
    _, first = _join(lab, agent, net, 11, group)
    lab.host.run("nft", "flush", "ruleset")
    _, stranger = _join(lab, agent, net, 12, concurrency.new_id())
    assert first.address in _set(lab, group)
    with first.listen(80):
        assert not stranger.connect(first.address, 80, SHORT)
