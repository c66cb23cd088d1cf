"""Addresses: each held once, cheap while there is room, exact when there is nearly none."""

import ipaddress

import pytest
import sqlalchemy as sa

from nova_like import concurrency
from nova_like.db import addresses
from nova_like.model.errors import Conflict, Invalid
from tests.unit.db.network_world import database, network


@pytest.fixture
def db(tmp_path):
    found = database(tmp_path)
    yield found
    found.dispose()


def ids(count):
    return [concurrency.new_id() for _ in range(count)]


def test_addresses_are_distinct_and_in_range(db):
    net = db.transact(network)
    rows = []
    for _ in range(20):
        rows += db.transact(lambda tx: addresses.allocate(tx, net["subnets"], ids(25)))
    held = {row["address"] for row in rows}
    assert len(held) == 500
    block = ipaddress.ip_network("10.0.0.0/16")
    assert all(ipaddress.ip_address(a) in block and a not in ("10.0.0.0", "10.0.0.1", "10.0.255.255") for a in held)


def test_cost_does_not_grow_with_what_is_held(db):
    net = db.transact(network)
    db.transact(lambda tx: addresses.allocate(tx, net["subnets"], ids(3000)))
    statements = []
    sa.event.listen(db.engine, "before_cursor_execute", lambda *a: statements.append(a[2]))
    db.transact(lambda tx: addresses.allocate(tx, net["subnets"], ids(1)))
    # one insert; if somebody has that address, a look and another insert
    assert len([s for s in statements if "addresses" in s]) in (1, 3)


@pytest.mark.parametrize("cidr", ["10.0.0.0/28", "10.0.0.0/23"])
def test_every_address_can_be_had_and_not_one_more(db, cidr):
    net = db.transact(lambda tx: network(tx, cidr=cidr))
    room = ipaddress.ip_network(cidr).num_addresses - 3
    rows = db.transact(lambda tx: addresses.allocate(tx, net["subnets"], ids(room - 1)))
    rows += db.transact(lambda tx: addresses.allocate(tx, net["subnets"], ids(1)))
    assert len({row["address"] for row in rows}) == room
    with pytest.raises(Conflict) as caught:
        db.transact(lambda tx: addresses.allocate(tx, net["subnets"], ids(1)))
    assert caught.value.facts["code"] == "no_more_addresses"
    assert db.read(lambda tx: addresses.used(tx, [net["subnets"][0]["id"]])) == {net["subnets"][0]["id"]: room}


def test_too_many_at_once_take_nothing(db):
    net = db.transact(lambda tx: network(tx, cidr="10.0.0.0/28"))
    with pytest.raises(Conflict):
        db.transact(lambda tx: addresses.allocate(tx, net["subnets"], ids(14)))
    assert db.read(lambda tx: addresses.used(tx, [net["subnets"][0]["id"]])) == {}


def test_the_next_subnet_serves_when_the_first_is_full(db):
    one = db.transact(lambda tx: network(tx, cidr="10.0.0.0/29"))
    two = db.transact(lambda tx: network(tx, cidr="10.1.0.0/29"))
    ports = ids(8)
    rows = db.transact(lambda tx: addresses.allocate(tx, one["subnets"] + two["subnets"], ports))
    assert sorted(row["port_id"] for row in rows) == sorted(ports)
    assert len([row for row in rows if row["address"].startswith("10.1.")]) == 3


def test_a_wanted_address(db):
    net = db.transact(network)
    one, two = ids(2)
    rows = db.transact(lambda tx: addresses.allocate(tx, net["subnets"], [one, two], {two: "10.0.3.4"}))
    assert {row["port_id"]: row["address"] for row in rows}[two] == "10.0.3.4"
    with pytest.raises(Conflict) as caught:
        db.transact(lambda tx: addresses.allocate(tx, net["subnets"], ["x"], {"x": "10.0.3.4"}))
    assert caught.value.facts["code"] == "in_use"


@pytest.mark.parametrize("address", ["10.1.0.5", "10.0.0.1", "10.0.0.0", "10.0.255.255", "fe80::1", "x", "10.0.0"])
def test_an_address_that_no_guest_may_have(db, address):
    net = db.transact(network)
    with pytest.raises(Invalid):
        db.transact(lambda tx: addresses.allocate(tx, net["subnets"], ["x"], {"x": address}))


def test_many_at_the_same_time_never_share(db):
    net = db.transact(lambda tx: network(tx, cidr="10.0.0.0/26"))
    room, won, lost = 61, [], []

    def take():
        try:
            won.extend(db.transact(lambda tx: addresses.allocate(tx, net["subnets"], ids(1))))
        except Conflict:
            lost.append(1)

    with concurrency.pool(8) as pool:
        list(pool.map(lambda _: take(), range(room + 9)))
    assert len(won) == room and len({row["address"] for row in won}) == room and len(lost) == 9
