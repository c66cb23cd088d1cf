"""Two at once, on PostgreSQL: neither sees what the other has not committed, and it ends well all the same."""

import contextlib
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from nova_like import concurrency
from nova_like.db import audit, flows, groups, tombstones
from nova_like.db import instances as instance_rows
from nova_like.flows import fencing
from nova_like.model.commands import BootInstances
from nova_like.model.errors import Conflict, Invalid, Unavailable
from nova_like.scheduler.daemon import Flows
from nova_like.services.volumes import Volumes
from tests.flows.cloud import CTX, IMAGE, PROJECT, USER, LittleCloud
from tests.flows.scenarios import Allowing, Quotas, attachments, boot, instances, volume

pytestmark = pytest.mark.root
MEET_SECONDS = 3.0  # one that waits for the other's lock never comes to the meeting


def _met(real: Callable[..., Any], meeting: threading.Barrier) -> Callable[..., Any]:
    """The same, but each thread's first call returns when the other's has been made, too."""
    seen = threading.local()

    def both(*arguments: Any) -> Any:
        found = real(*arguments)
        if not getattr(seen, "once", False):
            seen.once = True
            try:
                meeting.wait(MEET_SECONDS)
            except threading.BrokenBarrierError:
                pass
        return found

    return both


def _at_once(*works: Callable[[], Any]) -> list[BaseException]:
    """Run each in its thread; what they raised."""
    raised: list[BaseException] = []

    def run(work: Callable[[], Any]) -> None:
        try:
            work()
        except Exception as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def _rows(cloud: LittleCloud, table: str) -> int:
    with cloud.database.engine.connect() as connection:
        return int(connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one())


def _kinds(cloud: LittleCloud, id: str) -> list[tuple[str, str]]:
    return sorted((flow["kind"], flow["state"]) for flow in cloud.database.read(lambda tx: flows.history(tx, id)))


def test_two_deletes_of_one_instance(cloud: LittleCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    id = boot(cloud)
    assert cloud.settle()
    monkeypatch.setattr(flows, "live_of", _met(flows.live_of, threading.Barrier(2)))
    assert _at_once(*[lambda: instances(cloud).delete(CTX, id)] * 2) == []
    assert cloud.settle(rounds=40)
    assert _kinds(cloud, id) == [("boot", "done"), ("delete", "done")]
    assert (cloud.row("instances", id)["state"], _rows(cloud, "locks"), cloud.wrongs()) == ("deleted", 0, [])


def test_two_deletes_of_one_volume(cloud: LittleCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    id = volume(cloud)
    monkeypatch.setattr(flows, "live_of", _met(flows.live_of, threading.Barrier(2)))
    service = Volumes(cloud.database, Allowing(), Quotas(), cloud.starter)
    assert _at_once(*[lambda: service.delete(CTX, id)] * 2) == []
    assert cloud.settle(rounds=40)
    assert _kinds(cloud, id) == [("volume_create", "done"), ("volume_delete", "done")]
    assert (_rows(cloud, "locks"), cloud.wrongs()) == (0, [])


def test_two_clear_one_fenced_host(cloud: LittleCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    id = boot(cloud)
    assert cloud.settle()
    host = cloud.row("instances", id)["host"]
    cloud.cut.add(host)
    with cloud.database.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE hosts SET forced = 'down' WHERE name = '{host}'")
    cloud.engine.agents.forget()
    instances(cloud).delete(CTX, id)
    cloud.let_pass(8.0)
    assert len(cloud.database.read(lambda tx: tombstones.on_host(tx, host))) == 1
    monkeypatch.setattr(tombstones, "on_host", _met(tombstones.on_host, threading.Barrier(2)))
    assert _at_once(*[lambda: cloud.database.transact(lambda tx: fencing.clear(tx, host))] * 2) == []
    assert cloud.database.transact(audit.discrepancies) == []


def test_two_of_an_anti_affinity_group_choose_one_after_the_other(
    cloud: LittleCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """W8: with one host left, one of them finds no place, though both were asked at the same moment."""
    cloud.database.transact(lambda tx: tx.execute(sa.text("UPDATE hosts SET enabled = false WHERE name = 'h2'")))
    group = {"id": concurrency.new_id(), "project_id": PROJECT, "user_id": USER, "name": "g", "policy": "anti-affinity"}
    cloud.database.transact(lambda tx: groups.insert(tx, group))
    command = BootInstances("vm", "1", IMAGE, min_count=2, max_count=2, group_id=str(group["id"]))
    ids = [row["id"] for row in instances(cloud).boot(CTX, command)]
    parcels, cloud.bus = [[flow] for parcel in cloud.bus for flow in parcel.arguments["flows"]], []
    monkeypatch.setattr(instance_rows, "of_groups", _met(instance_rows.of_groups, threading.Barrier(2)))
    wake = Flows(cloud.engine, cloud.listening).wake
    assert _at_once(*[lambda flow=flow: wake(CTX, flow) for flow in parcels]) == []
    assert cloud.settle(rounds=40)
    hosts = [cloud.row("instances", id)["host"] for id in ids]
    assert sorted(hosts, key=str) == [None, "h1"] and cloud.wrongs() == []


def test_a_snapshot_is_of_one_moment_and_changes_nothing(cloud: LittleCloud) -> None:
    id = boot(cloud)
    before = cloud.database.read(lambda tx: flows.of_resources(tx, [id]))
    with cloud.database.snapshot() as tx:
        assert (instance_rows.get(tx, id, None) or {})["state"] == "building"
        assert cloud.settle()
        assert flows.of_resources(tx, [id]) == before
        assert (instance_rows.get(tx, id, None) or {})["state"] == "building"
        with pytest.raises(sa.exc.InternalError, match="read-only"):
            instance_rows.touch(tx, [id])
    with cloud.database.snapshot() as tx:
        assert flows.of_resources(tx, [id]) == {} and (instance_rows.get(tx, id, None) or {})["state"] == "active"
    cloud.database.transact(lambda tx: instance_rows.touch(tx, [id]))


RACERS = 64


def _insist(cloud: LittleCloud, server: str, wanted: str) -> None:
    """Attach, however long one has to wait for a connection or a lock on a busy machine."""
    while True:
        with contextlib.suppress(Unavailable):
            attachments(cloud).attach(CTX, server, wanted)
            return


def test_one_of_many_gets_a_volume(cloud: LittleCloud) -> None:
    """W7: 64 ask at once, for two instances; one gets it, all others are told that it is another's."""
    wanted, servers = volume(cloud), [boot(cloud), boot(cloud)]
    assert cloud.settle()
    raised = _at_once(*(partial(_insist, cloud, servers[number % 2], wanted) for number in range(RACERS)))
    assert len(raised) == RACERS - 1 and {type(error) for error in raised} == {Conflict}, raised
    assert _rows(cloud, "attachments") == 1
    assert cloud.settle()
    assert cloud.wrongs() == []


def test_an_attach_ends_while_the_next_is_asked_for(cloud: LittleCloud) -> None:
    """Requests and flows hold an instance before its volumes: they wait for one another, and neither for ever."""
    first, second, id = volume(cloud), volume(cloud), boot(cloud)
    assert cloud.settle()
    attachments(cloud).attach(CTX, id, first)

    def ask() -> None:
        for _ in range(20):
            for wanted in (second, first):
                with contextlib.suppress(Conflict, Invalid):
                    _insist(cloud, id, wanted)

    def settle() -> None:
        with contextlib.suppress(Unavailable):
            cloud.settle()

    assert _at_once(ask, ask, settle) == []
    assert cloud.settle()
    assert cloud.wrongs() == []
