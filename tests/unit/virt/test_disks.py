"""Disks and config drives as files: sizes, limits, repeats, and ids that are no paths."""

import dataclasses
import json
import subprocess

import pytest

from nova_like import concurrency
from nova_like.model.errors import HostFailure, Invalid
from nova_like.model.orders import Guest
from nova_like.virt.base import Base
from nova_like.virt.libvirt import config_drive, disks, qemu_img
from nova_like.virt.libvirt.connection import Connection
from nova_like.virt.libvirt.console import Console
from nova_like.virt.libvirt.disks import Disks
from nova_like.virt.libvirt.notes import Notes
from nova_like.virt.libvirt.settings import Settings, files

MIB = 1 << 20


@pytest.fixture
def settings(tmp_path):
    return Settings(tmp_path / "instances")


@pytest.fixture
def base(tmp_path):
    path = tmp_path / "base"
    path.write_bytes(bytes(2 * MIB))
    return Base(str(path), "raw", 2 * MIB)


def guest(disk_gib=0, image=None):
    return Guest(concurrency.new_id(), "n", 1, 64, disk_gib, image)


def information(path):
    done = subprocess.run(["qemu-img", "info", "-f", "qcow2", "--output=json", path], check=True, capture_output=True)
    return json.loads(done.stdout)


def test_an_overlay_says_what_it_rests_on(settings, base):
    one = guest()
    Disks(settings).prepare(one, base, None, "f")
    facts = information(files(settings, one.id).disk)
    assert facts["virtual-size"] == 2 * MIB
    assert (facts["backing-filename"], facts["backing-filename-format"]) == (base.path, "raw")
    assert disks.read_base(files(settings, one.id).base) == base
    assert Disks(settings).bases() == {base.path}
    assert Disks(settings).instances() == {one.id}


def test_the_flavors_size_wins_when_it_is_larger(settings, base):
    one = guest(disk_gib=1)
    Disks(settings).prepare(one, base, None, "f")
    assert information(files(settings, one.id).disk)["virtual-size"] == 1 << 30


def test_without_an_image_the_disk_is_empty(settings):
    one = guest(disk_gib=1)
    Disks(settings).prepare(one, None, None, "f")
    assert "backing-filename" not in information(files(settings, one.id).disk)
    with pytest.raises(HostFailure) as caught:
        Disks(settings).prepare(guest(), None, None, "f")
    assert caught.value.facts["retry"] is False


def test_s6_qemu_img_is_bounded_in_memory(tmp_path, base):
    small = Settings(tmp_path / "instances", qemu_img_memory_mib=4)
    with pytest.raises(HostFailure) as caught:
        qemu_img.create_overlay(tmp_path / "x", base, MIB, small)
    assert str(tmp_path) not in caught.value.reason


def test_a_format_that_is_not_ours_is_refused_before_any_tool_runs(tmp_path, settings):
    for name in ("vmdk", "", "auto", "-"):
        with pytest.raises(HostFailure):
            qemu_img.create_overlay(tmp_path / "x", Base("/etc/passwd", name, 1), MIB, settings)
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("id", ["../../etc", "", ".", "a/b", "\0", "A" * 36])
def test_s8_no_odd_id_becomes_a_path(settings, id):
    console = Console(Connection("test:///default", print), settings)
    for act in (Disks(settings).remove, Notes(settings).read, lambda id: console.tail(id, 1)):
        with pytest.raises(Invalid):
            act(id)


def test_removing_takes_all_and_repeats(settings, base):
    one, store = guest(), Disks(settings)
    store.prepare(one, base, {"a/b": b"x"}, "f")
    Notes(settings).write(one.id, {"k": 1})
    for _ in range(2):
        store.remove(one.id)
    assert list(settings.instances.iterdir()) == []


def test_a_torn_note_is_no_note(settings, base):
    one = guest()
    Disks(settings).prepare(one, base, None, "f")
    files(settings, one.id).notes.write_bytes(b'{"k"')
    assert Notes(settings).read(one.id) == {}


def test_config_drive_is_private_and_labelled(tmp_path):
    import pycdlib

    long = "x" * 59 + ".json"
    config_drive.write(tmp_path / "iso", {"openstack/latest/meta_data.json": b"{}", "ec2/latest/" + long: b"y" * 5000})
    assert (tmp_path / "iso").stat().st_mode & 0o777 == 0o600
    image = pycdlib.PyCdlib()
    image.open(str(tmp_path / "iso"))
    assert image.pvd.volume_identifier.decode().strip() == "config-2"
    names = {name for _, _, found in image.walk(rr_path="/") for name in found}
    assert names == {"meta_data.json", long}
    image.close()
    with pytest.raises(HostFailure):
        config_drive.write(tmp_path / "other", {"a/" + "x" * 65: b""})


def test_an_enlarged_copy_and_its_kept_original(settings, base):
    one, larger = guest(), Disks(settings)
    larger.prepare(one, base, None, "f")
    where = files(settings, one.id)
    before = where.disk.read_bytes()
    larger.keep(one.id, "f")
    larger.enlarge(dataclasses.replace(one, disk_gib=1), "f")
    larger.enlarge(dataclasses.replace(one, disk_gib=0), "f")  # the image's own size: it is that at least
    assert information(where.disk)["virtual-size"] == 1 << 30
    assert information(where.disk)["backing-filename"] == base.path
    assert where.kept.read_bytes() == before
    where.disk.unlink()  # a copy that was cut off is made again
    larger.keep(one.id, "f")
    assert (where.disk.read_bytes(), where.disk.stat().st_mode & 0o777) == (before, 0o600)
    larger.take_back(one.id, "f")
    assert (where.disk.read_bytes(), where.kept.exists()) == (before, False)
