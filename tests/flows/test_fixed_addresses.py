"""One address more or less of a server that is there: what is taken away is nobody's, and nobody else's before the host
that had it has let go."""

import pytest
import sqlalchemy as sa

from nova_like.db import addresses, leaving, port_orders, ports, tombstones
from nova_like.db.schema.networks import addresses as table
from nova_like.fakes import World
from nova_like.flows.fencing import fence
from nova_like.model.errors import Conflict, Invalid, NotFound
from nova_like.rpc.agent import Agent
from tests.flows.cloud import CTX, NETWORK, LittleCloud
from tests.flows.scenarios import (
    boot,
    evacuate,
    evacuating,
    fixed_addresses,
    full,
    instances,
    migrate,
    resizing,
    shelve,
    shelving,
)
from tests.flows.test_harness import fail_verbs
from tools.checks import history


def shown(cloud: LittleCloud, id: str) -> list[str]:
    """As users see them, the first first."""
    (port,) = cloud.database.read(lambda tx: ports.of_instances(tx, [id])[id])
    return [address["address"] for address in port["addresses"]]


def held(cloud: LittleCloud, id: str) -> set[str]:
    sql = "SELECT a.address FROM addresses a JOIN ports p ON p.id = a.port_id WHERE p.instance_id = :id"
    with cloud.database.engine.connect() as connection:
        return set(connection.execute(sa.text(sql), {"id": id}).scalars())


def told(cloud: LittleCloud, id: str) -> list[str]:
    """As its host has them, the first first."""
    lines = World(cloud.path / "world", "network").replay(cloud.row("instances", id)["host"])
    last = [line["asked"][2:] for line in lines if line["effect"] == "plug" and line["instance"] == id]
    return last[-1]


def more(cloud: LittleCloud, id: str) -> str:
    """One address more, settled; which it is."""
    fixed_addresses(cloud).add(CTX, id, NETWORK)
    assert cloud.settle()
    return shown(cloud, id)[-1]


def take(cloud: LittleCloud, id: str, address: str) -> None:
    fixed_addresses(cloud).remove(CTX, id, address)


def well(cloud: LittleCloud) -> bool:
    return cloud.wrongs() == [] and history.wrongs(cloud.path / "world") == []


def test_the_first_stays_the_first(cloud, id):
    """Whatever their numbers are: it is what DHCP gives, and what EC2 calls primary."""
    (first,) = shown(cloud, id)
    others = [more(cloud, id) for _ in range(4)]
    assert shown(cloud, id) == told(cloud, id) == [first, *others]
    take(cloud, id, others[1])
    assert shown(cloud, id) == [first, others[0], *others[2:]] and others[1] in held(cloud, id)
    assert cloud.settle()
    assert shown(cloud, id) == told(cloud, id) == [first, others[0], *others[2:]]
    assert others[1] not in held(cloud, id)
    take(cloud, id, first)
    assert cloud.settle()
    assert shown(cloud, id) == told(cloud, id) == [others[0], *others[2:]]
    assert cloud.row("instances", id)["state"] == "active" and well(cloud)


@pytest.mark.parametrize("rounds", range(5))
def test_a_change_of_mind_takes_over(cloud, id, rounds):
    first, second = *shown(cloud, id), more(cloud, id)
    take(cloud, id, second)
    cloud.settle(rounds=rounds)
    fixed_addresses(cloud).add(CTX, id, NETWORK)
    take(cloud, id, first)
    assert cloud.settle()
    assert shown(cloud, id) == told(cloud, id) and first not in shown(cloud, id) and len(shown(cloud, id)) == 1
    assert held(cloud, id) == set(shown(cloud, id)) and well(cloud)


