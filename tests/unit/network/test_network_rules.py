"""Security group rules to nftables matches: exact where valid, left out where not, and never a word of the user's."""

import re
import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nova_like import concurrency
from nova_like.model.orders import Address, GuestMetadata, Network, Port, Rule, Subnet
from nova_like.network.drivers.linux import antispoof, groups, traffic, wanted
from nova_like.network.drivers.linux.records import Record

GROUP, OTHER = "31111111-2222-4333-8444-555555555555", "41111111-2222-4333-8444-555555555555"
SET = "group_31111111_2222_4333_8444_555555555555"


@pytest.mark.parametrize(
    "rule, match",
    [
        (Rule(), ""),
        (Rule(protocol="tcp"), "meta l4proto 6"),
        (Rule(protocol="TCP", port_min=22, port_max=22), "meta l4proto 6 th dport 22"),
        (Rule(protocol="udp", port_min=1, port_max=65535), "meta l4proto 17 th dport 1-65535"),
        (Rule(protocol="6", port_min=80), "meta l4proto 6 th dport 80"),
        (Rule(protocol="sctp", port_min=5, port_max=7), "meta l4proto 132 th dport 5-7"),
        (Rule(protocol="icmp"), "meta l4proto 1"),
        (Rule(protocol="icmp", port_min=8, port_max=0), "icmp type 8 icmp code 0"),
        (Rule(protocol="icmp", port_min=3), "icmp type 3"),
        (Rule(protocol="icmp", port_min=-1, port_max=-1), "meta l4proto 1"),
        (Rule(protocol="47", port_min=1, port_max=2), "meta l4proto 47"),
        (Rule(remote_cidrs=("0.0.0.0/0",)), ""),
        (Rule(remote_cidrs=("10.1.2.3/8", "10.0.0.0/9", "192.0.2.1")), "ip saddr { 10.0.0.0/8, 192.0.2.1/32 }"),
        (Rule(remote_cidrs=("192.0.2.0/24", "2001:db8::/32")), "ip saddr { 192.0.2.0/24 }"),
        (Rule(remote_group=GROUP), f"iifname . ip saddr @{SET}"),
        (
            Rule(protocol="tcp", port_min=22, remote_group=GROUP),
            f"iifname . ip saddr @{SET} meta l4proto 6 th dport 22",
        ),
        (Rule(remote_cidrs=("0.0.0.0/0",), remote_group=GROUP), f"iifname . ip saddr @{SET}"),
    ],
)
def test_valid_rules(rule: Rule, match: str) -> None:
    assert groups.matches([rule], "ingress") == [match]


@pytest.mark.parametrize(
    "rule",
    [
        Rule(protocol="tcp", port_min=90, port_max=80),
        Rule(protocol="tcp", port_min=0, port_max=65536),
        Rule(protocol="256"),
        Rule(protocol="-2"),
        Rule(protocol="tcp accept"),
        Rule(protocol="icmp", port_min=256),
        Rule(protocol="icmp", port_min=8, port_max=300),
        Rule(remote_cidrs=("10.0.0.0/33",)),
        Rule(remote_cidrs=("::/128",)),
        Rule(remote_cidrs=("} accept; chain x {",)),
        Rule(remote_group=""),
        Rule(remote_group="default"),
        Rule(remote_group="x accept", remote_cidrs=("0.0.0.0/0",)),
        Rule(ethertype="IPv6", remote_group=GROUP),
        Rule(ethertype="IPv6"),
        Rule(direction="egress"),
    ],
)
def test_what_cannot_be_read_opens_nothing(rule: Rule) -> None:
    assert groups.matches([rule], "ingress") == []
    good = Rule(protocol="tcp", port_min=22)
    assert groups.matches([rule, good], "ingress") == ["meta l4proto 6 th dport 22"]


def test_egress_looks_at_the_destination_and_doubles_count_once() -> None:
    rule = Rule("egress", protocol="tcp", port_min=80, remote_cidrs=("192.0.2.0/24",))
    assert groups.matches([rule, rule], "egress") == ["ip daddr { 192.0.2.0/24 } meta l4proto 6 th dport 80"]
    assert groups.matches([Rule("egress", remote_group=GROUP)], "egress") == [f"oifname . ip daddr @{SET}"]


