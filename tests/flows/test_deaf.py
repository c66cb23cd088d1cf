"""Hosts that report and do not answer get no new work, and boots that wait for a host that is away go elsewhere."""

import pytest

from nova_like.db import flows, hosts, tombstones
from nova_like.model import wire
from nova_like.model.errors import Unavailable
from nova_like.model.orders import Answer
from nova_like.placement.filters import FILTERS
from nova_like.placement.hosts import Host, Request
from tests.flows.cloud import CTX, LittleCloud
from tests.flows.scenarios import boot, instances


def _host(cloud: LittleCloud, id: str) -> str:
    return cloud.row("instances", id)["host"]


def _marked(cloud: LittleCloud) -> set[tuple[str, str]]:
    return {(row["kind"], row["name"]) for row in cloud.database.read(hosts.list_hosts) if row["deaf"]}


def _left(cloud: LittleCloud, host: str) -> list[dict]:
    return cloud.database.read(lambda tx: tombstones.on_host(tx, host))


def _history(cloud: LittleCloud, id: str) -> list[dict]:
    return cloud.database.read(lambda tx: flows.history(tx, id))


def _working(cloud: LittleCloud, only: str = "compute", method: str = ""):
    """Orders to agents of a kind are answered `working`, and not carried out."""

    def carry(bus):
        busy = [p for p in bus if p.to == only and (not method or p.method == method)]
        for parcel in busy:
            order = parcel.arguments["order"]
            head = {name: order[name] for name in ("flow", "step", "resource", "generation", "host", "boot_id")}
            cloud.reports.answer(CTX, wire.from_wire(Answer, {**head, "state": "working"}), sender="a-host")
        return [parcel for parcel in bus if parcel not in busy]

    return carry


@pytest.mark.parametrize("kind", ["compute", "network"])
def test_r13_no_new_placements_on_a_deaf_host_after_75_seconds(cloud: LittleCloud, kind: str) -> None:
    """It can send and not receive: it reports all the time. It gets work again once it answers."""
    first = boot(cloud)
    assert cloud.settle()
    host = _host(cloud, first)
    cloud.deaf.add((kind, host))
    instances(cloud).delete(CTX, first)
    cloud.let_pass(75.0)
    assert _marked(cloud) == {(kind, host)}
    assert (cloud.row("instances", first)["state"], len(_left(cloud, host))) == ("deleted", 1)
    later = [boot(cloud) for _ in range(4)]
    cloud.let_pass(20.0)
    assert {_host(cloud, id) for id in later}.isdisjoint({host})
    assert {cloud.row("instances", id)["state"] for id in later} == {"active"}
    cloud.deaf.clear()
    cloud.let_pass(30.0)
    assert (_marked(cloud), cloud.settle(), cloud.wrongs()) == (set(), True, [])
    again = [boot(cloud) for _ in range(6)]
    assert cloud.settle()
    assert host in {_host(cloud, id) for id in again}


def test_a_network_agent_is_deaf_though_the_compute_agent_of_its_machine_answers(cloud: LittleCloud) -> None:
    """Both are at one address: only the kind that was asked has answered."""
    busy = boot(cloud)
    assert cloud.settle()
    host = _host(cloud, busy)
    cloud.deaf.add(("network", host))
    stuck = [boot(cloud) for _ in range(3)]
    for _ in range(20):
        if not cloud.database.read(lambda tx: flows.live_of(tx, busy)):
            instances(cloud).reboot(CTX, busy)
        cloud.settle(rounds=1)
    assert _marked(cloud) == {("network", host)}
    cloud.let_pass(30.0)
    later = [boot(cloud) for _ in range(4)]
    cloud.let_pass(20.0)
    assert host not in {_host(cloud, id) for id in stuck + later}
    assert {cloud.row("instances", id)["state"] for id in stuck + later} == {"active"}


def test_who_has_answered_is_written_later_when_the_database_was_away(cloud: LittleCloud) -> None:
    hearing, real = cloud.reports.hearing, cloud.database.transact

    def away(work):
        raise Unavailable("no database")

    hearing.heard("compute", "h1")
    cloud.database.transact = away
    with pytest.raises(Unavailable):
        hearing.judge()
    cloud.database.transact = real
    hearing.judge()
    row = cloud.database.read(lambda tx: hosts.by_name(tx, "compute", "h1"))
    assert row["answered_at"] == cloud.clock.seconds


def test_a_host_that_is_slow_but_says_so_is_not_deaf(cloud: LittleCloud) -> None:
    """`working` is an answer."""
    id = boot(cloud)

    for _ in range(30):
        cloud.settle(_working(cloud), rounds=1)
    assert (_marked(cloud), cloud.row("instances", id)["state"]) == (set(), "building")


def test_one_flow_that_is_not_answered_makes_nobody_deaf_who_answers_others(cloud: LittleCloud) -> None:
    first = boot(cloud)
    assert cloud.settle()
    host = _host(cloud, first)
    stuck = boot(cloud)
    carry = lambda bus: [p for p in bus if p.to != "compute" or p.arguments["order"]["resource"] != stuck]  # noqa: E731
    for _ in range(12):
        cloud.settle(carry, rounds=1)
        if not cloud.database.read(lambda tx: flows.live_of(tx, first)):
            instances(cloud).reboot(CTX, first)
    cloud.settle(carry, rounds=3)
    assert _host(cloud, stuck) != host or _marked(cloud) == set()


