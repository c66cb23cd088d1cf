"""What is where it should not be: late guests of deleted instances go, unknown ones are only shown, leaks go."""

import pytest
import sqlalchemy as sa

from nova_like import concurrency
from nova_like.db import flows, hosts, locks, tombstones
from nova_like.model.orders import Guest, HostReport
from nova_like.scheduler.mending import Mending
from nova_like.scheduler.presence import Presence
from nova_like.virt.base import RUNNING
from tests.flows.cloud import CTX, LittleCloud
from tests.flows.scenarios import boot, instances


def _deleted(cloud: LittleCloud) -> str:
    id = boot(cloud)
    assert cloud.settle()
    instances(cloud).delete(CTX, id)
    assert cloud.settle()
    return id


def _guest_appears(cloud: LittleCloud, id: str, host: str = "h1") -> None:
    """As a host has it that came back with an old disk, or that carried out what nobody ordered."""
    hypervisor = cloud.agents["compute"]._hosts[host]
    guest = Guest(id, "late", 1, 512, 1)
    hypervisor.disks.prepare(guest, None, None, "")
    hypervisor.power.define(guest, "")
    hypervisor.power.start(id, "")


def _power(cloud: LittleCloud, id: str, host: str = "h1") -> str | None:
    return cloud.agents["compute"]._hosts[host].power.state(id)


def test_a_late_guest_of_a_deleted_instance_is_purged(cloud: LittleCloud) -> None:
    id = _deleted(cloud)
    cloud.let_pass(60.0)
    _guest_appears(cloud, id)
    cloud.let_pass(180.0)
    assert (_power(cloud, id), cloud.mending.counters["late"], cloud.wrongs()) == (None, 1, [])


def test_late_ports_of_a_deleted_instance_are_unplugged(cloud: LittleCloud) -> None:
    from nova_like.model.orders import GuestMetadata, Network, Plug, Port

    id = _deleted(cloud)
    port = Port(concurrency.new_id(), "fa:16:3e:00:00:01", Network("n"))
    cloud.agents["network"]._datapath.plug("h2", Plug(id, (port,), GuestMetadata(id, "p", "n", "n")))
    cloud.let_pass(180.0)
    assert (cloud.agents["network"]._datapath.ports("h2"), cloud.wrongs()) == (set(), [])


def test_a_report_of_before_the_delete_purges_nothing(cloud: LittleCloud) -> None:
    """What was told once may be gone by now: only what is told again is late."""
    id = _deleted(cloud)
    cloud.let_pass(100.0)
    _guest_appears(cloud, id)
    cloud.report()
    cloud.settle()
    hypervisor = cloud.agents["compute"]._hosts["h1"]
    hypervisor.power.stop(id, "")
    hypervisor.power.undefine(id, "")
    hypervisor.disks.remove(id)
    cloud.let_pass(120.0)
    assert cloud.mending.counters["late"] == 0


def test_a_guest_that_nobody_knows_is_shown_and_left_alone(cloud: LittleCloud) -> None:
    stranger = concurrency.new_id()
    _guest_appears(cloud, stranger)
    cloud.let_pass(180.0)
    assert (_power(cloud, stranger), cloud.mending.unknown["h1"]) == (RUNNING, 1)
    row = cloud.database.read(lambda tx: hosts.by_name(tx, "compute", "h1"))
    assert row["strangers"] == {"number": 1, "ids": [stranger]}
    cloud.agents["compute"]._hosts["h1"].power.undefine(stranger, "")
    cloud.agents["compute"]._hosts["h1"].disks.remove(stranger)
    cloud.let_pass(90.0)
    assert cloud.database.read(lambda tx: hosts.by_name(tx, "compute", "h1"))["strangers"] is None


def test_a_live_instance_is_never_purged(cloud: LittleCloud) -> None:
    id = boot(cloud)
    assert cloud.settle()
    other = next(host for host in ("h1", "h2") if host != cloud.row("instances", id)["host"])
    _guest_appears(cloud, id, other)
    cloud.let_pass(180.0)
    assert _power(cloud, id, other) == RUNNING
    assert cloud.mending.counters["misplaced"] == 1  # counted once, told of six times


def test_ports_that_a_deleted_instance_left_are_released(cloud: LittleCloud) -> None:
    id = boot(cloud)
    assert cloud.settle()
    with cloud.database.engine.begin() as connection:
        kept = [dict(row) for table in ("ports", "addresses")
                for row in connection.execute(sa.text(f"SELECT * FROM {table}")).mappings()]  # fmt: skip
    instances(cloud).delete(CTX, id)
    assert cloud.settle()
    with cloud.database.engine.begin() as connection:
        for table, row in zip(("ports", "addresses"), kept, strict=True):
            names = ", ".join(row)
            places = ", ".join(f":{name}" for name in row)
            connection.execute(sa.text(f"INSERT INTO {table} ({names}) VALUES ({places})"), row)
    assert cloud.wrongs() != []
    cloud.let_pass(40.0)
    assert (cloud.mending.counters["leaked"], cloud.wrongs()) == (1, [])


def test_a_tombstone_whose_flow_was_lost_gets_another(cloud: LittleCloud) -> None:
    id = boot(cloud)
    assert cloud.settle()
    host = cloud.row("instances", id)["host"]
    cloud.cut_off(host)
    instances(cloud).delete(CTX, id)
    cloud.let_pass(4.0)

    def lose(tx) -> None:
        (stone,) = tombstones.on_host(tx, host)
        for flow in flows.live_of(tx, stone["id"]):
            flows.end(tx, flow, "lost")
            locks.release(tx, flow["id"])

    cloud.database.transact(lose)
    cloud.let_pass(40.0)
    cloud.bring_back(host)
    cloud.let_pass(10.0)
    assert (cloud.mending.counters["forgotten"], cloud.wrongs()) == (1, [])


