"""Resizes: what hosts, quota, guest and disk are at each point, up and down, and however they end."""

import pytest
import sqlalchemy as sa

from nova_like import concurrency
from nova_like.db import audit, hosts, moves, quotas
from nova_like.db.schema import compute as tables
from nova_like.flows import steering
from nova_like.model.errors import Conflict, Invalid, QuotaExceeded
from nova_like.services.resizing import Resizing
from tests.flows.cloud import CTX, IMAGE, LARGER, LittleCloud
from tests.flows.scenarios import Quotas, full, instances, resize, resizing

THIN = "3"


@pytest.fixture
def cloud(cloud):
    with cloud.database.engine.begin() as connection:
        thin = {"id": THIN, "name": "thin", "vcpus": 1, "ram_mib": 256, "disk_gib": 3}
        connection.execute(sa.insert(tables.flavors).values(**thin))
    return cloud


def _used(cloud: LittleCloud) -> tuple[int, ...]:
    """vcpus, ram, disk and claims of all hosts; cores and ram of the quota. They agree with the rows."""
    assert cloud.database.transact(audit.discrepancies) == []
    assert cloud.wrongs() == []
    rows = cloud.database.read(lambda tx: hosts.list_hosts(tx, "compute"))
    used = cloud.database.read(lambda tx: quotas.usages(tx, CTX.project_id))
    sums = [sum(row[name] for row in rows) for name in ("vcpus_used", "ram_mib_used", "disk_gib_used", "instances")]
    return (*sums, used["cores"], used["ram"])


def _guest(cloud: LittleCloud, id: str) -> tuple:
    row = cloud.row("instances", id)
    record = cloud.agents["compute"]._hosts[row["host"]].power._host.get(id)
    return (row["state"], record.power, record.size, record.disk_gib, record.kept)


def _settled(cloud: LittleCloud, act, *args) -> None:
    act(*args)
    assert cloud.settle()


def test_a_larger_flavor_confirmed(cloud, id):
    resize(cloud, id)
    assert [cloud.database.read(lambda tx: quotas.usages(tx, CTX.project_id))[name] for name in ("cores", "ram")] == [
        2, 1024]  # fmt: skip
    assert cloud.settle()
    assert _used(cloud) == (2, 1024, 3, 2, 2, 1024)
    assert _guest(cloud, id) == ("resized", "running", (2, 1024), 2, True)
    _settled(cloud, resizing(cloud).confirm, CTX, id)
    assert _used(cloud) == (2, 1024, 2, 1, 2, 1024)
    assert _guest(cloud, id) == ("active", "running", (2, 1024), 2, False)


def test_a_larger_flavor_reverted(cloud, id):
    _settled(cloud, resize, cloud, id)
    _settled(cloud, resizing(cloud).revert, CTX, id)
    assert _used(cloud) == (1, 512, 1, 1, 1, 512)
    assert _guest(cloud, id) == ("active", "running", (1, 512), 1, False)
    assert cloud.row("instances", id)["vcpus"] == 1


@pytest.mark.parametrize("verb", ["confirm", "revert"])
def test_less_memory_is_given_back_when_that_is_confirmed(cloud, id, verb):
    _settled(cloud, resize, cloud, id, THIN)
    assert _used(cloud) == (1, 512, 4, 2, 1, 512)
    _settled(cloud, getattr(resizing(cloud), verb), CTX, id)
    assert _used(cloud) == {"confirm": (1, 256, 3, 1, 1, 256), "revert": (1, 512, 1, 1, 1, 512)}[verb]


@pytest.mark.parametrize("verb", ["confirm", "revert"])
def test_what_was_stopped_stays_so(cloud, id, verb):
    _settled(cloud, instances(cloud).stop, CTX, id)
    _settled(cloud, resize, cloud, id)
    assert _guest(cloud, id)[:2] == ("resized", "shutdown")
    _settled(cloud, getattr(resizing(cloud), verb), CTX, id)
    assert _guest(cloud, id)[:2] == ("stopped", "shutdown")
    _settled(cloud, instances(cloud).start, CTX, id)
    assert cloud.wrongs() == []


@pytest.mark.parametrize("away", [False, True])
def test_a_stopped_one_of_another_type_is_confirmed_by_it(cloud, id, away, monkeypatch):
    """It is never seen but stopped, and a start that comes meanwhile waits for the end."""
    _settled(cloud, instances(cloud).stop, CTX, id)
    host = full(cloud, id) if away else None
    resizing(cloud).retype(CTX, id, LARGER)
    seen, waits = set(), []

    def look(bus):
        seen.add(cloud.row("instances", id)["state"])
        return bus

    def settle(seconds):
        waits.append(seconds)
        assert cloud.settle(look, rounds=1 if len(waits) == 1 else 400) in (True, len(waits) > 1)

    monkeypatch.setattr(concurrency, "sleep", settle)
    instances(cloud).start(CTX, id)
    assert waits and seen == {"stopped"}
    assert cloud.settle()
    assert _guest(cloud, id) == ("active", "running", (2, 1024), 2, False)
    assert _used(cloud) == (2, 1024, 2, 1, 2, 1024)
    assert cloud.one("SELECT state FROM moves") == "confirmed" and cloud.row("instances", id)["host"] != host


