"""The controller itself was away: its schedulers, the bus or the database. That counts against no host."""

import pytest
import sqlalchemy as sa

from nova_like.db import hosts, tombstones
from nova_like.flows.boot import PATIENCE_SECONDS
from tests.flows.cloud import CTX, HOSTS, LittleCloud
from tests.flows.scenarios import boot, instances


def _deaf(cloud: LittleCloud) -> list[str]:
    return [row["name"] for row in cloud.database.read(hosts.list_hosts) if row["deaf"]]


def _left(cloud: LittleCloud) -> list[dict]:
    return [
        stone for host in HOSTS for stone in cloud.database.read(lambda tx, name=host: tombstones.on_host(tx, name))
    ]


def _schedulers_away(cloud: LittleCloud, seconds: float) -> None:
    cloud.clock.seconds += seconds
    cloud.start_scheduler()
    for pool in cloud.pools:
        pool.refresh(cloud.database)


def _broker_away(cloud: LittleCloud, seconds: float) -> None:
    """Agents report all the time, and nothing arrives."""
    cloud.broker_away = True
    cloud.let_pass(seconds)
    cloud.broker_away = False


AWAY = pytest.mark.parametrize("away", [_schedulers_away, _broker_away], ids=["schedulers", "broker"])


def _all_cut_off(cloud: LittleCloud) -> None:
    for host in HOSTS:
        cloud.cut_off(host)


def test_a_boot_waits_for_hosts_that_have_all_fallen_silent(cloud: LittleCloud) -> None:
    _all_cut_off(cloud)
    id = boot(cloud)
    cloud.let_pass(PATIENCE_SECONDS - 60.0)
    assert cloud.row("instances", id)["state"] == "building"
    for host in HOSTS:
        cloud.bring_back(host)
    assert cloud.settle()
    assert (cloud.row("instances", id)["state"], cloud.wrongs()) == ("active", [])


def test_it_does_not_wait_for_ever(cloud: LittleCloud) -> None:
    _all_cut_off(cloud)
    id = boot(cloud)
    cloud.let_pass(PATIENCE_SECONDS + 60.0)
    row = cloud.row("instances", id)
    assert (row["state"], row["host"]) == ("error", None) and "No valid host" in row["fault"]


@pytest.mark.parametrize("values", [{"enabled": False}, {"forced": "down"}])
def test_nobody_waits_for_hosts_that_an_operator_took_away(cloud: LittleCloud, values: dict) -> None:
    cloud.database.transact(
        lambda tx: tx.execute(sa.update(hosts.hosts).where(hosts.hosts.c.kind == "compute").values(**values))
    )
    _all_cut_off(cloud)
    id = boot(cloud)
    cloud.let_pass(8.0)
    assert cloud.row("instances", id)["state"] == "error"


@AWAY
@pytest.mark.parametrize("seconds", [90.0, 900.0])
def test_a_boot_of_an_outage_waits_for_the_hosts(cloud: LittleCloud, away, seconds: float) -> None:
    id = boot(cloud)
    cloud.bus.clear()
    away(cloud, seconds)
    cloud.clockwork.sweep()  # before any host was heard
    cloud.reports.hearing.judge()
    assert cloud.row("instances", id)["state"] == "building"
    cloud.report()
    assert cloud.settle()
    assert (cloud.row("instances", id)["state"], cloud.wrongs()) == ("active", [])


@AWAY
def test_deletes_of_an_outage_leave_no_tombstones(cloud: LittleCloud, away) -> None:
    found = [boot(cloud) for _ in range(3)]
    assert cloud.settle()
    for id in found:
        instances(cloud).delete(CTX, id)
    cloud.bus.clear()
    away(cloud, 300.0)
    cloud.clockwork.sweep()
    assert (_left(cloud), {cloud.row("instances", id)["state"] for id in found}) == ([], {"active"})
    cloud.report()
    assert cloud.settle()
    assert (_left(cloud), cloud.wrongs()) == ([], [])
    assert {cloud.row("instances", id)["state"] for id in found} == {"deleted"}


@AWAY
@pytest.mark.parametrize("seconds", [56.0, 70.0, 200.0])
def test_an_outage_makes_nobody_deaf(cloud: LittleCloud, away, seconds: float) -> None:
    """Each host that may be chosen has an order out when it begins, and has reported since."""
    with cloud.database.engine.begin() as connection:
        connection.execute(sa.text("UPDATE hosts SET enabled = 0 WHERE name = 'h1' AND kind = 'compute'"))
    cloud.start_scheduler()
    for pool in cloud.pools:
        pool.refresh(cloud.database)
    found = [boot(cloud) for _ in range(3)]
    cloud.settle(lambda bus: [parcel for parcel in bus if parcel.to == "flows"], rounds=1)
    cloud.report()
    cloud.settle(lambda bus: [parcel for parcel in bus if parcel.to == "reports"], rounds=1)
    away(cloud, seconds)
    cloud.reports.hearing.judge()
    assert _deaf(cloud) == []
    cloud.report()
    assert cloud.settle()
    assert ({cloud.row("instances", id)["state"] for id in found}, _left(cloud)) == ({"active"}, [])


@AWAY
def test_a_host_that_stays_away_after_an_outage_is_found(cloud: LittleCloud, away) -> None:
    """It is not waited for longer than any other; a boot goes where a host was heard."""
    id = boot(cloud)
    assert cloud.settle()
    host = cloud.row("instances", id)["host"]
    cloud.cut.add(host)
    away(cloud, 300.0)
    instances(cloud).delete(CTX, id)
    later = [boot(cloud) for _ in range(4)]
    cloud.report()
    cloud.let_pass(60.0)
    assert (cloud.row("instances", id)["state"], _left(cloud)) == ("active", [])
    assert {cloud.row("instances", one)["state"] for one in later} == {"active"}
    assert host not in {cloud.row("instances", one)["host"] for one in later}
    cloud.let_pass(90.0)
    assert (cloud.row("instances", id)["state"], len(_left(cloud))) == ("deleted", 1)


def test_no_host_at_all_is_said_once_it_is_known(cloud: LittleCloud) -> None:
    cloud.cut |= set(HOSTS)
    _schedulers_away(cloud, 90.0)
    id = boot(cloud)
    cloud.let_pass(50.0)
    assert cloud.row("instances", id)["state"] == "building"
    cloud.let_pass(PATIENCE_SECONDS)
    assert cloud.row("instances", id)["state"] == "error"
