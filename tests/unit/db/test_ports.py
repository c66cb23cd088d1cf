"""Ports: made in few statements, shown complete, told to agents whole, released whole."""

import random
from dataclasses import replace

import pytest
import sqlalchemy as sa

from nova_like import concurrency
from nova_like.db import networks, ports, security_groups
from nova_like.db.schema import networks as schema
from nova_like.db.schema.networks import addresses, port_groups
from nova_like.model.errors import Conflict, NotFound
from nova_like.model.orders import Rule
from tests.unit.db.network_world import database, network


@pytest.fixture
def db(tmp_path):
    found = database(tmp_path)
    yield found
    found.dispose()


def counted(db):
    statements = []
    sa.event.listen(db.engine, "before_cursor_execute", lambda *a: statements.append(a[2]))
    return statements


def boot(db, net, count=1, groups=(), **more):
    """(instance ids, ports) of `count` instances with one port each."""
    instances = [concurrency.new_id() for _ in range(count)]
    specs = [ports.PortSpec(i, 0, net, group_ids=groups, **more) for i in instances]
    return instances, db.transact(lambda tx: ports.create_many(tx, "p1", specs))


@pytest.fixture
def seeded():
    """The same draws in each run: no MAC of a hundred is drawn twice by chance."""
    source = concurrency.Source()
    source.random = random.Random(7)
    before = concurrency.use(source)
    yield
    concurrency.use(before)


def test_many_ports_cost_one_statement_a_table(db, seeded):
    net = db.transact(network)
    group = db.transact(lambda tx: security_groups.ensure_default(tx, "p1"))
    statements = counted(db)
    instances, made = boot(db, net, 100, [group])
    assert len([s for s in statements if s.startswith("INSERT")]) == 3
    assert len(made) == 100 and len({row["mac"] for row in made}) == 100
    assert all(row["mac"].startswith("fa:16:3e:") and len(row["addresses"]) == 1 for row in made)
    statements.clear()
    shown = db.read(lambda tx: ports.of_instances(tx, instances))
    assert len(statements) <= 3
    for row in made:
        (seen,) = shown[row["instance_id"]]
        assert {key: seen[key] for key in row} == row  # addresses included
        assert seen["groups"] == [{"id": group, "name": "default"}] and seen["network_name"] == "net"


def test_a_mac_that_the_network_has_is_drawn_again(db):
    class Stuck(random.Random):
        draws = iter([1, 1, 1] * 3 + [2, 2, 2])

        def randrange(self, size):
            return next(self.draws) if size == 256 else super().randrange(size)

    source = concurrency.Source()
    source.random = Stuck()
    net = db.transact(network)
    before = concurrency.use(source)
    try:
        _, made = boot(db, net, 2)
    finally:
        concurrency.use(before)
    assert [row["mac"] for row in made] == ["fa:16:3e:01:01:01", "fa:16:3e:02:02:02"]


def test_release_leaves_nothing_and_can_be_repeated(db):
    net = db.transact(network)
    group = db.transact(lambda tx: security_groups.ensure_default(tx, "p1"))
    (one, two), _ = boot(db, net, 2, [group])
    for _ in range(2):
        db.transact(lambda tx: ports.release(tx, one))
    assert db.read(lambda tx: [len(v) for v in ports.of_instances(tx, [one, two]).values()]) == [0, 1]
    for table in (addresses, port_groups):
        assert len(db.read(lambda tx, t=table: tx.rows(sa.select(t)))) == 1


def test_orders_hold_everything(db):
    net = db.transact(network)
    group = db.transact(lambda tx: security_groups.ensure_default(tx, "p1", ssh=True))
    (one, _), made = boot(db, net, 2, [group])
    (order,) = db.read(lambda tx: ports.orders(tx, one))
    assert (order.id, order.mac, order.security_groups) == (made[0]["id"], made[0]["mac"], ("default",))
    assert [a.address for a in order.addresses] == [made[0]["addresses"][0]["address"]]
    subnet = order.network.subnets[0]
    assert (subnet.cidr, subnet.gateway, subnet.dns, subnet.dhcp) == ("10.0.0.0/16", "10.0.0.1", ("9.9.9.9",), True)
    assert order.group_ids == (group,)
    assert set(order.rules) == {
        Rule("egress"), Rule("egress", "IPv6"), Rule("ingress", "IPv4", "tcp", 22, 22),
        Rule("ingress", remote_group=group), Rule("ingress", "IPv6", remote_group=group),
    }  # fmt: skip
    assert db.read(lambda tx: ports.orders(tx, one, rules=False)) == [replace(order, rules=())]


