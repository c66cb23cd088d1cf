"""What becomes of the image that a snapshot promised, and of the copies on the way, whatever happens meanwhile."""

import hashlib

import pytest
import sqlalchemy as sa

from nova_like.db import audit, images
from nova_like.model.errors import Conflict
from tests.flows import scenarios
from tests.flows.cloud import CTX, IMAGE, LittleCloud


def _active(cloud: LittleCloud) -> str:
    id = scenarios.boot(cloud)
    assert cloud.settle()
    return id


def _image(cloud: LittleCloud, id: str):
    return cloud.database.read(lambda tx: images.get(tx, id))


def _effects(cloud: LittleCloud) -> list[str]:
    from nova_like.fakes import World

    world = World(cloud.path / "world", "compute")
    return [line["effect"] for host in world.hosts() for line in world.replay(host)]


def _until(cloud: LittleCloud, method: str) -> None:
    """Carry messages until the one of this method is to be delivered."""
    for _ in range(200):
        if any(parcel.method == method for parcel in cloud.bus):
            return
        if cloud.bus:
            cloud.deliver(cloud.bus.pop(0))
        else:
            cloud._tick()
    raise AssertionError(f"{method} was never sent")


@pytest.mark.parametrize("halt", [False, True])
def test_the_image_has_the_disk_and_says_where_it_is_from(cloud: LittleCloud, halt: bool) -> None:
    instance = _active(cloud)
    id = scenarios.snapshots(cloud).create(CTX, instance, "mine", {"a": "b"}, halt=halt)
    row = _image(cloud, id)
    assert (row["status"], row["name"], row["visibility"], row["owner_id"]) == ("queued", "mine", "private",
                                                                              CTX.project_id)  # fmt: skip
    assert cloud.settle()
    row = _image(cloud, id)
    data = b"".join(cloud.image_data.read(row))
    assert (row["status"], row["disk_format"], row["size_bytes"]) == ("active", "qcow2", len(data))
    assert row["sha256"] == hashlib.sha256(data).hexdigest()
    assert (row["virtual_size_bytes"], row["min_disk_gib"]) == (1 << 30, 1)
    origin = {"instance_uuid": instance, "base_image_ref": IMAGE, "user_id": CTX.user_id, "owner_id": CTX.project_id}
    assert row["properties"] == {"a": "b", "image_type": "snapshot", **origin}
    effects = _effects(cloud)
    assert (effects.count("copy"), effects.count("drop-copy")) == (1, 1)
    assert effects.count("start") == (2 if halt else 1)
    if halt:
        assert effects.index("stop") < effects.index("copy") < len(effects) - effects[::-1].index("start")
    assert cloud.wrongs() == []


def test_an_image_of_an_image_names_the_first(cloud: LittleCloud) -> None:
    cloud.database.transact(lambda tx: images.update(tx, IMAGE, properties={"os_distro": "x", "base_image_ref": "one"}))
    id = scenarios.snapshots(cloud).create(CTX, _active(cloud), "s", {})
    found = _image(cloud, id)["properties"]
    assert (found["base_image_ref"], found["os_distro"]) == ("one", "x")


@pytest.mark.parametrize("method", ["wake", "copy_disk", "send_copy"])
def test_a_server_deleted_meanwhile_takes_the_image_along(cloud: LittleCloud, method: str) -> None:
    instance = _active(cloud)
    id = scenarios.snapshots(cloud).create(CTX, instance, "s", {})
    _until(cloud, method)
    cloud.bus.clear()
    scenarios.instances(cloud).delete(CTX, instance)
    assert cloud.settle()
    assert _image(cloud, id) is None
    assert cloud.row("instances", instance)["state"] == "deleted"
    assert cloud.wrongs() == cloud.database.read(audit.discrepancies) == []


def test_a_server_whose_host_is_away_is_deleted_at_once(cloud: LittleCloud) -> None:
    instance = _active(cloud)
    id = scenarios.snapshots(cloud).create(CTX, instance, "s", {})
    _until(cloud, "send_copy")
    cloud.bus.clear()
    host = cloud.row("instances", instance)["host"]
    cloud.cut_off(host)
    scenarios.instances(cloud).delete(CTX, instance)
    cloud.let_pass(8.0)
    assert cloud.row("instances", instance)["state"] == "deleted"
    assert _image(cloud, id) is None
    cloud.bring_back(host)
    assert cloud.settle()
    assert cloud.wrongs() == []


def test_an_image_with_its_data_outlives_the_server(cloud: LittleCloud) -> None:
    instance = _active(cloud)
    id = scenarios.snapshots(cloud).create(CTX, instance, "s", {})
    _until(cloud, "drop_copy")
    scenarios.instances(cloud).delete(CTX, instance)
    assert cloud.settle()
    assert _image(cloud, id)["status"] == "active"
    assert cloud.wrongs() == []


@pytest.mark.parametrize("method", ["copy_disk", "send_copy"])
def test_an_image_deleted_meanwhile_leaves_the_server_as_it_was(cloud: LittleCloud, method: str) -> None:
    instance = _active(cloud)
    id = scenarios.snapshots(cloud).create(CTX, instance, "s", {})
    _until(cloud, method)
    cloud.database.transact(lambda tx: images.delete(tx, id))
    assert cloud.settle()
    assert cloud.row("instances", instance)["state"] == "active"
    assert _effects(cloud).count("drop-copy") == 1
    assert cloud.wrongs() == []


def test_only_the_newest_backups_of_a_kind_are_kept(cloud: LittleCloud) -> None:
    instance = _active(cloud)

    def back_up(kind: str, rotation: int) -> str | None:
        id = scenarios.snapshots(cloud).backup(CTX, instance, "s", {}, kind, rotation)
        assert cloud.settle()
        return id

    def there(ids: list[str | None]) -> list[bool]:
        return [_image(cloud, str(id)) is not None for id in ids]

    copy = scenarios.snapshots(cloud).create(CTX, instance, "s", {})
    assert cloud.settle()
    made = [back_up("daily", 2), back_up("weekly", 1), back_up("daily", 2), back_up("daily", 2)]
    assert there(made) == [False, True, True, True]
    assert _image(cloud, str(made[3]))["properties"].items() >= {"image_type": "backup", "backup_type": "daily"}.items()
    cloud.database.transact(lambda tx: images.update(tx, made[3], protected=True))
    assert back_up("daily", 0) is None
    assert there([*made, copy]) == [False, True, False, True, True]
    assert cloud.wrongs() == []


def test_the_audit_finds_an_image_that_nobody_fills(cloud: LittleCloud) -> None:
    id = scenarios.snapshots(cloud).create(CTX, _active(cloud), "s", {})
    assert cloud.settle()
    assert cloud.database.read(audit.discrepancies) == []
    cloud.database.transact(lambda tx: images.update(tx, id, status="queued"))
    (line,) = cloud.database.read(audit.discrepancies)
    assert id in line


def test_one_that_is_refused_promises_nothing(cloud: LittleCloud) -> None:
    instance = _active(cloud)
    scenarios.snapshots(cloud).create(CTX, instance, "s", {})
    with pytest.raises(Conflict):
        scenarios.snapshots(cloud).create(CTX, instance, "s", {})
    assert cloud.settle()
    with cloud.database.engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM images WHERE name = 's'")).scalar() == 1
