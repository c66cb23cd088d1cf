"""What the linux driver would do to links, hosts files and records, without a host."""

from dataclasses import replace
from pathlib import Path

import pytest

from nova_like import concurrency
from nova_like.model import wire
from nova_like.model.errors import HostFailure, Invalid
from nova_like.model.orders import Rule
from nova_like.network.drivers.linux import dhcp, groups, links, wanted
from nova_like.network.drivers.linux.links import Link
from nova_like.network.drivers.linux.records import Record, Records, of_plug
from tests.contract.test_network import network, plug

NET = network()


def _there(net: wanted.WantedNetwork) -> dict[str, Link]:
    bridge = Link(net.mtu, net.mac, "", True, frozenset({"10.99.1.1/24", "169.254.169.254/32"}))
    taps = {port.tap: Link(net.mtu, "02:00:00:00:00:01", net.bridge, True, frozenset()) for port in net.ports}
    return {net.bridge: bridge, **taps}


def _wanted() -> wanted.WantedNetwork:
    return wanted.networks(of_plug(plug(NET, 11)))[0]


def test_nothing_is_done_where_all_is_right() -> None:
    net = _wanted()
    there = _there(net)
    assert links.bridge_lines([net], there) == []
    assert links.tap_lines([net], there) == []
    assert links.stale_taps([net], there) + links.stale_bridges([net], there) == []


def test_only_what_differs_is_changed() -> None:
    net = _wanted()
    there = _there(net)
    there[net.bridge] = replace(there[net.bridge], mtu=1500, addresses=frozenset({"10.99.1.9/24", "10.99.1.1/24"}))
    tap = net.ports[0].tap
    there[tap] = replace(there[tap], master="")
    assert links.bridge_lines([net], there) == [
        f"link set dev {net.bridge} mtu 1450",
        f"address delete 10.99.1.9/24 dev {net.bridge}",
        f"address add 169.254.169.254/32 dev {net.bridge}",
    ]
    assert links.tap_lines([net], there) == [f"link set dev {tap} mtu 1450 master {net.bridge} up"]


def test_foreign_links_are_left_alone() -> None:
    link = Link(1500, "", "", True, frozenset())
    there = dict.fromkeys(["tap0", "br0", "br-lan", "tapdance", "virbr0", "eth0", "tap01234567-8", "vnet1"], link)
    assert links.stale_taps([], there) + links.stale_bridges([], there) == []
    ours = dict.fromkeys(["tap01234567-89", "br01234567-89"], link)
    assert links.stale_taps([], ours) == ["link delete dev tap01234567-89"]
    assert links.stale_bridges([], ours) == ["link delete dev br01234567-89"]


def test_a_bridge_keeps_its_address_whatever_taps_come() -> None:
    assert _wanted().mac == wanted.networks(of_plug(plug(NET, 12)))[0].mac
    assert int(_wanted().mac[:2], 16) & 3 == 2  # locally administered, not multicast


def test_hosts_file_has_typed_fields_only() -> None:
    order = plug(NET, 11)
    evil = replace(order, metadata=replace(order.metadata, hostname="a\nb,c"))
    net = wanted.networks(of_plug(evil))[0]
    assert dhcp.hosts_text(net) == "02:16:3e:00:01:0b,10.99.1.11\n"
    good = replace(order, metadata=replace(order.metadata, hostname="web-1.novalocal"))
    assert dhcp.hosts_text(wanted.networks(of_plug(good))[0]) == "02:16:3e:00:01:0b,10.99.1.11,web-1\n"


@pytest.mark.parametrize(
    "change",
    [
        {"mac": "02-16-3e-00-00-01"},
        {"mac": "03:16:3e:00:00:01"},
        {"id": "../x"},
        {"network": replace(NET, id="n")},
        {"network": replace(NET, mtu=1)},
        {"network": replace(NET, subnets=(replace(NET.subnets[0], cidr="10.0.0.0/24; x"),))},
        {"network": replace(NET, subnets=(replace(NET.subnets[0], dns=("8.8.8.8,1",)),))},
    ],
)
def test_only_checked_facts_pass(change: dict) -> None:
    record = of_plug(plug(NET, 11))[0]
    with pytest.raises(Invalid):
        wanted.networks([replace(record, port=replace(record.port, **change))])


def test_ids_that_share_a_device_name_are_refused() -> None:
    first, second = of_plug(plug(NET, 11, 12))
    twin = first.port.id[:-4] + "0000"
    with pytest.raises(HostFailure):
        wanted.networks([first, replace(second, port=replace(second.port, id=twin))])


def test_records_are_private_and_come_back_in_order(tmp_path: Path) -> None:
    records = Records(tmp_path / "ports")
    records.load()
    written = of_plug(plug(NET, 11, 12, 13))
    for record in written:
        records.put(record)
    again = Records(tmp_path / "ports")
    again.load()
    assert again.all() == written
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "ports").iterdir()} == {0o600}
    metadata, ports = again.guests()[written[1].port.id]
    assert [port.id for port in ports] == [record.port.id for record in written]
    assert metadata == written[0].metadata


def test_a_record_of_the_first_version_is_read(tmp_path: Path) -> None:
    """Written before rules named groups: remotes were addresses only."""
    data = wire.to_wire(of_plug(plug(NET, 11, rules=(Rule(remote_cidrs=("10.0.0.1/32",)), Rule("egress"))))[0])
    del data["port"]["group_ids"]
    for rule in data["port"]["rules"]:
        del rule["remote_group"]
    (tmp_path / f"{data['port']['id']}.json").write_bytes(wire.encode(data))
    records = Records(tmp_path)
    records.load()
    port = wanted.networks(records.all())[0].ports[0]
    assert port.groups == frozenset()
    assert groups.matches(port.rules, "ingress") == ["ip saddr { 10.0.0.1/32 }"]


def test_a_torn_record_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"port":')
    (tmp_path / "y.json").write_text("{}")
    records = Records(tmp_path)
    records.load()
    assert records.all() == []
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".bad", ".bad"]


def test_the_same_record_is_not_written_twice(tmp_path: Path) -> None:
    records = Records(tmp_path)
    records.load()
    record: Record = of_plug(plug(NET, 11))[0]
    records.put(record)
    path = next(tmp_path.iterdir())
    before = path.stat().st_mtime_ns, path.stat().st_ino
    records.put(record)
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == before
    records.remove(record.port.id)
    records.remove(concurrency.new_id())
    assert list(tmp_path.iterdir()) == []