def test_a_guest_on_a_host_that_was_fenced_wrongly_goes_when_it_is_back(cloud: LittleCloud) -> None:
    from nova_like.flows.fencing import fence

    id = boot(cloud)
    assert cloud.settle()
    host = cloud.row("instances", id)["host"]
    cloud.cut_off(host)
    cloud.database.transact(lambda tx: fence(tx, host, 75.0))
    instances(cloud).delete(CTX, id)
    cloud.let_pass(90.0)
    assert cloud.row("instances", id)["state"] == "deleted"
    assert cloud.database.read(lambda tx: tombstones.on_host(tx, host)) == []
    assert _power(cloud, id, host) == RUNNING
    cloud.bring_back(host)
    cloud.let_pass(150.0)
    assert (_power(cloud, id, host), cloud.wrongs()) == (None, [])


@pytest.mark.parametrize("number", [2, 3, 4])
def test_a_late_guest_goes_also_when_several_schedulers_hear_of_it_in_turn(cloud: LittleCloud, number: int) -> None:
    id = boot(cloud)
    assert cloud.settle()
    host = cloud.row("instances", id)["host"]
    instances(cloud).delete(CTX, id)
    assert cloud.settle()
    cloud.clock.seconds += 100.0
    heard = [Presence() for _ in range(number)]
    menders = [Mending(cloud.database, cloud.engine, one) for one in heard]
    for turn in range(20):  # a report each half minute
        heard[turn % number].take(HostReport("compute", host, "a", "b", powers={id: RUNNING}))
        cloud.clock.seconds += 30.0
        for mender in menders:
            mender.mend()
    assert sum(mender.counters["late"] for mender in menders) >= 1


def test_strangers_that_are_gone_are_shown_no_more_after_a_restart(cloud: LittleCloud) -> None:
    stranger = concurrency.new_id()
    cloud.reports.presence.take(HostReport("compute", "h1", "a", "b", powers={stranger: RUNNING}))
    cloud.mending.mend()
    assert cloud.database.read(hosts.strangers) == {"h1": {"number": 1, "ids": [stranger]}}
    cloud.start_scheduler()
    cloud.reports.presence.take(HostReport("compute", "h1", "a", "b", powers={}))
    cloud.mending.mend()
    assert (cloud.database.read(hosts.strangers), cloud.mending.unknown) == ({}, {"h1": 0})


def test_statements_do_not_grow_with_the_hosts(cloud: LittleCloud) -> None:
    """Of a message about unknown hosts, a flush and a round of mending."""
    counts = []
    for number in (20, 200):
        found = [HostReport("compute", f"x{number}-{index}", "a", concurrency.new_id(), powers={}) for index in
                 range(number)]  # fmt: skip
        seen: list[str] = []
        note = lambda *arguments: seen.append(arguments[2])  # noqa: B023, E731
        sa.event.listen(cloud.database.engine, "before_cursor_execute", note)
        cloud.reports.hosts(CTX, found, sender="a")
        assert cloud.reports.flush() == number
        cloud.mending.mend()
        sa.event.remove(cloud.database.engine, "before_cursor_execute", note)
        counts.append(len(seen))
    assert counts[1] <= counts[0] + 2


def test_the_last_words_of_a_fenced_host_do_not_make_it_live(cloud: LittleCloud) -> None:
    """They waited on the bus. A second report of it, or one of a new process, does."""

    def say(boot_id: str) -> str:
        row = {"kind": "compute", "name": "h1", "address": "a-host", "boot_id": boot_id}
        cloud.database.transact(lambda tx: hosts.upsert(tx, [row]))
        return cloud.database.read(lambda tx: hosts.by_name(tx, "compute", "h1"))["forced"]

    def fence() -> str:
        cloud.clock.seconds += 100.0
        cloud.database.transact(lambda tx: hosts.force(tx, "h1", "fenced"))
        return cloud.database.read(lambda tx: hosts.by_name(tx, "compute", "h1"))["boot_id"]

    boot_id = fence()
    assert [say(boot_id), say(boot_id)] == ["fenced", "fenced"]
    cloud.clock.seconds += 30.0
    assert say(boot_id) == ""
    fence()
    assert say("another") == ""


def test_a_host_whose_address_an_operator_changed_is_heard_before_long(cloud: LittleCloud) -> None:
    report = HostReport("compute", "h1", "moved", concurrency.new_id())
    cloud.reports.hosts(CTX, [report], sender="moved")
    with cloud.database.engine.begin() as connection:
        connection.execute(sa.text("UPDATE hosts SET address = 'moved' WHERE name = 'h1' AND kind = 'compute'"))
    cloud.clock.seconds += 31.0
    cloud.reports.hosts(CTX, [report], sender="moved")
    cloud.reports.flush()
    assert cloud.database.read(lambda tx: hosts.by_name(tx, "compute", "h1"))["boot_id"] == report.boot_id


def test_one_that_cannot_be_mended_keeps_no_other_waiting(cloud: LittleCloud, monkeypatch) -> None:
    from nova_like.db import ports, tombstones
    from nova_like.scheduler import mending

    done: list[str] = []

    def release(tx, instance_id):
        if instance_id == "poisoned":
            raise ZeroDivisionError
        done.append(instance_id)
        return 1

    monkeypatch.setattr(tombstones, "unattended", lambda tx, most: [])
    monkeypatch.setattr(ports, "leaked", lambda tx, most: ["poisoned", "other"])
    monkeypatch.setattr(mending, "_release", release)
    cloud.mending.mend()
    assert (done, cloud.mending.counters["leaked"]) == (["other"], 1)
