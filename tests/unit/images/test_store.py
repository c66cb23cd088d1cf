"""An image is whole or not there."""

import os
import time
from pathlib import Path

import pytest

from nova_like.images.store import FileStore
from nova_like.model.errors import NotFound, TooLarge, Unavailable

IMAGE = "8a3f0f5e-4a55-4a52-9d55-2f1a0d7d1a11"


@pytest.fixture
def store(tmp_path):
    return FileStore(tmp_path / "images")


def put(store, data=b"0123456789"):
    with store.create(IMAGE, 100) as upload:
        upload.write(data)
        upload.commit()


def test_what_is_committed_is_read(store):
    put(store)
    assert b"".join(store.read(IMAGE)) == b"0123456789"
    assert b"".join(store.read(IMAGE, start=2, length=5, chunk=2)) == b"23456"
    assert store.size(IMAGE) == 10
    assert store.ids() == [IMAGE]


def test_an_uncommitted_upload_leaves_nothing(store):
    with store.create(IMAGE, 100) as upload:
        upload.write(b"x")
    assert list(store.path.iterdir()) == []
    with pytest.raises(NotFound):
        store.read(IMAGE)


def test_s7_too_much_is_cut_and_gone(store):
    with pytest.raises(TooLarge), store.create(IMAGE, 4) as upload:
        upload.write(b"123")
        upload.write(b"45")
    assert list(store.path.iterdir()) == []


def test_delete_repeats_and_lets_readers_finish(store):
    put(store)
    reader = store.read(IMAGE, chunk=5)
    assert next(reader) == b"01234"
    store.delete(IMAGE)
    store.delete(IMAGE)
    assert next(reader) == b"56789"
    with pytest.raises(NotFound):
        store.size(IMAGE)


def _remains(store, seconds):
    """What a process that died has left; its age by the clock of 1970."""
    upload = store.create(IMAGE, 100)
    upload._file.close()
    os.utime(upload._path, (seconds, seconds))


def test_sweep_takes_only_old_remains(store):
    _remains(store, time.time())
    _remains(store, 0)
    assert store.sweep() == 1
    assert len(list(store.path.iterdir())) == 1


def test_sweep_leaves_what_is_being_written_though_a_clock_calls_it_old(store):
    with store.create(IMAGE, 100) as upload:
        upload.write(b"all")
        os.utime(upload._path, (0, 0))
        assert store.sweep() == 0
        upload.commit()
    assert store.size(IMAGE) == 3


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "", "a", IMAGE.upper(), IMAGE + "/..", "a\0"])
def test_s8_names_reach_no_path(store, name):
    for act in (store.size, store.read, store.delete, lambda image: store.create(image, 1)):
        with pytest.raises(NotFound):
            act(name)


@pytest.mark.parametrize("size", [10, 1 << 20])
def test_a_full_disk_is_said_and_leaves_nothing(store, size):
    """Small data fail when they are flushed, large ones when they are written."""
    with pytest.raises(Unavailable), store.create(IMAGE, 1 << 20) as upload:
        upload._file.close()
        upload._file = Path("/dev/full").open("wb")  # noqa: SIM115
        upload.write(b"x" * size)
        upload.commit()
    assert list(store.path.iterdir()) == []


def test_an_upload_broken_off_on_a_full_disk_leaves_nothing(store):
    with store.create(IMAGE, 100) as upload:
        upload._file.close()
        upload._file = Path("/dev/full").open("wb")  # noqa: SIM115
        upload.write(b"x")
    assert list(store.path.iterdir()) == []
