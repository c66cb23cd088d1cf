"""Shelves: what hosts, quota, ports, image and guest are at each point, there and back, and however it ends."""

import pytest
import sqlalchemy as sa

from nova_like.db import audit, hosts, images, quotas
from nova_like.model.errors import Conflict
from nova_like.scheduler.shelves import Shelves
from nova_like.services.lifecycle import Lifecycle
from tests.flows.cloud import CTX, LittleCloud
from tests.flows.scenarios import instances, off, shelve, shelving


def _settled(cloud: LittleCloud, act, *args) -> None:
    act(*args)
    assert cloud.settle()
    assert (cloud.wrongs(), cloud.database.transact(audit.discrepancies)) == ([], [])


def _used(cloud: LittleCloud) -> tuple[int, ...]:
    """Processors and claims of all hosts, instances of the quota."""
    rows = cloud.database.read(lambda tx: hosts.list_hosts(tx, "compute"))
    used = cloud.database.read(lambda tx: quotas.usages(tx, CTX.project_id))
    return (sum(row["vcpus_used"] for row in rows), sum(row["instances"] for row in rows), used["instances"])


def _ports(cloud: LittleCloud) -> list[tuple]:
    with cloud.database.engine.connect() as connection:
        sql = "SELECT p.id, p.mac, a.address, p.status, p.host FROM ports p JOIN addresses a ON a.port_id = p.id"
        found = connection.exec_driver_sql(sql)
        return [tuple(row) for row in found]


def _image(cloud: LittleCloud, id: str):
    image_id = cloud.row("instances", id)["shelved_image_id"]
    return image_id and cloud.database.read(lambda tx: images.get(tx, image_id))


def test_its_host_is_free_of_it_and_its_address_its_own(cloud, id):
    (port,) = _ports(cloud)
    _settled(cloud, shelve, cloud, id)
    row = cloud.row("instances", id)
    assert (row["state"], row["host"], row["zone"], _used(cloud)) == ("offloaded", None, "", (0, 0, 1))
    assert _ports(cloud) == [(*port[:3], "DOWN", None)]
    image = _image(cloud, id)
    assert (image["name"], image["status"]) == ("vm-shelved", "active")
    _settled(cloud, shelving(cloud).unshelve, CTX, id)
    row = cloud.row("instances", id)
    assert (row["state"], row["shelved_image_id"], _used(cloud)) == ("active", None, (1, 1, 1))
    assert _ports(cloud) == [(*port[:3], "ACTIVE", row["host"])]
    assert cloud.database.read(lambda tx: images.get(tx, image["id"])) is None


def test_one_that_stays_on_its_host_starts_there(cloud, id):
    cloud.offload_seconds(-1.0)
    _settled(cloud, shelve, cloud, id)
    assert (cloud.row("instances", id)["state"], _used(cloud)) == ("shelved", (1, 1, 1))
    with pytest.raises(Conflict):
        shelving(cloud).unshelve(CTX, id, "nova")
    _settled(cloud, shelving(cloud).unshelve, CTX, id)
    assert (cloud.row("instances", id)["state"], _image(cloud, id)) == ("active", None)


def test_after_a_while_it_leaves_its_host(cloud, id):
    cloud.offload_seconds(3600.0)
    _settled(cloud, shelve, cloud, id)
    shelves = Shelves(cloud.database, cloud.starter, 3600.0)
    assert (shelves.clear(), Shelves(cloud.database, cloud.starter, -1.0).clear()) == (0, 0)
    cloud.clock.seconds += 3700.0
    cloud.report()
    assert (shelves.clear(), shelves.clear()) == (1, 0)
    assert cloud.settle()
    assert (cloud.row("instances", id)["state"], _used(cloud)) == ("offloaded", (0, 0, 1))


@pytest.mark.parametrize("seconds", [0.0, -1.0])
def test_its_image_goes_with_it(cloud, id, seconds):
    cloud.offload_seconds(seconds)
    _settled(cloud, shelve, cloud, id)
    image = _image(cloud, id)
    _settled(cloud, instances(cloud).delete, CTX, id)
    assert cloud.database.read(lambda tx: images.get(tx, image["id"])) is None
    assert (_used(cloud), _ports(cloud)) == ((0, 0, 0), [])