def test_only_a_stopped_one_changes_its_type_so(cloud, id):
    with pytest.raises(Conflict):
        resizing(cloud).retype(CTX, id, LARGER)
    _settled(cloud, resize, cloud, id)
    with pytest.raises(Conflict):
        resizing(cloud).retype(CTX, id, THIN)


def test_a_change_of_type_that_could_not_be_confirmed_waits_for_a_word(cloud, id):
    _settled(cloud, instances(cloud).stop, CTX, id)
    resizing(cloud).retype(CTX, id, LARGER)
    deliver = cloud.deliver

    def cancelling(parcel):
        if parcel.method == "confirm_resize":
            flow = cloud.one("SELECT id FROM flows WHERE kind = 'confirm_resize'")
            cloud.database.transact(lambda tx: steering.cancel(tx, flow))
            return  # lost
        deliver(parcel)

    cloud.deliver = cancelling
    assert cloud.settle()
    assert _guest(cloud, id)[:2] == ("resized", "shutdown")
    cloud.deliver = deliver
    _settled(cloud, resizing(cloud).confirm, CTX, id)
    assert _guest(cloud, id) == ("stopped", "shutdown", (2, 1024), 2, False)
    assert _used(cloud) == (2, 1024, 2, 1, 2, 1024)


def test_deleted_before_anybody_confirmed(cloud, id):
    _settled(cloud, resize, cloud, id)
    _settled(cloud, instances(cloud).delete, CTX, id)
    assert _used(cloud) == (0, 0, 0, 0, 0, 0)


def test_deleted_while_its_host_is_away(cloud, id):
    """Nobody waits for a resize that hangs there."""
    host = cloud.row("instances", id)["host"]
    resize(cloud, id)
    cloud.settle(lambda bus: [parcel for parcel in bus if parcel.to != "compute"], rounds=3)
    cloud.cut_off(host)
    instances(cloud).delete(CTX, id)
    cloud.let_pass(30.0)
    assert cloud.row("instances", id)["state"] == "deleted"
    cloud.bring_back(host)
    assert cloud.settle()
    assert _used(cloud) == (0, 0, 0, 0, 0, 0)


def test_hosts_without_room_leave_it_as_it_was(cloud, id):
    host = cloud.row("instances", id)["host"]
    with cloud.database.engine.begin() as connection:
        connection.execute(sa.text("UPDATE hosts SET vcpus = 1 WHERE name = :host"), {"host": host})
        connection.execute(sa.text("UPDATE hosts SET enabled = false WHERE name <> :host"), {"host": host})
    _settled(cloud, resize, cloud, id)
    assert _guest(cloud, id) == ("active", "running", (1, 512), 1, False)
    assert _used(cloud) == (1, 512, 1, 1, 1, 512)


def test_what_is_refused(cloud, id):
    for flavor in ("1", "nobody's"):
        with pytest.raises(Invalid):
            resize(cloud, id, flavor)
    for verb in (resizing(cloud).confirm, resizing(cloud).revert):
        with pytest.raises(Conflict):
            verb(CTX, id)
    _settled(cloud, resize, cloud, id)
    with pytest.raises(Conflict):
        resize(cloud, id, THIN)
    _settled(cloud, resizing(cloud).confirm, CTX, id)
    with pytest.raises(Invalid, match="smaller"):
        resize(cloud, id, "1")
    assert cloud.wrongs() == []


def test_a_refused_quota_leaves_nothing(cloud, id):
    class Full(Quotas):
        def take(self, tx, project_id, amounts):
            quotas.take(tx, project_id, amounts, {"cores": 1, "ram": -1})

    with pytest.raises(QuotaExceeded):
        Resizing(instances(cloud), Full()).resize(CTX, id, LARGER)
    assert cloud.database.read(lambda tx: moves.live_of(tx, id)) is None
    assert _used(cloud) == (1, 512, 1, 1, 1, 512)


def test_nothing_of_it_needs_the_image(cloud, id):
    """Nor does a start: the disk is there."""
    with cloud.database.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM images WHERE id = :id"), {"id": IMAGE})
    _settled(cloud, resize, cloud, id)
    _settled(cloud, resizing(cloud).revert, CTX, id)
    _settled(cloud, instances(cloud).stop, CTX, id)
    _settled(cloud, instances(cloud).start, CTX, id)
    assert (cloud.row("instances", id)["state"], cloud.wrongs()) == ("active", [])
