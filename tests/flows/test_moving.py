"""Moves to another host: what hosts, quota, ports and disks are at each point, there and back, and however they end."""

import pytest
import sqlalchemy as sa

from nova_like.db import audit, hosts, images, moves, quotas, tombstones
from nova_like.model.errors import Conflict, Invalid
from tests.flows.cloud import CTX, IMAGE, LARGER, LittleCloud
from tests.flows.scenarios import evacuating, full, instances, migrate, off, resize, resizing


def _settled(cloud: LittleCloud, act, *args) -> None:
    act(*args)
    assert cloud.settle()
    assert (cloud.wrongs(), cloud.database.transact(audit.discrepancies)) == ([], [])


def _used(cloud: LittleCloud) -> dict[str, tuple[int, int]]:
    """By host: processors and claims."""
    rows = cloud.database.read(lambda tx: hosts.list_hosts(tx, "compute"))
    return {row["name"]: (row["vcpus_used"], row["instances"]) for row in rows}


def _cores(cloud: LittleCloud) -> int:
    return cloud.database.read(lambda tx: quotas.usages(tx, CTX.project_id))["cores"]


def _ports(cloud: LittleCloud) -> list[tuple]:
    with cloud.database.engine.connect() as connection:
        sql = "SELECT a.address, p.status, p.host FROM ports p JOIN addresses a ON a.port_id = p.id"
        return [tuple(row) for row in connection.exec_driver_sql(sql)]


def _images(cloud: LittleCloud) -> list[str]:
    with cloud.database.engine.connect() as connection:
        return [row[0] for row in connection.execute(sa.text("SELECT id FROM images"))]


def _place(cloud: LittleCloud, id: str) -> tuple[str, str]:
    row = cloud.row("instances", id)
    return row["state"], row["host"]


def _two(cloud: LittleCloud, id: str) -> tuple[str, str]:
    """The instance's host, and the other one."""
    here = cloud.row("instances", id)["host"]
    return here, "h2" if here == "h1" else "h1"


def test_migrated_and_confirmed(cloud, id):
    here, there = _two(cloud, id)
    ((address, *_),) = _ports(cloud)
    _settled(cloud, migrate, cloud, id)
    assert (_place(cloud, id), _used(cloud), _cores(cloud)) == (("resized", there), {here: (1, 1), there: (1, 1)}, 1)
    assert (_ports(cloud), _images(cloud)) == ([(address, "ACTIVE", there)], [IMAGE])
    _settled(cloud, resizing(cloud).confirm, CTX, id)
    assert (_place(cloud, id), _used(cloud), _cores(cloud)) == (("active", there), {here: (0, 0), there: (1, 1)}, 1)


def test_what_is_kept_of_it_is_where_it_should_be(cloud, id):
    _settled(cloud, migrate, cloud, id)
    cloud.let_pass(180.0)
    assert (cloud.mending.counters, cloud.wrongs()) == ({}, [])


def test_migrated_and_taken_back(cloud, id):
    here, there = _two(cloud, id)
    ((address, *_),) = _ports(cloud)
    _settled(cloud, migrate, cloud, id)
    _settled(cloud, resizing(cloud).revert, CTX, id)
    assert (_place(cloud, id), _used(cloud)) == (("active", here), {here: (1, 1), there: (0, 0)})
    assert (_ports(cloud), _images(cloud)) == ([(address, "ACTIVE", here)], [IMAGE])


@pytest.mark.parametrize(("way", "cores"), [("confirm", 2), ("revert", 1)])
def test_resized_where_there_is_room(cloud, id, way, cores):
    here, there = _two(cloud, id)
    full(cloud, id)
    _settled(cloud, resize, cloud, id, LARGER)
    assert (_place(cloud, id), _used(cloud), _cores(cloud)) == (("resized", there), {here: (1, 1), there: (2, 1)}, 2)
    _settled(cloud, getattr(resizing(cloud), way), CTX, id)
    host = {"confirm": there, "revert": here}[way]
    assert (_place(cloud, id), _cores(cloud), _used(cloud)[host]) == (("active", host), cores, (cores, 1))


def test_what_was_stopped_stays_so(cloud, id):
    _settled(cloud, instances(cloud).stop, CTX, id)
    for way in ("revert", "confirm"):
        _settled(cloud, migrate, cloud, id)
        _settled(cloud, getattr(resizing(cloud), way), CTX, id)
        assert cloud.row("instances", id)["state"] == "stopped"
    _settled(cloud, instances(cloud).start, CTX, id)


def test_deleted_before_anybody_has_said(cloud, id):
    _settled(cloud, migrate, cloud, id)
    _settled(cloud, instances(cloud).delete, CTX, id)
    assert (set(_used(cloud).values()), _ports(cloud), _images(cloud)) == ({(0, 0)}, [], [IMAGE])


@pytest.mark.parametrize("which", [0, 1], ids=["source", "target"])
@pytest.mark.parametrize("way", ["", "confirm", "revert"])
def test_deleted_while_one_of_its_hosts_is_away(cloud, id, which, way):
    away = _two(cloud, id)[which]
    _settled(cloud, migrate, cloud, id)
    cloud.cut_off(away)
    if way:
        getattr(resizing(cloud), way)(CTX, id)
        cloud.let_pass(20.0)
    instances(cloud).delete(CTX, id)
    cloud.let_pass(40.0)
    assert cloud.row("instances", id)["state"] == "deleted"
    assert [row["host"] for row in cloud.database.read(lambda tx: tombstones.of_resource(tx, id))] == [away]
    cloud.bring_back(away)
    assert cloud.settle()
    assert (set(_used(cloud).values()), _ports(cloud), cloud.wrongs()) == ({(0, 0)}, [], [])