def test_nobody_gets_what_a_host_still_uses(cloud, id):
    """A network of three addresses: the third is taken away, and given to another when the host has let go of it."""
    first = cloud.one("SELECT number FROM addresses")
    with cloud.database.engine.begin() as connection:
        connection.execute(sa.text(f"UPDATE subnets SET first = {first - 1}, last = {first + 1}, gateway = NULL"))
    second, third = more(cloud, id), more(cloud, id)
    assert {int(each.rpartition(".")[2]) for each in (second, third)} == {(first - 1) % 256, (first + 1) % 256}
    with pytest.raises(Conflict) as caught:
        fixed_addresses(cloud).add(CTX, id, NETWORK)
    assert caught.value.facts["code"] == "no_more_addresses"
    cloud.cut.add(cloud.row("instances", id)["host"])
    take(cloud, id, third)
    cloud.let_pass(20.0)
    assert third not in shown(cloud, id)
    with pytest.raises(Conflict):
        boot(cloud)
    cloud.bring_back(cloud.row("instances", id)["host"])
    assert cloud.settle()
    other = boot(cloud)
    assert cloud.settle()
    assert shown(cloud, other) == told(cloud, other) == [third] and well(cloud)


def test_it_would_be_seen_if_others_got_it_too_early(cloud, id, monkeypatch):
    """The rule off: what is taken away is free at once, while its host has not heard of it."""
    monkeypatch.setattr(leaving, "mark", free_at_once)
    (number,) = [int(text.rpartition(".")[2]) for text in shown(cloud, id)]
    with cloud.database.engine.begin() as connection:
        limits = f"first = {(10 << 24) + number}, last = {(10 << 24) + number + 1}, gateway = NULL"
        connection.execute(sa.text(f"UPDATE subnets SET {limits}"))
    second = more(cloud, id)
    cloud.cut.add(cloud.row("instances", id)["host"])
    full(cloud, id)
    take(cloud, id, second)
    other = boot(cloud)
    cloud.let_pass(20.0)
    assert shown(cloud, other) == told(cloud, other) == [second]
    (wrong,) = history.wrongs(cloud.path / "world")
    assert wrong.startswith(f"{second} was plugged for port")
    assert f"uses {second} on {cloud.row('instances', id)['host']}, which is not held for it" in "".join(cloud.wrongs())


def free_at_once(tx, port_id: str, address: str) -> bool:
    here = (table.c.port_id == port_id, table.c.address == address)
    return tx.execute(sa.delete(table).where(*here)).rowcount > 0


def test_what_is_not_there_is_not_taken(cloud, id):
    (first,) = shown(cloud, id)
    other = boot(cloud)
    assert cloud.settle()
    for address in ("10.0.0.1", shown(cloud, other)[0], "no address", "2001:db8::1"):
        with pytest.raises(Invalid):
            take(cloud, id, address)
    for network in ("no network", "99999999-3333-4333-8333-333333333333"):
        with pytest.raises(NotFound):
            fixed_addresses(cloud).add(CTX, id, network)
    second = more(cloud, id)
    cloud.cut.add(cloud.row("instances", id)["host"])
    take(cloud, id, second)
    with pytest.raises(Invalid):
        take(cloud, id, second)  # on its way already
    assert shown(cloud, id) == [first]


def test_a_port_has_not_more_than_hosts_are_told_of(cloud, id, monkeypatch):
    from nova_like.services import fixed_addresses as service

    monkeypatch.setattr(service, "MOST", 3)
    more(cloud, id)
    third = more(cloud, id)
    with pytest.raises(Invalid):
        more(cloud, id)
    cloud.cut.add(cloud.row("instances", id)["host"])
    take(cloud, id, third)
    with pytest.raises(Invalid):  # what leaves counts until it is gone
        more(cloud, id)
    cloud.bring_back(cloud.row("instances", id)["host"])
    assert cloud.settle()
    assert len({*shown(cloud, id), more(cloud, id)}) == 3 and well(cloud)


def test_nothing_is_changed_while_something_else_is_done(cloud, id):
    instances(cloud).reboot(CTX, id)
    with pytest.raises(Conflict):
        fixed_addresses(cloud).add(CTX, id, NETWORK)
    with pytest.raises(Conflict):
        take(cloud, id, shown(cloud, id)[0])
    assert cloud.settle()
    assert len(shown(cloud, id)) == len(held(cloud, id)) == 1


