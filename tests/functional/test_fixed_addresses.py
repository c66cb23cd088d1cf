"""``addFixedIp`` and ``removeFixedIp``: what they are answered, and who is shown what, in every view of an address."""

import pytest
import sqlalchemy as sa

from nova_like import concurrency
from nova_like.api.ec2 import instance_view
from nova_like.api.native.network import views as network_views
from nova_like.db import addresses
from nova_like.db import subnets as subnet_rows
from nova_like.db.schema.networks import addresses as table
from nova_like.db.schema.networks import ports, subnets
from nova_like.model.commands import InstanceQuery
from nova_like.model.context import Context
from tests.functional.compute_world import UNKNOWN, Compute, Project, add_network

LAST = "2.43"  # that knows these actions


@pytest.fixture(scope="module")
def cloud(tmp_path_factory) -> Compute:
    return Compute(tmp_path_factory.mktemp("addresses"))


@pytest.fixture
def own(cloud) -> Project:
    return cloud.project(concurrency.new_id().replace("-", ""))


def ask(own, server, action, value, version=LAST, role="member"):
    return own.call("POST", f"/servers/{server}/action", {action: value}, version, role)


def add(own, server, network="", **more):
    return ask(own, server, "addFixedIp", {"networkId": network or own.network}, **more)


def remove(own, server, address, **more):
    return ask(own, server, "removeFixedIp", {"address": address}, **more)


def ips(own, server):
    return [entry["addr"] for entry in own.get(f"/servers/{server}/ips")["addresses"].get("net", ())]


def seen(own, server):
    """The addresses in each view."""
    (card,) = own.get(f"/servers/{server}/os-interface")["interfaceAttachments"]
    shown = own.get(f"/servers/{server}")["server"]["addresses"].get("net", ())
    owner = Context("req-1", "member", project_id=own.id, roles=("member", "reader"))
    (port,) = own.world.services.ports.list(owner, instance_id=[server])
    port = network_views.port(port, operator=False)
    (row,) = own.world.services.instances.list(owner, InstanceQuery(ids=[server]))
    ec2 = instance_view.instance(row, {})["NetworkInterfaces"][0]
    assert [each["Primary"] for each in ec2["PrivateIpAddresses"]].count(True) == 1
    return (
        ips(own, server), [entry["addr"] for entry in shown], [each["ip_address"] for each in card["fixed_ips"]],
        [each["ip_address"] for each in port["fixed_ips"]],
        [each["PrivateIpAddress"] for each in ec2["PrivateIpAddresses"]],
    )  # fmt: skip


def test_one_more_and_one_less(own):
    server, settle = own.server(networks=[{"uuid": own.network}]), own.world.daemons.settle
    (first,) = ips(own, server)
    answer = add(own, server)
    assert (answer.status_int, answer.body) == (202, b"")
    assert add(own, server).status_int == 202  # while the host is told of the first
    settle()
    first_seen, second, third = ips(own, server)
    assert first_seen == first and seen(own, server) == ([first, second, third],) * 5
    for address in (first, second, third):
        assert [one["id"] for one in own.get(f"/servers?ip=^{address}$")["servers"]] == [server]
    answer = remove(own, server, second)
    assert (answer.status_int, answer.body) == (202, b"")
    assert seen(own, server) == ([first, third],) * 5 and own.get(f"/servers?ip=^{second}$")["servers"] == []
    assert used(own) == 3  # its host has not let go yet
    assert remove(own, server, second).status_int == 400  # and yet it is not theirs any more
    settle()
    assert used(own) == 2 and seen(own, server) == ([first, third],) * 5


def used(own) -> int:
    return own.world.db.read(lambda tx: addresses.used(tx, [own.subnet])).get(own.subnet, 0)


def test_what_leaves_keeps_its_subnet(own):
    server = own.server(networks=[{"uuid": own.network}])
    assert remove(own, server, *ips(own, server)).status_int == 202
    assert ips(own, server) == []
    assert own.world.db.transact(lambda tx: subnet_rows.delete(tx, own.subnet)) is False
    own.world.daemons.settle()
    assert own.world.db.transact(lambda tx: subnet_rows.delete(tx, own.subnet)) is True
    assert add(own, server).status_int == 404  # a network without a range


def test_microversions(own):
    server = own.server(networks=[{"uuid": own.network}])
    address = ips(own, server)[0]
    assert add(own, server, version="2.44").status_int == add(own, server, version="2.96").status_int == 404
    assert remove(own, server, address, version="2.44").status_int == 404
    assert add(own, server, version="2.1").status_int == 202


def test_what_is_refused(own, cloud):
    server = own.server(networks=[{"uuid": own.network}])
    (first,) = ips(own, server)
    elsewhere, _ = add_network(cloud.db, own.id)
    for network in (elsewhere, UNKNOWN, "x"):
        answer = add(own, server, network)
        assert answer.status_int == 404 and "Network could not be found" in answer.json["itemNotFound"]["message"]
    for body in ({}, {"networkId": 1}, {"networkId": own.network, "more": 1}, None, {"networkId": "x" * 37}):
        assert ask(own, server, "addFixedIp", body).status_int == 400
    for body in ({}, {"address": 1}, {"address": "10.0.0.300"}, {"address": "::1"}, {"address": "10.0.0.1"}, None):
        assert ask(own, server, "removeFixedIp", body).status_int == 400, body
    lonely = own.server(networks="none")
    assert add(own, lonely).status_int == 404 and remove(own, lonely, first).status_int == 400
    assert add(own, server, role="reader").status_int == remove(own, server, first, role="reader").status_int == 403
    stranger = cloud.project(concurrency.new_id().replace("-", ""))
    for id in (server, UNKNOWN, "x"):
        assert add(stranger, id).status_int == remove(stranger, id, first).status_int == 404
    assert own.act(server, "lock") == 202
    assert add(own, server).status_int == remove(own, server, first).status_int == 409
    assert add(own, server, role="admin").status_int == 202
    building = own.server(networks=[{"uuid": own.network}], settle=False)
    assert add(own, building).status_int == remove(own, building, *ips(own, building)).status_int == 409
    assert len(ips(own, server)) == 2 and len(ips(own, building)) == 1


def test_a_full_network(own):
    server = own.server(networks=[{"uuid": own.network}])
    number = own.world.db.read(lambda tx: tx.rows(addresses_of(server))[0]["number"])
    limits = {"first": number, "last": number + 1, "gateway": None, "cidr": "10.0.0.0/8"}
    own.world.db.transact(lambda tx: tx.execute(narrow(own.subnet, limits)))
    assert add(own, server).status_int == 202
    own.world.daemons.settle()
    answer = add(own, server)
    assert answer.status_int == 400 and "No more IP addresses" in answer.json["badRequest"]["message"]
    assert remove(own, server, ips(own, server)[1]).status_int == 202
    assert add(own, server).status_int == 400  # not free yet
    own.world.daemons.settle()
    assert add(own, server).status_int == 202


def addresses_of(server):
    return sa.select(table).join(ports, ports.c.id == table.c.port_id).where(ports.c.instance_id == server)


def narrow(subnet, values):
    return sa.update(subnets).where(subnets.c.id == subnet).values(**values)


def test_as_many_as_a_port_may_have(own):
    server = own.server(networks=[{"uuid": own.network}])
    for _ in range(15):
        assert add(own, server).status_int == 202
    answer = add(own, server)
    assert answer.status_int == 400 and "may have 16" in answer.json["badRequest"]["message"]
    assert len(set(ips(own, server))) == 16
