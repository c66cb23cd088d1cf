"""Volumes of images over HTTP: what is asked for, what is shown, what is refused. Daemons are played by the test."""

import pytest
import sqlalchemy as sa

from nova_like import concurrency
from nova_like.db.schema.flows import flows
from nova_like.db.schema.images import images

GIB = 1 << 30
UNKNOWN = "0f0f0f0f-0f0f-4f0f-8f0f-0f0f0f0f0f0f"


def ask(cloud, method, path, body=None, status=200):
    answer = cloud.call(method, f"/volume/v3{path}", "alice", body)
    assert answer.status_int == status, f"{method} {path}: {answer.status_int} {answer.text}"
    return answer.json


def make(cloud, status=202, **more):
    return ask(cloud, "POST", "/volumes", {"volume": {"size": 1, **more}}, status)


def show(cloud, volume):
    return ask(cloud, "GET", f"/volumes/{volume}")["volume"]


def add(cloud, owner="north", **more):
    """The id of an image of alice's project."""
    row = {
        "id": concurrency.new_id(), "owner_id": cloud.ids[owner], "name": "disk", "visibility": "private",
        "status": "active", "disk_format": "qcow2", "container_format": "bare", "size_bytes": 1000, "md5": "a" * 32,
        "virtual_size_bytes": GIB + 1, "properties": {"os_distro": "debian"}, **more,
    }  # fmt: skip
    cloud.change(sa.insert(images).values(**row))
    return row["id"]


def test_a_volume_remembers_its_image(cloud):
    image = add(cloud, min_disk_gib=2)
    made = make(cloud, size=2, imageRef=image)["volume"]
    assert (made["status"], made["bootable"]) == ("creating", "true")
    assert "volume_image_metadata" not in made, "Cinder adds it when it shows one only"
    cloud.change(sa.delete(images))
    told = show(cloud, made["id"])["volume_image_metadata"]
    assert told == {
        "image_id": image, "image_name": "disk", "checksum": "a" * 32, "size": "1000", "container_format": "bare",
        "disk_format": "qcow2", "min_disk": "2", "min_ram": "0", "os_distro": "debian",
    }  # fmt: skip
    (flow,) = cloud.db.read(lambda tx: tx.rows(sa.select(flows)))
    assert (flow["kind"], flow["resource_id"]) == ("volume_create", made["id"])
    assert "volume_image_metadata" not in show(cloud, make(cloud)["volume"]["id"])
    assert [row["id"] for row in ask(cloud, "GET", "/volumes?bootable=true")["volumes"]] == [made["id"]]


def test_others_images_that_are_open_to_all(cloud):
    image = add(cloud, "south", visibility="public", virtual_size_bytes=5)
    assert make(cloud, imageRef=image.upper())["volume"]["bootable"] == "true"


@pytest.mark.parametrize("size, image, reason", [
    (1, {}, "virtual size is 2GB"), (2, {"min_disk_gib": 3}, "minDisk size 3GB"), (2, {"status": "queued"}, "active"),
    (2, {"status": "deactivated"}, "active"), (2, {"disk_format": "aki"}, "no disk"),
    (2, {"owner": "south"}, "unable to access"),
])  # fmt: skip
def test_images_that_no_volume_can_be_made_of(cloud, size, image, reason):
    body = make(cloud, status=400, size=size, imageRef=add(cloud, **image))
    assert reason in body["badRequest"]["message"]
    assert ask(cloud, "GET", "/limits")["limits"]["absolute"]["totalVolumesUsed"] == 0


@pytest.mark.parametrize("named", [UNKNOWN, "cirros", "http://mars/v2/images/x"])
def test_images_that_there_are_not(cloud, named):
    assert "unable to access" in make(cloud, status=400, imageRef=named)["badRequest"]["message"]
