"""Servers that start from volumes, over HTTP: what they get, what is shown, refused and kept of their volumes."""

import itertools

import pytest
import sqlalchemy as sa

from nova_like.db.schema.flows import flows
from nova_like.model.commands import BootDisk, BootInstances
from nova_like.model.context import Context
from tests.functional.compute_world import UNKNOWN, Compute, Project

NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = Compute(tmp_path_factory.mktemp("born"))
    yield made
    made.db.dispose()


@pytest.fixture
def own(world) -> Project:
    return world.project(f"born-{next(NUMBERS)}-")


def _ctx(own: Project) -> Context:
    return Context("req-v", "u", project_id=own.id, roles=("member", "reader"))


def _volume(own: Project, image: bool = True) -> str:
    made = own.world.services.volumes.create(_ctx(own), 1, name="v", image_id=own.image if image else None)
    own.world.daemons.settle()
    return str(made["id"])


def _device(source: str = "volume", uuid: str | None = None, index: int | None = 0, **more):
    named = {"uuid": uuid} if uuid else {}
    return {"source_type": source, "destination_type": "volume", "boot_index": index, **named, **more}


def _ask(own: Project, *devices, **more):
    body = {"name": "s", "flavorRef": "1", "networks": "auto", "imageRef": "", **more,
            "block_device_mapping_v2": list(devices)}  # fmt: skip
    return own.call("POST", "/servers", {"server": body})


def _made(own: Project, *devices, **more) -> str:
    answer = _ask(own, *devices, **more)
    assert answer.status_int == 202, answer.text
    own.world.daemons.settle()
    return str(answer.json["server"]["id"])


def _states(own: Project) -> list[str]:
    return sorted(row["state"] for row in own.world.services.volumes.list(_ctx(own)))


def _used(own: Project) -> tuple[int, int]:
    used = own.world.services.volumes.usage(_ctx(own))[1]
    return used.get("volumes", 0), used.get("gigabytes", 0)


def test_a_server_starts_from_a_volume(own: Project) -> None:
    volume = _volume(own)
    server = _made(own, _device(uuid=volume, delete_on_termination=True))
    shown = own.get(f"/servers/{server}")["server"]
    assert (shown["status"], shown["image"]) == ("ACTIVE", "")
    assert shown["os-extended-volumes:volumes_attached"] == [{"id": volume, "delete_on_termination": True}]
    path = f"/servers/{server}/os-volume_attachments"
    (held,) = own.get(path)["volumeAttachments"]
    assert (held["volumeId"], held["device"]) == (volume, "/dev/vda")
    answer = own.call("DELETE", f"{path}/{volume}")
    assert answer.status_int == 400 and "Cannot detach a root device volume" in answer.text
    assert _states(own) == ["in-use"]
    with own.world.db.reading() as tx:
        row = tx.row(sa.text(f"SELECT disk_gib, image_id FROM instances WHERE id = '{server}'"))
    assert row == {"disk_gib": 0, "image_id": None}


@pytest.mark.parametrize("action, value", [
    ("rebuild", {"imageRef": "IMAGE"}), ("resize", {"flavorRef": "2"}), ("createImage", {"name": "i"}),
    ("createBackup", {"name": "b", "backup_type": "daily", "rotation": 1}), ("shelve", None), ("rescue", None),
    ("migrate", None),
])  # fmt: skip
def test_what_is_not_offered_of_it_changes_nothing(own: Project, action: str, value) -> None:
    server = _made(own, _device(uuid=_volume(own)))
    value = {"imageRef": own.image} if action == "rebuild" else value
    answer = own.call("POST", f"/servers/{server}/action", {action: value}, role="admin")
    assert answer.status_int == 400 and "volume-backed" in answer.text
    assert own.get(f"/servers/{server}")["server"]["OS-EXT-STS:task_state"] is None
    for verb, state in (("os-stop", "SHUTOFF"), ("os-start", "ACTIVE")):
        assert own.act(server, verb) == 202
        own.world.daemons.settle()
        assert own.get(f"/servers/{server}")["server"]["status"] == state


def test_a_server_starts_from_what_its_owner_calls_bootable(own: Project) -> None:
    volume = _volume(own, image=False)
    assert _ask(own, _device(uuid=volume)).status_int == 400
    own.world.services.volumes.update(_ctx(own), volume, lambda row: {"bootable": True})
    server = _made(own, _device(uuid=volume))
    assert own.get(f"/servers/{server}")["server"]["status"] == "ACTIVE"


