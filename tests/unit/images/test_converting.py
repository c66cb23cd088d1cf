"""Disks of other makers become qcow2 with the same content, within bounds; all else is refused."""

import hashlib
import subprocess

import pytest

from nova_like.images import converting, inspect, qcow2
from nova_like.model.errors import Conflict, HostFailure
from nova_like.model.orders import ImageLink

DATA = bytes(range(256)) * 4096 * 3
QEMU = {"vmdk": "vmdk", "vhd": "vpc", "vhdx": "vhdx", "vdi": "vdi"}
ID = "0f0f0f0f-0f0f-4f0f-8f0f-0f0f0f0f0f0f"


def qemu_img(*arguments):
    subprocess.run(["qemu-img", *map(str, arguments)], check=True, timeout=60, capture_output=True)


def never():
    return False


@pytest.fixture
def raw(tmp_path):
    (tmp_path / "raw").write_bytes(DATA)
    return tmp_path / "raw"


def link(path, kind):
    found = inspect.inspect_bytes(path.read_bytes(), kind)
    return ImageLink(ID, "", found.sha256, found.size_bytes, kind, found.virtual_size_bytes)


def made(folder, raw, kind="vmdk"):
    """An image of that kind with DATA in it, in a file whose name needs care."""
    path = folder / f"a,b.{kind}"
    qemu_img("convert", "-f", "raw", "-O", QEMU[kind], raw, path)
    return path


@pytest.mark.parametrize("kind", QEMU)
def test_the_content_is_the_same(tmp_path, raw, kind):
    source, target, back = made(tmp_path, raw, kind), tmp_path / "out,x", tmp_path / "back"
    image = link(source, kind)
    converting.convert(image, source, target, converting.Limits(), never)
    assert qcow2.parse(target.read_bytes()).virtual_size_bytes == image.virtual_size_bytes
    qemu_img("convert", "-f", "qcow2", "-O", "raw", target, back)
    data = back.read_bytes()
    assert hashlib.sha256(data[: len(DATA)]).digest() == hashlib.sha256(DATA).digest()
    assert not any(data[len(DATA) :])


def test_it_needs_a_quarter_of_its_memory(tmp_path, raw):
    """Or it would fail now and then, when its threads meet each other."""
    source = made(tmp_path, raw, "vmdk")
    quarter = converting.Limits(60, converting.Limits().memory_mib // 4)
    for number in range(3):
        converting.convert(link(source, "vmdk"), source, tmp_path / f"out{number}", quarter, never)


def test_s6_bounded_in_memory(tmp_path, raw):
    source = made(tmp_path, raw)
    with pytest.raises(HostFailure, match="could not be converted"):
        converting.convert(link(source, "vmdk"), source, tmp_path / "out", converting.Limits(60, 4), never)


def test_s6_bounded_in_size(tmp_path, raw, monkeypatch):
    monkeypatch.setattr(converting, "SLACK", -len(DATA) // 2)
    source = made(tmp_path, raw)
    with pytest.raises(HostFailure, match="could not be converted"):
        converting.convert(link(source, "vmdk"), source, tmp_path / "out", converting.Limits(), never)


def test_called_off_or_too_slow(tmp_path, raw, monkeypatch):
    """qemu-img waits for a writer who never comes."""
    monkeypatch.setattr(converting, "LOOK_SECONDS", 0.01)
    image, source = link(made(tmp_path, raw), "vmdk"), tmp_path / "silent"
    subprocess.run(["mkfifo", str(source)], check=True)
    with pytest.raises(Conflict):
        converting.convert(image, source, tmp_path / "out", converting.Limits(), lambda: True)
    with pytest.raises(HostFailure, match="too long"):
        converting.convert(image, source, tmp_path / "out", converting.Limits(1), never)


def test_s4_the_format_is_ours_not_the_files(tmp_path, raw):
    source = made(tmp_path, raw)
    image = link(source, "vmdk")
    qemu_img("create", "-f", "qcow2", "-u", "-F", "raw", "-b", "/etc/passwd", source, "3M")
    with pytest.raises(HostFailure):
        converting.convert(image, source, tmp_path / "out", converting.Limits(), never)


@pytest.mark.parametrize("kind", ["raw", "qcow2", "file:/etc/passwd", ""])
def test_nothing_else_is_converted(tmp_path, raw, kind):
    image = ImageLink(ID, "", "", 1, kind, 512)
    with pytest.raises(HostFailure, match="unknown format"):
        converting.convert(image, raw, tmp_path / "out", converting.Limits(), never)


def test_another_size_than_was_found_is_refused(tmp_path, raw):
    source = made(tmp_path, raw)
    image = ImageLink(ID, "", "", 1, "vmdk", len(DATA) + 512)
    with pytest.raises(HostFailure, match="not what it should be"):
        converting.convert(image, source, tmp_path / "out", converting.Limits(), never)
