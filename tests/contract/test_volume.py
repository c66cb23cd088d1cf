"""What every volume driver does alike."""

import json
from pathlib import Path
from typing import Any

import pytest

from nova_like import concurrency
from nova_like.fakes import World
from nova_like.model.errors import Conflict, NotFound
from nova_like.model.orders import Export, ImageLink, Volume
from nova_like.volume.drivers.fake import FakeBackend
from nova_like.volume.drivers.file import FileBackend

HOST = "store-1"


IMAGE = ImageLink(concurrency.new_id(), "", "0" * 64, 4096, "raw", 4096)
CONTENT = b"begins like this" * 256


def _fake(path: Path) -> Any:
    return FakeBackend(World(path, "volume"))


def _file(path: Path) -> Any:
    def fetch(image: ImageLink, cancelled: Any) -> Path:
        (path / "image").write_bytes(CONTENT)
        return path / "image"

    return FileBackend(path / "volumes", reserved_gib=0, overcommit_ratio=100.0, fetch=fetch)


def _never() -> bool:
    return False


@pytest.fixture(params=[_fake, _file], ids=["fake", "file"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    return lambda: request.param(tmp_path)


@pytest.fixture
def backend(make: Any) -> Any:
    backend = make()
    backend.start(HOST)
    yield backend
    for volume, attachment in backend.exports(HOST).items():
        backend.unexport(HOST, Export(attachment, Volume(volume, "", 1)))


def _volume(size_gib: int = 1) -> Volume:
    return Volume(concurrency.new_id(), concurrency.new_id(), size_gib)


def test_create_and_delete_may_be_repeated(backend: Any) -> None:
    volume = _volume()
    backend.create(HOST, volume)
    backend.create(HOST, volume)
    assert backend.volumes(HOST) == {volume.id}
    backend.delete(HOST, volume)
    backend.delete(HOST, volume)
    assert backend.volumes(HOST) == set()


def test_delete_of_what_never_was_is_success(backend: Any) -> None:
    backend.delete(HOST, _volume())
    assert backend.volumes(HOST) == set()


def test_another_size_under_the_same_id_is_refused(backend: Any) -> None:
    volume = _volume()
    backend.create(HOST, volume)
    with pytest.raises(Conflict):
        backend.create(HOST, Volume(volume.id, volume.project_id, 2))


def test_a_filling_may_be_repeated_and_is_done_once(make: Any, backend: Any, tmp_path: Path) -> None:
    volume = _volume()
    for again in (backend, backend, make()):
        again.start(HOST)
        again.fill(HOST, volume, IMAGE, _never)
        assert again.volumes(HOST) == {volume.id}
    backend.create(HOST, volume)  # which it is already
    with pytest.raises(Conflict):
        backend.fill(HOST, Volume(volume.id, volume.project_id, 2), IMAGE, _never)
    log = tmp_path / "volume" / f"{HOST}.log"
    if log.exists():
        (line,) = [json.loads(text) for text in log.read_text().splitlines()]
        assert (line["effect"], line["image"]) == ("create", IMAGE.id)


def test_a_filling_that_is_called_off_leaves_nothing(backend: Any) -> None:
    volume = _volume()
    with pytest.raises(Conflict):
        backend.fill(HOST, volume, IMAGE, lambda: True)
    assert backend.volumes(HOST) == set()
    backend.fill(HOST, volume, IMAGE, _never)
    backend.delete(HOST, volume)
    assert backend.volumes(HOST) == set()


def test_volumes_outlive_the_agent(make: Any, backend: Any) -> None:
    kept, gone = _volume(), _volume()
    backend.create(HOST, kept)
    backend.create(HOST, gone)
    backend.delete(HOST, gone)
    again = make()
    again.start(HOST)
    assert again.volumes(HOST) == {kept.id}


def test_capacity_is_positive(backend: Any) -> None:
    assert backend.capacity(HOST).disk_gib > 0


def _exported(backend: Any) -> tuple[Export, Any]:
    volume = _volume()
    backend.create(HOST, volume)
    export = Export(concurrency.new_id(), volume)
    return export, backend.export(HOST, export)


def test_an_export_stays_where_it_is(make: Any, backend: Any) -> None:
    export, reached = _exported(backend)
    assert len(reached.name) >= 32 and reached.port > 0
    assert backend.export(HOST, export) == reached
    again = make()
    again.start(HOST)
    again.keep(HOST)
    assert again.exports(HOST) == {export.volume.id: export.attachment_id}
    assert again.export(HOST, export) == reached


def test_another_attachment_takes_the_export_over(backend: Any) -> None:
    first, reached = _exported(backend)
    second = Export(concurrency.new_id(), first.volume)
    assert backend.export(HOST, second).name != reached.name
    assert backend.exports(HOST) == {first.volume.id: second.attachment_id}
    backend.unexport(HOST, first)  # it comes late
    assert backend.exports(HOST) == {first.volume.id: second.attachment_id}
    for _ in range(2):
        backend.unexport(HOST, second)
        assert backend.exports(HOST) == {}
    assert backend.volumes(HOST) == {first.volume.id}


def test_an_export_goes_with_its_volume(backend: Any) -> None:
    export, _ = _exported(backend)
    backend.delete(HOST, export.volume)
    assert (backend.exports(HOST), backend.volumes(HOST)) == ({}, set())
    with pytest.raises(NotFound):
        backend.export(HOST, export)
