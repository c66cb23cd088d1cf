"""The file driver's own promises: modes, sparseness, nothing readable by the next owner, crash remainders."""

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from nova_like import concurrency
from nova_like.images import converting, inspect
from nova_like.model.errors import HostFailure, Invalid
from nova_like.model.orders import ImageLink, Volume
from nova_like.volume.drivers.file import GIB, FileBackend

HOST = "store-1"


@pytest.fixture
def backend(tmp_path: Path) -> FileBackend:
    backend = FileBackend(tmp_path / "volumes", overcommit_ratio=1000.0, reserved_gib=0)
    backend.start(HOST)
    return backend


def _volume(size_gib: int = 1) -> Volume:
    return Volume(concurrency.new_id(), "project", size_gib)


def _file(tmp_path: Path, volume: Volume) -> Path:
    return tmp_path / "volumes" / f"{volume.id}.raw"


def test_a_volume_is_a_sparse_private_file(backend: FileBackend, tmp_path: Path) -> None:
    volume = _volume(3)
    backend.create(HOST, volume)
    facts = _file(tmp_path, volume).stat()
    assert facts.st_size == 3 * GIB
    assert facts.st_blocks < 64
    assert facts.st_mode & 0o777 == 0o600
    assert (tmp_path / "volumes").stat().st_mode & 0o077 == 0


def test_a_deleted_owners_bytes_are_not_seen_again(backend: FileBackend, tmp_path: Path) -> None:
    volume = _volume()
    backend.create(HOST, volume)
    with _file(tmp_path, volume).open("r+b") as disk:
        disk.write(b"SECRET" * 1000)
    backend.delete(HOST, volume)
    backend.create(HOST, volume)
    with _file(tmp_path, volume).open("rb") as disk:
        assert disk.read(1 << 20) == bytes(1 << 20)


@pytest.mark.parametrize("id", ["../../etc/passwd", "", "a/b", "x\0y", "0" * 36, "A" * 36])
def test_only_our_ids_reach_a_path(backend: FileBackend, id: str) -> None:
    with pytest.raises(Invalid):
        backend.create(HOST, Volume(id, "project", 1))
    with pytest.raises(Invalid):
        backend.delete(HOST, Volume(id, "project", 1))


@pytest.mark.parametrize("size", [0, -1, 1 << 40])
def test_sizes_out_of_range_are_refused(backend: FileBackend, size: int) -> None:
    with pytest.raises(Invalid):
        backend.create(HOST, _volume(size))


def test_start_removes_what_a_crash_left(backend: FileBackend, tmp_path: Path) -> None:
    for name in ("a.new", "b.gone"):
        (tmp_path / "volumes" / name).write_bytes(b"left")
    backend.start(HOST)
    assert list((tmp_path / "volumes").iterdir()) == []


def test_no_more_is_promised_than_the_ratio_allows(tmp_path: Path) -> None:
    backend = FileBackend(tmp_path, overcommit_ratio=0.01, reserved_gib=0)
    backend.start(HOST)
    room = backend.capacity(HOST).disk_gib
    with pytest.raises(HostFailure) as caught:
        backend.create(HOST, _volume(room + 1))
    assert caught.value.facts["retry"] is False
    assert backend.volumes(HOST) == set()


def test_a_full_store_is_said(tmp_path: Path) -> None:
    backend = FileBackend(tmp_path, overcommit_ratio=1000.0, reserved_gib=1 << 30)
    with pytest.raises(HostFailure, match="full"):
        backend.create(HOST, _volume())


class Images:
    """Gives one image out, whatever it is asked for, and counts how often."""

    def __init__(self, folder: Path, data: bytes, kind: str) -> None:
        self.path, self.asked = folder / f"a,b.{kind}", 0
        if kind == "raw":
            self.path.write_bytes(data)
        else:
            (folder / "raw").write_bytes(data)
            subprocess.run(["qemu-img", "convert", "-f", "raw", "-O", kind, folder / "raw", self.path], check=True)
        found = inspect.inspect_bytes(self.path.read_bytes(), kind)
        self.link = ImageLink(concurrency.new_id(), "", found.sha256, found.size_bytes, kind, found.virtual_size_bytes)

    def fetch(self, image: ImageLink, cancelled: object) -> Path:
        self.asked += 1
        return self.path


DATA = bytes(range(1, 256)) * 4112 + b"end"


def _filling(tmp_path: Path, kind: str = "qcow2", **limits: int) -> tuple[FileBackend, Images]:
    images = Images(tmp_path, DATA, kind)
    backend = FileBackend(tmp_path / "volumes", 1000.0, 0, fetch=images.fetch, limits=converting.Limits(**limits))
    backend.start(HOST)
    return backend, images


def _never() -> bool:
    return False


@pytest.mark.parametrize("kind", ["raw", "qcow2"])
def test_a_filled_volume_begins_with_the_image(tmp_path: Path, kind: str) -> None:
    backend, images = _filling(tmp_path, kind)
    volume = _volume(2)
    backend.fill(HOST, volume, images.link, _never)
    facts = _file(tmp_path, volume).stat()
    assert (facts.st_size, facts.st_mode & 0o777) == (2 * GIB, 0o600) and facts.st_blocks * 512 < 8 << 20
    with _file(tmp_path, volume).open("rb") as disk:
        assert hashlib.sha256(disk.read(len(DATA))).digest() == hashlib.sha256(DATA).digest()
        assert not any(disk.read(1 << 20))


def test_what_was_written_since_is_never_filled_over(tmp_path: Path) -> None:
    backend, images = _filling(tmp_path)
    volume = _volume()
    backend.fill(HOST, volume, images.link, _never)
    with _file(tmp_path, volume).open("r+b") as disk:
        disk.write(b"the guest's own")
    again, _ = _filling(tmp_path)
    for one in (backend, again):
        one.fill(HOST, volume, images.link, _never)
    with _file(tmp_path, volume).open("rb") as disk:
        assert disk.read(15) == b"the guest's own"
    assert images.asked == 1


def test_half_an_image_is_no_volume(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The agent dies when the image is there and the volume has no name yet."""
    backend, images = _filling(tmp_path)
    volume = _volume()

    def die(*arguments: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(os, "ftruncate", die)
        with pytest.raises(SystemExit):
            backend.fill(HOST, volume, images.link, _never)
    assert backend.volumes(HOST) == set()
    backend.start(HOST)
    backend.fill(HOST, volume, images.link, _never)
    assert backend.volumes(HOST) == {volume.id}
    assert [path.name for path in (tmp_path / "volumes").iterdir()] == [f"{volume.id}.raw"]


def test_an_image_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    backend, images = _filling(tmp_path)
    large = ImageLink(images.link.id, "", "", 1, "qcow2", GIB + 512)
    with pytest.raises(HostFailure, match="does not fit"):
        backend.fill(HOST, _volume(), large, _never)
    other = ImageLink(images.link.id, "", "", 1, "qcow2", 3 << 20)  # not what was found at upload
    with pytest.raises(HostFailure):
        backend.fill(HOST, _volume(), other, _never)
    assert backend.volumes(HOST) == set() and list((tmp_path / "volumes").iterdir()) == []


def test_a_filling_is_bounded(tmp_path: Path) -> None:
    backend, images = _filling(tmp_path, memory_mib=4)
    with pytest.raises(HostFailure, match="could not be converted"):
        backend.fill(HOST, _volume(), images.link, _never)
    assert list((tmp_path / "volumes").iterdir()) == []