def test_orders_keep_the_order_of_ports_and_addresses(db):
    net, other = db.transact(network), db.transact(lambda tx: network(tx, cidr="10.7.0.0/16", name="other"))
    instance = concurrency.new_id()
    specs = [ports.PortSpec(instance, position, where) for position, where in ((1, net), (0, other), (2, net))]
    made = db.transact(lambda tx: ports.create_many(tx, "p1", specs))
    low = {"subnet_id": net["subnets"][0]["id"], "number": 1, "address": "0.0.0.1", "port_id": made[0]["id"]}
    db.transact(lambda tx: tx.execute(sa.insert(addresses), [low]))
    found = db.read(lambda tx: ports.orders(tx, instance))
    assert [port.id for port in found] == [made[1]["id"], made[0]["id"], made[2]["id"]]
    assert [port.network.name for port in found] == ["other", "net", "net"]
    assert [a.address for a in found[1].addresses] == ["0.0.0.1", made[0]["addresses"][0]["address"]]
    assert found[1].network == found[2].network and len(found[1].network.subnets) == 1
    assert all(port.rules == port.security_groups == port.group_ids == () for port in found)


def test_a_network_without_subnets_and_an_instance_without_ports(db):
    def bare(tx):
        networks.insert(tx, {"id": "n" * 36, "project_id": "p1", "name": "bare"})
        port = {"id": "q" * 36, "network_id": "n" * 36, "project_id": "p1", "mac": "fa:16:3e:00:00:01"}
        tx.execute(sa.insert(schema.ports), [{**port, "instance_id": "i" * 36, "position": 0}])

    db.transact(bare)
    (order,) = db.read(lambda tx: ports.orders(tx, "i" * 36))
    assert (order.network.subnets, order.addresses, order.rules) == ((), (), ())
    assert db.read(lambda tx: ports.orders(tx, "x" * 36)) == []


def test_a_rule_whose_remote_is_a_group_says_so(db):
    net = db.transact(network)

    def prepare(tx):
        mine = security_groups.ensure_default(tx, "p1")
        security_groups.insert(tx, {"id": "e" * 36, "project_id": "p1", "name": "empty"})
        rule = security_groups.rule_row(mine, "p1", "ingress", "IPv4", remote_group_id="e" * 36, protocol="udp")
        security_groups.insert_rule(tx, rule)
        return mine

    group = db.transact(prepare)
    (one,), _ = boot(db, net, 1, [group])
    (order,) = db.read(lambda tx: ports.orders(tx, one))
    (rule,) = [rule for rule in order.rules if rule.protocol == "udp"]
    assert (rule.remote_group, rule.remote_cidrs) == ("e" * 36, ())


@pytest.mark.parametrize("rules", [True, False])
def test_an_order_does_not_grow_with_the_group(db, rules):
    net = db.transact(network)
    group = db.transact(lambda tx: security_groups.ensure_default(tx, "p1"))
    (one,), _ = boot(db, net, 1, [group])
    alone = db.read(lambda tx: ports.orders(tx, one, rules))
    boot(db, net, 30, [group])
    statements = counted(db)
    assert db.read(lambda tx: ports.orders(tx, one, rules)) == alone
    assert len(statements) == 2


def test_usable_networks(db):
    def prepare(tx):
        return network(tx), network(tx, "p2", shared=True), network(tx, "p2"), network(tx, "p2", external=True)

    own, shared, foreign, _ = db.transact(prepare)
    assert [n["id"] for n in db.read(lambda tx: networks.usable(tx, "p1"))] == [own["id"], shared["id"]]
    assert db.read(lambda tx: networks.usable(tx, "p1", [foreign["id"]])) == []
    assert db.read(lambda tx: networks.usable(tx, "p1", [own["id"]]))[0]["subnets"][0]["cidr"] == "10.0.0.0/16"


def test_the_default_group_is_made_once(db):
    with concurrency.pool(6) as pool:
        found = set(pool.map(lambda _: db.transact(lambda tx: security_groups.ensure_default(tx, "p1")), range(12)))
    assert len(found) == 1
    (group,) = db.read(lambda tx: security_groups.list_groups(tx, "p1"))
    assert len(group["rules"]) == 4


def test_groups_by_name_and_id(db):
    def prepare(tx):
        for id, project, name in (("a", "p1", "web"), ("b", "p1", "twin"), ("c", "p1", "twin"), ("d", "p2", "web")):
            security_groups.insert(tx, {"id": id * 36, "project_id": project, "name": name})

    db.transact(prepare)
    resolve = lambda names: [id[0] for id in db.transact(lambda tx: security_groups.resolve(tx, "p1", names))]  # noqa: E731
    assert resolve(["web", "b" * 36, "a" * 36]) == ["a", "b"]
    assert len(resolve(["default"])) == 1
    with pytest.raises(Conflict):
        resolve(["twin"])
    for unknown in ("d" * 36, "nothing"):
        with pytest.raises(NotFound):
            resolve([unknown])