def test_volumes_are_made_for_a_server(own: Project) -> None:
    made = _device("image", own.image, volume_size=2, delete_on_termination=True)
    answer = _ask(own, made, _device("blank", index=None, volume_size=1), min_count=2, imageRef=own.image)
    assert answer.status_int == 202, answer.text
    assert _used(own) == (4, 6) and _states(own) == ["creating"] * 4
    volume = own.world.services.volumes.list(_ctx(own))[0]["id"]
    with pytest.raises(Exception, match="must not be attached"):
        own.world.services.volumes.delete(_ctx(own), volume)
    own.world.daemons.settle()
    assert _states(own) == ["in-use"] * 4
    devices = {held["device"] for server in own.get("/servers")["servers"]
               for held in own.get(f"/servers/{server['id']}/os-volume_attachments")["volumeAttachments"]}  # fmt: skip
    assert devices == {"/dev/vda", "/dev/vdb"}
    boots = own.world.db.read(lambda tx: tx.rows(sa.select(flows).where(flows.c.kind == "boot",
                                                                      flows.c.project_id == own.id)))  # fmt: skip
    assert [(flow["args"]["disks"], len(flow["args"]["made"])) for flow in boots] == [(True, 2)] * 2


def test_volumes_beside_a_disk_of_its_own(own: Project) -> None:
    local = {**_device("image", own.image), "destination_type": "local"}
    server = _made(own, local, _device(uuid=_volume(own, image=False), index=None, device_name="/dev/vdd"),
                   imageRef=own.image)  # fmt: skip
    assert own.get(f"/servers/{server}")["server"]["image"]["id"] == own.image
    (held,) = own.get(f"/servers/{server}/os-volume_attachments")["volumeAttachments"]
    assert held["device"] == "/dev/vdd"
    assert own.act(server, "rescue") == 200


def test_what_another_dialect_noted_is_not_shown(own: Project) -> None:
    disks = (BootDisk("image", own.image, 1, is_root=True, tags={"Name": "root", "a": "b"}),)
    command = BootInstances("s", "1", "", hints={"ec2:image": own.image, "accessIPv4": "192.0.2.1"}, disks=disks)
    (row,) = own.world.services.instances.boot(_ctx(own), command)
    (volume,) = own.world.services.volumes.list(_ctx(own))
    assert [one["volume_id"] for one in row["volumes"]] == [volume["id"]] and volume["name"] == "root"
    assert own.world.services.tags.of(_ctx(own), [volume["id"]]) == {volume["id"]: {"Name": "root", "a": "b"}}
    shown = own.get(f"/servers/{row['id']}")["server"]
    assert shown["accessIPv4"] == "192.0.2.1" and "ec2:image" not in shown


def test_an_ordinary_boot_has_no_arguments(own: Project) -> None:
    server = own.server()
    (flow,) = own.world.db.read(lambda tx: tx.rows(sa.select(flows).where(flows.c.resource_id == server)))
    assert flow["args"] is None


def test_volumes_that_no_server_can_have(own: Project, world) -> None:
    blank, used, other = _volume(own, image=False), _volume(own), _volume(world.project("born-other"))
    _made(own, _device(uuid=used))
    local = {**_device("image", own.image), "destination_type": "local"}
    for devices, reason, more in (
        ([_device(uuid=UNKNOWN)], "failed to get volume", {}), ([_device(uuid=other)], "failed to get volume", {}),
        ([_device(uuid=used)], "status must be 'available'", {}), ([_device(uuid=blank)], "is not bootable", {}),
        ([local, _device(uuid=blank, index=None)], "multiple instances", {"max_count": 2}),
        ([local, *[_device(uuid=blank, index=None)] * 2], "must be 'available'", {}),
        ([_device("image", UNKNOWN, volume_size=1)], "failed to get image", {}),
        ([local, *[_device("blank", index=None, volume_size=1, device_name="vdc")] * 2], "twice", {}),
    ):  # fmt: skip
        answer = _ask(own, *devices, **{"imageRef": own.image} if devices[0] is local else {}, **more)
        assert answer.status_int == 400 and reason in answer.text, answer.text
    assert _states(own) == ["available", "in-use"] and _used(own) == (2, 2)
    assert len(own.get("/servers")["servers"]) == 1
