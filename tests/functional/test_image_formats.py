"""Images of other makers over HTTP: taken when they are sound, and what is no disk is not booted."""

import subprocess

import pytest

from tests.functional.test_images import RAW, active, make, put, show

QEMU = {"vmdk": "vmdk", "vhd": "vpc", "vhdx": "vhdx", "vdi": "vdi"}


@pytest.mark.parametrize("kind", QEMU)
def test_a_sound_one_is_taken_and_a_lie_is_not(cloud, tmp_path, kind):
    path = tmp_path / "disk"
    subprocess.run(["qemu-img", "create", "-q", "-f", QEMU[kind], str(path), "9M"], check=True, timeout=60)
    image = make(cloud, disk_format=kind)
    assert put(cloud, image, RAW).status_int == 400
    assert show(cloud, image).json["status"] == "queued"
    assert put(cloud, image, path.read_bytes()).status_int == 204
    shown = show(cloud, image).json
    assert (shown["status"], shown["disk_format"], shown["size"]) == ("active", kind, path.stat().st_size)
    assert shown["virtual_size"] >= 9 << 20
    assert list(cloud.services.image_data._store.path.iterdir()) == [cloud.services.image_data._store.path / image]


@pytest.mark.parametrize(("facts", "word"), [
    ({"disk_format": "aki", "container_format": "aki"}, "no disk"), ({"min_ram": 100_000}, "memory is too small"),
    ({"min_disk": 100_000}, "disk is too small"),
])  # fmt: skip
def test_what_cannot_be_booted(cloud, facts, word):
    image = active(cloud, **facts)
    server = {"name": "n", "imageRef": image, "flavorRef": "1", "networks": "none"}
    answer = cloud.call("POST", "/compute/v2.1/servers", "alice", {"server": server},
                        OpenStack_API_Version="compute 2.60")  # fmt: skip
    assert answer.status_int == 400 and word in answer.text