_ANY_RULE = st.builds(
    Rule,
    direction=st.sampled_from(["ingress", "egress"]),
    ethertype=st.sampled_from(["IPv4", "IPv6"]),
    protocol=st.one_of(st.none(), st.text(max_size=8), st.sampled_from(["tcp", "udp", "icmp", "sctp", "41"])),
    port_min=st.one_of(st.none(), st.integers(-2, 70000)),
    port_max=st.one_of(st.none(), st.integers(-2, 70000)),
    remote_cidrs=st.lists(
        st.one_of(st.text(max_size=20), st.ip_addresses().map(str), st.just("10.0.0.0/8")), max_size=3
    ).map(tuple),
    remote_group=st.one_of(st.none(), st.text(max_size=8), st.just(GROUP)),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_ANY_RULE, max_size=4))
def test_only_our_own_words_come_out(rules: list[Rule]) -> None:
    for direction in ("ingress", "egress"):
        for match in groups.matches(rules, direction):
            assert re.fullmatch(r"[a-z0-9 {},./-]*", match.replace(f"@{SET}", ""))


@settings(max_examples=300, deadline=None)
@given(_ANY_RULE)
def test_a_rule_for_a_group_never_opens_to_everybody(rule: Rule) -> None:
    for match in groups.matches([rule], rule.direction):
        assert rule.remote_group is None or f"@{SET}" in match


def _record(last: int, rules: tuple[Rule, ...] = (), security: bool = True, group_ids: tuple[str, ...] = ()) -> Record:
    subnet = Subnet("11111111-2222-4333-8444-555555555555", "10.0.0.0/16", "10.0.0.1", ("10.0.0.2",))
    net = Network("21111111-2222-4333-8444-555555555555", "n", 1500, (subnet,))
    address = Address(subnet.id, f"10.0.{last // 250}.{last % 250 + 3}")
    mac = f"02:16:3e:00:{last // 256:02x}:{last % 256:02x}"
    port = Port(concurrency.new_id(), mac, net, (address,), rules, (), security, group_ids)
    return Record(port, GuestMetadata(concurrency.new_id(), "p", "n", "h"))


@pytest.mark.skipif(shutil.which("nft") is None, reason="needs nft to check the grammar")
def test_the_tables_are_good_grammar() -> None:
    many = tuple(Rule(protocol="tcp", port_min=1, port_max=n + 1, remote_cidrs=(f"10.{n}.0.0/16",)) for n in range(200))
    of_groups = (Rule(remote_group=GROUP), Rule("egress", remote_group=GROUP), Rule(remote_group=OTHER))
    plain, mixed = _record(1, many), _record(2, (Rule(), Rule("egress"), *of_groups), group_ids=(GROUP,))
    networks = wanted.networks([plain, mixed, _record(3, security=False)])
    tables = [traffic.table(networks, "eth0", []), antispoof.table(networks), traffic.table([]), antispoof.table([])]
    text = "".join(table.text() for table in tables)
    done = subprocess.run(["nft", "--check", "-f", "-"], input=text, capture_output=True, text=True)
    assert done.returncode == 0 or "not permitted" in done.stderr, done.stderr[:2000]


def test_a_port_without_security_is_neither_guarded_nor_filtered() -> None:
    record = _record(3, security=False)
    networks = wanted.networks([record])
    chain = record.port.id.replace("-", "_")
    assert chain not in antispoof.table(networks).text()
    assert f'"{networks[0].bridge}" . 10.0.0.6 : accept' in traffic.table(networks).text()


def _members(*records: Record) -> dict[str, list[str]]:
    return groups.members([port for network in wanted.networks(records) for port in network.ports])


def test_a_set_holds_the_guarded_members_of_this_host_by_bridge() -> None:
    asks = _record(1, (Rule(remote_group=GROUP), Rule(remote_group=GROUP, protocol="tcp")))
    both, other = _record(2, group_ids=(OTHER, GROUP)), _record(3, group_ids=(OTHER,))
    unguarded = _record(4, (Rule(remote_group=OTHER),), security=False, group_ids=(GROUP,))
    assert _members(asks, both, other, unguarded) == {SET: ['"br21111111-22" . 10.0.0.5']}
    assert _members(asks, other) == {SET: []}  # the set must exist, or the table would be refused
    assert _members(both, other) == {}


def test_a_group_that_is_no_id_is_nobodys() -> None:
    evil = _record(1, (Rule(remote_group="x"),), group_ids=("x", "y; accept"))
    assert _members(evil) == {}
    assert "accept;" not in traffic.table(wanted.networks([evil])).text().replace("policy accept;", "")


def test_of_two_ports_with_one_address_the_newer_has_it() -> None:
    old, new = _record(1), _record(1)
    text = traffic.table(wanted.networks([old, new])).text()
    assert f". 10.0.0.4 : jump in_{new.port.id.replace('-', '_')}" in text
    assert f". 10.0.0.4 : jump in_{old.port.id.replace('-', '_')}" not in text
