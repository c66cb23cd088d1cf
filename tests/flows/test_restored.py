"""An older database is put back: guests that run stay untouched, those it knows are served again, the rest is shown."""

import sqlite3

from nova_like.flows import restoring
from nova_like.virt.base import RUNNING
from tests.flows.cloud import CTX, LittleCloud
from tests.flows.scenarios import boot, instances


def _backup(cloud: LittleCloud) -> None:
    with sqlite3.connect(cloud.path / "cloud.sqlite") as read, sqlite3.connect(cloud.path / "kept") as written:
        read.backup(written)


def _restore(cloud: LittleCloud) -> int:
    """With all controllers off, and started anew; the agents live on."""
    cloud.database.dispose()
    with sqlite3.connect(cloud.path / "kept") as read, sqlite3.connect(cloud.path / "cloud.sqlite") as written:
        read.backup(written)
    ended = cloud.database.transact(restoring.settle)
    cloud.bus.clear()
    cloud.start_scheduler()
    return ended


def _power(cloud: LittleCloud, id: str) -> set[str | None]:
    return {host.power.state(id) for host in cloud.agents["compute"]._hosts.values()} - {None}


def _effects(cloud: LittleCloud, id: str) -> list[str]:
    return [line for line in cloud.log if "spawn" in line or "destroy" in line]


def test_guests_newer_than_the_backup_run_on_and_are_shown(cloud: LittleCloud) -> None:
    _backup(cloud)
    id = boot(cloud)
    assert cloud.settle() and _power(cloud, id) == {RUNNING}
    assert _restore(cloud) == 0
    cloud.let_pass(600.0)
    assert _power(cloud, id) == {RUNNING}
    assert sum(cloud.mending.unknown.values()) == 1


def test_a_guest_that_it_knows_is_served_though_its_generation_went_on(cloud: LittleCloud) -> None:
    id = boot(cloud)
    assert cloud.settle()
    _backup(cloud)
    for verb in ("stop", "start", "stop", "start"):
        getattr(instances(cloud), verb)(CTX, id)
        assert cloud.settle()
    _restore(cloud)
    instances(cloud).stop(CTX, id)
    assert cloud.settle() and RUNNING not in _power(cloud, id)
    instances(cloud).delete(CTX, id)
    assert cloud.settle() and _power(cloud, id) == set()
    assert cloud.wrongs() == []


def test_a_boot_that_was_under_way_is_ended_and_its_guest_runs_on(cloud: LittleCloud) -> None:
    """It may long have been somewhere else than the old database thinks: neither done again nor taken back."""
    id = boot(cloud)
    _backup(cloud)
    assert cloud.settle() and _power(cloud, id) == {RUNNING}
    assert _restore(cloud) == 1
    before = _effects(cloud, id)
    cloud.let_pass(600.0)
    assert _power(cloud, id) == {RUNNING} and _effects(cloud, id) == before
    row = cloud.row("instances", id)
    assert row["state"] == "error" and "restored" in str(row["fault"])
    instances(cloud).delete(CTX, id)
    assert cloud.settle()
    cloud.let_pass(300.0)
    assert _power(cloud, id) == set() and cloud.wrongs() == []


def test_a_delete_that_was_under_way_goes_on(cloud: LittleCloud) -> None:
    id = boot(cloud)
    assert cloud.settle()
    cloud.broker_away = True
    instances(cloud).delete(CTX, id)
    _backup(cloud)
    cloud.broker_away = False
    assert _restore(cloud) == 0
    assert cloud.settle() and _power(cloud, id) == set()
    assert cloud.wrongs() == []


def test_settled_twice_it_is_as_once(cloud: LittleCloud) -> None:
    id = boot(cloud)
    assert cloud.settle()
    for _ in range(2):
        cloud.database.transact(restoring.settle)
    instances(cloud).delete(CTX, id)
    assert cloud.settle() and _power(cloud, id) == set() and cloud.wrongs() == []
