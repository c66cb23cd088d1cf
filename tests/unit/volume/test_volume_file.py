"""The file driver's own promises: modes, sparseness, nothing readable by the next owner, crash remainders."""

from pathlib import Path

import pytest

from nova_like import concurrency
from nova_like.model.errors import HostFailure, Invalid
from nova_like.model.orders import Volume
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
