"""Hosts that are away: the user is rid of his instance, nobody gets what it holds, and the host is purged later."""

import pytest

from nova_like import concurrency
from nova_like.db import audit, flows, hosts, quotas, tombstones
from nova_like.flows.fencing import fence
from nova_like.model.orders import HostReport
from tests.flows.cloud import CTX, LittleCloud
from tests.flows.scenarios import boot, instances


def _active(cloud: LittleCloud) -> tuple[str, str]:
    id = boot(cloud)
    assert cloud.settle()
    return id, cloud.row("instances", id)["host"]


def _left(cloud: LittleCloud, host: str) -> list[dict]:
    return cloud.database.read(lambda tx: tombstones.on_host(tx, host))


def _addresses(cloud: LittleCloud) -> list[str]:
    with cloud.database.engine.connect() as connection:
        return [row[0] for row in connection.exec_driver_sql("SELECT address FROM addresses ORDER BY number")]


def _used(cloud: LittleCloud) -> dict[str, int]:
    return cloud.database.read(lambda tx: quotas.usages(tx, CTX.project_id))


def _host(cloud: LittleCloud, name: str) -> dict:
    return cloud.database.read(lambda tx: hosts.by_name(tx, "compute", name))


def _disagreements(cloud: LittleCloud) -> list[str]:
    return cloud.database.transact(audit.discrepancies)


def test_w4_a_delete_on_a_host_that_is_away(cloud: LittleCloud) -> None:
    """Deleted and quota back at once; claim, address and MAC held until the host is back; purged within 10 s then."""
    id, host = _active(cloud)
    held = _addresses(cloud)
    cloud.cut_off(host)
    instances(cloud).delete(CTX, id)
    cloud.let_pass(4.0)
    assert cloud.row("instances", id)["state"] == "deleted"
    assert [_used(cloud)[name] for name in ("instances", "cores", "ram")] == [0, 0, 0]
    assert (len(_left(cloud, host)), _host(cloud, host)["instances"], _addresses(cloud)) == (1, 1, held)
    assert _disagreements(cloud) == []
    cloud.let_pass(600.0)
    assert (len(_left(cloud, host)), _addresses(cloud)) == (1, held)
    cloud.bring_back(host)
    cloud.let_pass(10.0)
    assert (_left(cloud, host), _host(cloud, host)["instances"], _addresses(cloud)) == ([], 0, [])
    assert (cloud.wrongs(), _disagreements(cloud)) == ([], [])


def test_nobody_else_gets_the_address_meanwhile(cloud: LittleCloud) -> None:
    id, host = _active(cloud)
    held = set(_addresses(cloud))
    cloud.cut_off(host)
    instances(cloud).delete(CTX, id)
    for _ in range(3):
        boot(cloud)
    cloud.let_pass(20.0)
    assert held < set(_addresses(cloud))
    assert len(_addresses(cloud)) == 4
    cloud.bring_back(host)
    assert cloud.settle()
    assert (len(_addresses(cloud)), cloud.wrongs()) == (3, [])


def test_a_delete_whose_host_goes_silent_becomes_a_tombstone(cloud: LittleCloud) -> None:
    id, host = _active(cloud)
    cloud.cut.add(host)
    instances(cloud).delete(CTX, id)
    cloud.let_pass(20.0)
    assert cloud.row("instances", id)["state"] == "active"  # it was heard of lately: it may answer any moment
    cloud.let_pass(100.0)
    assert (cloud.row("instances", id)["state"], len(_left(cloud, host))) == ("deleted", 1)
    cloud.bring_back(host)
    cloud.let_pass(10.0)
    assert (cloud.wrongs(), _left(cloud, host)) == ([], [])


def test_a_host_that_an_operator_says_is_down(cloud: LittleCloud) -> None:
    """It is heard of still; nobody waits for it, and it is asked to purge all the same."""
    id, host = _active(cloud)
    cloud.database.transact(lambda tx: hosts.force(tx, host, "down"))
    cloud.let_pass(4.0)
    cloud.cut.add(host)
    instances(cloud).delete(CTX, id)
    cloud.let_pass(4.0)
    assert (cloud.row("instances", id)["state"], len(_left(cloud, host))) == ("deleted", 1)
    cloud.cut.discard(host)
    assert cloud.settle()
    assert (cloud.wrongs(), _left(cloud, host)) == ([], [])


def test_a_power_order_that_waits_for_an_away_host_does_not_hold_a_delete(cloud: LittleCloud) -> None:
    id, host = _active(cloud)
    cloud.cut_off(host)
    instances(cloud).stop(CTX, id)
    cloud.let_pass(30.0)
    instances(cloud).delete(CTX, id)
    cloud.let_pass(4.0)
    assert cloud.row("instances", id)["state"] == "deleted"
    cloud.bring_back(host)
    assert cloud.settle()
    assert cloud.wrongs() == []


@pytest.mark.parametrize("lost", ["network", "compute"])
def test_a_boot_that_is_deleted_while_its_host_is_away(cloud: LittleCloud, lost: str) -> None:
    """Nothing waits for the undo: a tombstone does. `lost` is whom no order reaches."""
    id = boot(cloud)
    for _ in range(4):
        cloud.settle(lambda bus: [parcel for parcel in bus if parcel.to != lost], rounds=1)
    host = cloud.row("instances", id)["host"]
    cloud.cut_off(host, 40.0)
    instances(cloud).delete(CTX, id)
    cloud.let_pass(60.0)
    row = cloud.row("instances", id)
    assert (row["state"], row["host"], len(_left(cloud, host))) == ("deleted", None, 1)
    assert (len(_addresses(cloud)), _disagreements(cloud)) == (1, [])
    cloud.bring_back(host)
    cloud.let_pass(10.0)
    assert (_left(cloud, host), _addresses(cloud), cloud.wrongs()) == ([], [], [])