def test_a_boot_whose_host_goes_away_before_a_guest_can_be_there_goes_elsewhere(cloud: LittleCloud) -> None:
    id = boot(cloud)
    cloud.settle(lambda bus: [parcel for parcel in bus if parcel.to != "network"], rounds=2)
    host = _host(cloud, id)
    ports = cloud.database.read(lambda tx: _ports(tx, id))
    cloud.cut_off(host, 120.0)
    row = cloud.row("instances", id)
    assert (row["state"], row["host"] != host, len(_left(cloud, host))) == ("active", True, 1)
    assert cloud.database.read(lambda tx: _ports(tx, id)) == ports
    assert [(flow["kind"], flow["state"], flow["args"]) for flow in _history(cloud, id)] == [
        ("boot", "done", {"avoid": [host]}), ("boot", "failed", None)]  # fmt: skip
    cloud.bring_back(host)
    assert cloud.settle()
    assert (_left(cloud, host), cloud.wrongs()) == ([], [])


def _ports(tx, id: str) -> list:
    from nova_like.db import ports

    return [(port["id"], port["mac"], port["addresses"]) for port in ports.of_instances(tx, [id])[id]]


def test_a_boot_whose_guest_may_run_somewhere_is_not_tried_elsewhere(cloud: LittleCloud) -> None:
    """The order to spawn went out, the host went away: a second guest would have the same address. It waits ten
    minutes for the host, then it is in ERROR, and what is left there is a tombstone's matter."""
    id = boot(cloud)
    cloud.settle(lambda bus: [parcel for parcel in bus if parcel.to != "reports" or parcel.by != "compute"
                              or parcel.method != "answer"], rounds=2)  # fmt: skip
    host = _host(cloud, id)
    assert cloud.agents["compute"]._hosts[host].power.state(id) == "running"
    cloud.cut_off(host, 500.0)
    assert cloud.row("instances", id)["state"] == "building"
    cloud.let_pass(200.0)
    row = cloud.row("instances", id)
    assert (row["state"], row["host"], len(_left(cloud, host))) == ("error", None, 1)
    cloud.bring_back(host)
    cloud.let_pass(10.0)
    assert (_left(cloud, host), cloud.wrongs()) == ([], [])


def test_a_boot_waits_for_a_host_that_comes_back_in_time(cloud: LittleCloud) -> None:
    id = boot(cloud)
    cloud.settle(lambda bus: [parcel for parcel in bus if parcel.to != "compute"], rounds=2)
    host = _host(cloud, id)
    cloud.cut_off(host, 200.0)
    cloud.bring_back(host)
    cloud.let_pass(10.0)
    assert (cloud.row("instances", id)["state"], _host(cloud, id), len(_history(cloud, id))) == ("active", host, 1)


def test_a_spawn_that_took_too_long_and_was_undone_goes_elsewhere(cloud: LittleCloud) -> None:
    """Its agent is at it for ever; the destroy is answered, so nothing can run there."""
    id = boot(cloud)
    cloud.settle(_working(cloud, method="spawn"), rounds=3)
    host = _host(cloud, id)
    while _host(cloud, id) == host:
        cloud.settle(_working(cloud, method="spawn"), rounds=1)
    assert cloud.settle()
    assert (cloud.row("instances", id)["state"], _left(cloud, host), cloud.wrongs()) == ("active", [], [])
    assert [flow["args"] for flow in _history(cloud, id)] == [{"avoid": [host]}, None]


def test_a_host_that_was_tried_is_no_candidate() -> None:
    tried, fresh = Host("1", "h1"), Host("2", "h2")
    request = Request(1, 1, 1, avoid=("h1",))
    assert [FILTERS["chosen"](host, request) for host in (tried, fresh)] == [False, True]


def test_a_boot_is_tried_on_three_hosts_at_most(cloud: LittleCloud) -> None:
    """With two hosts: two tries, then ERROR that says so."""
    id = boot(cloud)
    cloud.cut |= {"h1", "h2"}
    cloud.let_pass(400.0)
    row = cloud.row("instances", id)
    assert (row["state"], len(_history(cloud, id)) <= 3) == ("error", True)
    assert "host" in cloud.database.read(lambda tx: _fault(tx, id))["reason"]
    for host in ("h1", "h2"):
        cloud.bring_back(host)
    assert cloud.settle()
    assert cloud.wrongs() == []


def _fault(tx, id: str) -> dict:
    from nova_like.db import instances as rows

    return rows.get(tx, id, None)["fault"]


def test_a_host_whose_network_agent_is_away_gets_no_instance(cloud: LittleCloud) -> None:
    reporter = cloud.reporters["network"]
    reporter.hosts = [host for host in reporter.hosts if host != "h1"]
    cloud.let_pass(90.0)
    found = [boot(cloud) for _ in range(4)]
    assert cloud.settle()
    assert {_host(cloud, id) for id in found} == {"h2"}