@pytest.mark.parametrize(("way", "which"), [("confirm", 0), ("revert", 1)])
@pytest.mark.parametrize("first", ["the word", "the loss"])
def test_nobody_waits_for_a_host_that_is_off(cloud, id, way, which, first):
    """What it kept of the move it loses when it is back, not before; addresses and room are free at once."""
    lost, alive = _two(cloud, id)[which], _two(cloud, id)[1 - which]
    _settled(cloud, migrate, cloud, id)
    if first == "the word":
        cloud.cut_off(lost)
        getattr(resizing(cloud), way)(CTX, id)
        cloud.let_pass(60.0)
        assert cloud.row("instances", id)["state"] == "resized"
    off(cloud, id, lost)
    if first == "the loss":
        getattr(resizing(cloud), way)(CTX, id)
    cloud.let_pass(60.0)
    assert (_place(cloud, id), _used(cloud)) == (("active", alive), {lost: (0, 0), alive: (1, 1)})
    assert [row["kind"] for row in cloud.database.read(lambda tx: tombstones.on_host(tx, lost))] == ["evacuated"]
    cloud.bring_back(lost)
    assert cloud.settle()
    assert (cloud.wrongs(), cloud.database.transact(audit.discrepancies)) == ([], [])


def test_its_new_host_is_lost_before_it_is_there(cloud, id):
    here, there = _two(cloud, id)
    migrate(cloud, id)
    cloud.settle(lambda bus: [p for p in bus if p.arguments.get("order", {}).get("step") != "spawn_there"], rounds=40)
    off(cloud, id, there)
    cloud.let_pass(1200.0)
    assert (_place(cloud, id), _used(cloud)) == (("active", here), {here: (1, 1), there: (0, 0)})
    cloud.bring_back(there)
    assert cloud.settle()
    assert (cloud.wrongs(), cloud.database.transact(audit.discrepancies)) == ([], [])


@pytest.mark.parametrize("step", ["spawn_there", "park", "upload"])
def test_deleted_on_its_way(cloud, id, step):
    migrate(cloud, id)
    cloud.settle(lambda bus: [p for p in bus if p.arguments.get("order", {}).get("step") != step], rounds=4)
    _settled(cloud, instances(cloud).delete, CTX, id)
    assert (set(_used(cloud).values()), _ports(cloud), _images(cloud)) == ({(0, 0)}, [], [IMAGE])


def test_nowhere_to_go(cloud, id):
    here, there = _two(cloud, id)
    cloud.database.transact(lambda tx: hosts.switch(tx, there, False, "full"))
    _settled(cloud, migrate, cloud, id)
    assert (_place(cloud, id), _used(cloud)) == (("active", here), {here: (1, 1), there: (0, 0)})
    (move,) = cloud.database.read(lambda tx: moves.list_moves(tx, {}))
    assert (move["kind"], move["state"]) == ("migration", "error")


def test_a_host_is_off_when_somebody_says_so(cloud, id):
    here, _ = _two(cloud, id)
    with pytest.raises(Invalid, match="still in use"):
        evacuating(cloud).evacuate(CTX, id)
    cloud.database.transact(lambda tx: hosts.force(tx, here, "down"))
    with pytest.raises(Invalid, match="still in use"):  # it is heard of
        evacuating(cloud).evacuate(CTX, id)
    off(cloud, id)
    evacuating(cloud).evacuate(CTX, id)
    with pytest.raises(Conflict):
        evacuating(cloud).evacuate(CTX, id)


def test_evacuated_and_purged_when_its_host_is_back(cloud, id):
    here, there = _two(cloud, id)
    ((address, *_),) = _ports(cloud)
    off(cloud, id)
    evacuating(cloud).evacuate(CTX, id)
    cloud.let_pass(60.0)
    assert (_place(cloud, id), _used(cloud)) == (("active", there), {here: (0, 0), there: (1, 1)})
    assert _ports(cloud) == [(address, "ACTIVE", there)]
    cloud.let_pass(120.0)  # fenced hosts are cleared of what they hold: not of this
    assert [row["kind"] for row in cloud.database.read(lambda tx: tombstones.on_host(tx, here))] == ["evacuated"]
    assert len(cloud.wrongs()) > 0  # the guest of before is there
    cloud.bring_back(here)
    assert cloud.settle()
    assert (cloud.wrongs(), cloud.database.transact(audit.discrepancies)) == ([], [])
    assert cloud.database.read(lambda tx: tombstones.of_resource(tx, id)) == []


def test_the_addresses_of_what_was_evacuated_are_free_when_it_is_deleted(cloud, id):
    off(cloud, id)
    evacuating(cloud).evacuate(CTX, id)
    cloud.let_pass(60.0)
    instances(cloud).delete(CTX, id)
    cloud.let_pass(20.0)
    assert (cloud.row("instances", id)["state"], _ports(cloud)) == ("deleted", [])


def test_it_needs_its_image(cloud, id):
    off(cloud, id)
    cloud.database.transact(lambda tx: images.delete(tx, IMAGE))
    with pytest.raises(Invalid, match="no image"):
        evacuating(cloud).evacuate(CTX, id)


def test_S28_evacuated_only_where_there_is_room(cloud, id):
    """The new host is claimed as at a boot."""
    here, there = _two(cloud, id)
    off(cloud, id)
    cloud.database.transact(lambda tx: hosts.switch(tx, there, False, "full"))
    evacuating(cloud).evacuate(CTX, id)
    assert cloud.settle()
    assert (_place(cloud, id), _used(cloud)) == (("active", here), {here: (1, 1), there: (0, 0)})
    assert cloud.database.transact(audit.discrepancies) == []