def test_sends_to_a_silent_host_are_few(cloud: LittleCloud) -> None:
    id, host = _active(cloud)
    cloud.cut_off(host)
    instances(cloud).delete(CTX, id)
    cloud.let_pass(3600.0)
    (stone,) = _left(cloud, host)
    (flow,) = cloud.database.read(lambda tx: flows.history(tx, stone["id"]))
    assert flow["attempts"] <= 61
    assert not [line for line in cloud.log if "destroy" in line]


@pytest.mark.parametrize("hello", [True, False], ids=["hello", "report only"])
def test_a_host_that_comes_back_is_asked_at_once(cloud: LittleCloud, hello: bool) -> None:
    """Also when its agent never noticed that it was away: the first report tells."""
    id, host = _active(cloud)
    cloud.cut_off(host)
    instances(cloud).delete(CTX, id)
    cloud.let_pass(100.0)
    cloud.cut.discard(host)
    if hello:
        cloud.bring_back(host)
    else:
        cloud.report()
    cloud.let_pass(10.0)
    assert (_left(cloud, host), cloud.wrongs()) == ([], [])


def test_a_report_of_before_a_power_order_changes_nothing(cloud: LittleCloud) -> None:
    """Taken while the guest ran, read after the stop was answered."""
    id, host = _active(cloud)
    cloud.report()
    early = [parcel for parcel in cloud.bus if parcel.method == "hosts"]
    cloud.bus = []
    instances(cloud).stop(CTX, id)
    assert cloud.settle()
    assert cloud.row("instances", id)["state"] == "stopped"
    cloud.start_scheduler()  # one that has no memory of other reports
    for parcel in early:
        cloud.deliver(parcel)
    cloud.reports.flush()
    assert cloud.row("instances", id)["state"] == "stopped"
    # the agent goes on, and what it says next counts
    cloud.agents["compute"]._hosts[host].power.start(id, "by hand")
    cloud.report()
    assert cloud.settle()
    assert cloud.row("instances", id)["state"] == "active"


def test_a_report_of_a_new_agent_process_counts(cloud: LittleCloud) -> None:
    """It knows of no order, which another process carried out: of an instance at which nothing was done for a while."""
    id, host = _active(cloud)
    cloud.let_pass(60.0)
    cloud.agents["compute"]._hosts[host].power.stop(id, "by hand")
    cloud.start_agent("compute")
    assert cloud.settle()
    cloud.let_pass(4.0)
    assert cloud.row("instances", id)["state"] == "stopped"


def test_an_older_report_of_the_same_process_is_dropped(cloud: LittleCloud) -> None:
    for number in (7, 6):
        report = HostReport("compute", "h1", "a-host", "b", number=number, facts={"number": number})
        cloud.reports.hosts(CTX, [report], sender="a-host")
    cloud.reports.flush()
    assert (_host(cloud, "h1")["facts"], cloud.reports.counters["late"]) == ({"number": 7}, 1)


def test_a_fenced_host_holds_nothing(cloud: LittleCloud) -> None:
    """Its tombstones are released; what is deleted on it later leaves none."""
    (first, host), (second, _) = _active(cloud), _active(cloud)
    with cloud.database.engine.begin() as connection:
        on_other = connection.exec_driver_sql("SELECT count(*) FROM instances WHERE host <> ?", (host,)).scalar()
    cloud.cut_off(host)
    cloud.cut_off("h2" if host == "h1" else "h1")
    instances(cloud).delete(CTX, first)
    cloud.let_pass(4.0)
    released = cloud.database.transact(lambda tx: fence(tx, host, 75.0))
    assert ([stone["resource_id"] for stone in released], len(_addresses(cloud))) == ([first], 1)
    instances(cloud).delete(CTX, second)
    cloud.let_pass(4.0)
    assert (cloud.row("instances", second)["state"], len(_addresses(cloud))) == ("deleted", on_other)
    assert _disagreements(cloud) == []


def test_a_fenced_host_is_still_asked_for_what_lives_elsewhere_now(cloud: LittleCloud) -> None:
    """Its tombstone holds nothing any more, and nobody else would ask (seed 763: a port was plugged there for ever)."""
    id, host = _active(cloud)
    cloud.cut_off(host)
    stone = {"id": concurrency.new_id(), "kind": "instance", "resource_id": id, "project_id": CTX.project_id,
             "host_kind": "compute", "host": host, "generation": 2, "facts": {}, "vcpus": 1, "ram_mib": 1,
             "disk_gib": 1, "claimed": False}  # fmt: skip
    cloud.database.transact(lambda tx: tombstones.insert(tx, stone))
    cloud.database.transact(lambda tx: fence(tx, host, 75.0))
    (left,) = cloud.database.read(lambda tx: tombstones.of_resource(tx, id))
    assert (left["kind"], left["host"], left["vcpus"], left["claimed"]) == ("evacuated", host, 0, False)


def test_a_drained_host_gets_no_new_work_and_ends_what_it_has(cloud: LittleCloud) -> None:
    id = boot(cloud)
    cloud.settle(lambda bus: [parcel for parcel in bus if parcel.to != "compute"], rounds=2)
    host = cloud.row("instances", id)["host"]
    cloud.database.transact(lambda tx: hosts.switch(tx, host, False, "maintenance"))
    others = [boot(cloud) for _ in range(4)]
    assert cloud.settle()
    assert cloud.row("instances", id)["state"] == "active"
    assert {cloud.row("instances", other)["host"] for other in others}.isdisjoint({host})