def test_an_image_that_its_owner_protects_stays(cloud, id):
    _settled(cloud, shelve, cloud, id)
    image = _image(cloud, id)
    cloud.database.transact(lambda tx: images.update(tx, image["id"], protected=True))
    _settled(cloud, instances(cloud).delete, CTX, id)
    assert cloud.database.read(lambda tx: images.get(tx, image["id"]))["status"] == "active"


@pytest.mark.parametrize("seconds", [0.0, -1.0])
def test_what_is_suspended_is_shelved_without_its_memory(cloud, id, seconds):
    cloud.offload_seconds(seconds)
    _settled(cloud, Lifecycle(instances(cloud)).suspend, CTX, id)
    _settled(cloud, shelve, cloud, id)
    _settled(cloud, shelving(cloud).unshelve, CTX, id)
    assert cloud.row("instances", id)["state"] == "active"


def test_no_host_has_room_for_it_any_more(cloud, id):
    _settled(cloud, shelve, cloud, id)
    with cloud.database.engine.begin() as connection:
        connection.execute(sa.text("UPDATE hosts SET enabled = false"))
    shelving(cloud).unshelve(CTX, id)
    assert cloud.settle()
    assert (cloud.row("instances", id)["state"], _used(cloud), cloud.wrongs()) == ("offloaded", (0, 0, 1), [])
    assert _image(cloud, id)["status"] == "active"


def test_deleted_while_its_new_host_is_away(cloud, id):
    """Nobody waits for it; what may be there keeps the address until the host says that it is gone."""
    _settled(cloud, shelve, cloud, id)
    shelving(cloud).unshelve(CTX, id)
    cloud.settle(lambda bus: [parcel for parcel in bus if parcel.to != "compute"], rounds=3)
    host = cloud.row("instances", id)["host"]
    cloud.cut_off(host)
    instances(cloud).delete(CTX, id)
    cloud.let_pass(30.0)
    assert cloud.row("instances", id)["state"] == "deleted"
    assert len(_ports(cloud)) == 1
    cloud.bring_back(host)
    assert cloud.settle()
    assert (_used(cloud), _ports(cloud), cloud.wrongs()) == ((0, 0, 0), [], [])


def test_offloading_waits_for_its_host(cloud, id):
    cloud.offload_seconds(-1.0)
    _settled(cloud, shelve, cloud, id)
    host = cloud.row("instances", id)["host"]
    cloud.cut_off(host)
    shelving(cloud).offload(CTX, id)
    cloud.let_pass(900.0)
    assert cloud.row("instances", id)["state"] == "shelved"
    cloud.bring_back(host)
    assert cloud.settle()
    assert (cloud.row("instances", id)["state"], cloud.wrongs()) == ("offloaded", [])


def test_a_delete_does_not_wait_for_the_offloading(cloud, id):
    cloud.offload_seconds(-1.0)
    _settled(cloud, shelve, cloud, id)
    image, host = _image(cloud, id), cloud.row("instances", id)["host"]
    cloud.cut_off(host)
    shelving(cloud).offload(CTX, id)
    cloud.let_pass(30.0)
    instances(cloud).delete(CTX, id)
    cloud.let_pass(30.0)
    assert cloud.row("instances", id)["state"] == "deleted"
    assert (_used(cloud), len(_ports(cloud))) == ((1, 1, 0), 1)
    cloud.bring_back(host)
    assert cloud.settle()
    assert (_used(cloud), _ports(cloud), cloud.wrongs()) == ((0, 0, 0), [], [])
    assert cloud.database.read(lambda tx: images.get(tx, image["id"])) is None


def test_a_shelved_one_is_offloaded_from_a_host_that_is_off(cloud, id):
    cloud.offload_seconds(-1)
    _settled(cloud, shelve, cloud, id)
    host = off(cloud, id)
    shelving(cloud).offload(CTX, id)
    cloud.let_pass(30.0)
    assert (cloud.row("instances", id)["state"], _used(cloud)) == ("offloaded", (0, 0, 1))
    shelving(cloud).unshelve(CTX, id)
    cloud.let_pass(60.0)
    assert cloud.row("instances", id)["host"] not in (None, host)
    cloud.bring_back(host)
    assert cloud.settle()
    assert (cloud.row("instances", id)["state"], cloud.wrongs()) == ("active", [])
    assert cloud.database.transact(audit.discrepancies) == []