def test_the_last_one_may_go_and_another_come(cloud, id):
    take(cloud, id, *shown(cloud, id))
    assert cloud.settle()
    assert (shown(cloud, id), told(cloud, id), held(cloud, id)) == ([], [], set())
    assert more(cloud, id) and len(told(cloud, id)) == 1 and well(cloud)


def test_what_a_host_refused_to_hear_is_told_again(cloud, id, monkeypatch):
    """For good, or so it says: it is asked again by the clock, and nothing is free before it has heard."""
    second, refusing = more(cloud, id), [True]
    fail_for_good(monkeypatch, "replug", refusing)
    take(cloud, id, second)
    assert cloud.settle()
    assert second in held(cloud, id) and second in told(cloud, id) and second not in shown(cloud, id)
    assert cloud.wrongs() == [f"address {second} is leaving {id}, and nobody is at it"]
    refusing.clear()
    cloud.let_pass(60.0)
    assert cloud.settle()
    assert (second in held(cloud, id), second in told(cloud, id)) == (False, False)
    assert cloud.mending.counters["retold"] >= 1 and well(cloud)


def fail_for_good(monkeypatch, step: str, while_there: list[bool]) -> None:
    from nova_like.model.errors import HostFailure

    run = Agent._run

    def failing(self, work):
        if work.order.step == step and while_there:

            def raising(work, **payload):
                raise HostFailure("told to fail", retry=False)

            work.verb = raising
        return run(self, work)

    monkeypatch.setattr(Agent, "_run", failing)


def test_a_host_that_fails_once_is_asked_once_more(cloud, id, monkeypatch):
    second = more(cloud, id)
    fail_verbs(monkeypatch, {("replug", False)})
    take(cloud, id, second)
    assert cloud.settle()
    assert second not in held(cloud, id) | set(told(cloud, id)) and cloud.mending.counters["retold"] == 0


def test_what_the_host_was_told_of_is_not_free(cloud, id, monkeypatch):
    """A scheduler of an earlier release sends the order, and one of this release takes the answer in."""
    second = more(cloud, id)
    before = cloud.database.read(lambda tx: port_orders.orders(tx, id))
    monkeypatch.setattr(port_orders, "orders", lambda tx, id, rules=True: before)
    take(cloud, id, second)
    assert cloud.settle()
    assert second in held(cloud, id) and second in told(cloud, id) and second not in shown(cloud, id)
    monkeypatch.undo()
    cloud.let_pass(60.0)
    assert cloud.settle()
    assert second not in held(cloud, id) | set(told(cloud, id)) and well(cloud)


@pytest.mark.parametrize("rounds", range(4))
def test_a_delete_ends_it(cloud, id, rounds):
    second = more(cloud, id)
    take(cloud, id, second)
    cloud.settle(rounds=rounds)
    instances(cloud).delete(CTX, id)
    with pytest.raises(Conflict):
        fixed_addresses(cloud).add(CTX, id, NETWORK)
    assert cloud.settle()
    assert cloud.row("instances", id)["state"] == "deleted" and held(cloud, id) == set() and well(cloud)


def test_a_tombstone_holds_what_was_leaving(cloud, id):
    """Deleted while its host is away: that may still use it, and so nobody else may."""
    second, host = more(cloud, id), cloud.row("instances", id)["host"]
    cloud.cut_off(host)
    take(cloud, id, second)
    instances(cloud).delete(CTX, id)
    cloud.let_pass(4.0)
    assert cloud.row("instances", id)["state"] == "deleted" and second in held(cloud, id)
    cloud.bring_back(host)
    assert cloud.settle()
    assert held(cloud, id) == set() and well(cloud)


def test_a_host_that_is_back_lets_go(cloud, id):
    second, host = more(cloud, id), cloud.row("instances", id)["host"]
    cloud.cut_off(host)
    take(cloud, id, second)
    cloud.let_pass(700.0)
    assert second in held(cloud, id) and second not in shown(cloud, id)
    cloud.bring_back(host)
    assert cloud.settle()
    assert second not in held(cloud, id) and told(cloud, id) == shown(cloud, id) and well(cloud)


def test_evacuated_while_its_host_should_be_told(cloud, id):
    """It comes up elsewhere without the address, which is free then: the flow that waits for a dead host ends."""
    (first,), second = shown(cloud, id), more(cloud, id)
    host = cloud.row("instances", id)["host"]
    cloud.cut_off(host)
    take(cloud, id, second)
    cloud.let_pass(20.0)
    cloud.database.transact(lambda tx: fence(tx, host, 75.0))
    evacuating(cloud).evacuate(CTX, id)
    cloud.let_pass(60.0)
    assert cloud.row("instances", id)["host"] != host and told(cloud, id) == shown(cloud, id) == [first]
    assert second not in held(cloud, id)
    evacuated = cloud.database.read(lambda tx: tombstones.on_host(tx, host))
    assert [stone["kind"] for stone in evacuated] == [tombstones.EVACUATED]
    cloud.bring_back(host)
    cloud.let_pass(150.0)
    assert cloud.settle() and cloud.wrongs() == []


def test_a_tombstone_of_the_living_holds_it(cloud, id):
    """Whatever left it: as long as some host may have the port, the address is not free; then it is, by the clock."""
    second, stone = more(cloud, id), {"id": "5" * 36, "kind": "instance", "resource_id": id, "project_id": "p",
                                      "host_kind": "compute", "host": "h9", "generation": 1, "facts": {},
                                      "claimed": False}  # fmt: skip
    cloud.database.transact(lambda tx: tombstones.insert(tx, stone))
    take(cloud, id, second)
    cloud.let_pass(20.0)
    assert second in held(cloud, id) and second not in set(shown(cloud, id)) | set(told(cloud, id))
    cloud.database.transact(lambda tx: tombstones.remove(tx, stone["id"]))
    cloud.let_pass(60.0)
    assert cloud.settle() and second not in held(cloud, id) and cloud.wrongs() == []


def test_moved_with_what_it_has(cloud, id):
    (first,), second, third = shown(cloud, id), more(cloud, id), more(cloud, id)
    take(cloud, id, second)
    assert cloud.settle()
    migrate(cloud, id)
    assert cloud.settle()
    assert told(cloud, id) == shown(cloud, id) == [first, third]
    take(cloud, id, first)  # while its user has not said whether it stays there
    assert cloud.settle()
    assert told(cloud, id) == [third] and first not in held(cloud, id)
    resizing(cloud).revert(CTX, id)
    assert cloud.settle()
    assert told(cloud, id) == shown(cloud, id) == [third]
    assert cloud.wrongs() == []


def test_on_no_host_it_is_free_at_once(cloud, id):
    (first,), second = shown(cloud, id), more(cloud, id)
    shelve(cloud, id)
    assert cloud.settle() and cloud.row("instances", id)["host"] is None
    take(cloud, id, second)
    assert held(cloud, id) == {first} and cloud.bus == []
    fixed_addresses(cloud).add(CTX, id, NETWORK)
    third = shown(cloud, id)[-1]
    shelving(cloud).unshelve(CTX, id)
    assert cloud.settle()
    assert told(cloud, id) == shown(cloud, id) == [first, third] and well(cloud)


def test_what_counts_as_used_is_what_is_held(cloud, id):
    subnet = cloud.one("SELECT id FROM subnets")
    second = more(cloud, id)
    cloud.cut.add(cloud.row("instances", id)["host"])
    take(cloud, id, second)
    assert cloud.database.read(lambda tx: addresses.used(tx, [subnet])) == {subnet: 2}


def test_evacuation_takes_over_nothing_but_that(cloud, id):
    host = cloud.row("instances", id)["host"]
    cloud.cut_off(host)
    instances(cloud).reboot(CTX, id)
    cloud.database.transact(lambda tx: fence(tx, host, 75.0))
    with pytest.raises(Conflict):
        evacuate(cloud, id)
