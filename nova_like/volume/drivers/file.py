"""A sparse raw file per volume in one directory. Never reuses a file: what a new volume holds is zeros.

A volume is there when `<id>.raw` is. It is made, and filled with an image, as `<id>.new` and renamed, and goes by a
rename to `<id>.gone`, so a crash leaves either the whole volume or a remainder that `start` removes. `nbd` lets it be
reached.
"""

import os
from collections.abc import Callable
from pathlib import Path

from nova_like import concurrency
from nova_like.images import converting
from nova_like.model.errors import Conflict, HostFailure, Invalid, NotFound
from nova_like.model.ids import is_uuid
from nova_like.model.image_formats import ON_HOST
from nova_like.model.orders import Capacity, Connection, Export, ImageLink, Volume
from nova_like.volume.drivers.nbd import Exports, Server

GIB = 1024**3
_MAX_GIB = 64 * 1024
Fetch = Callable[[ImageLink, Callable[[], bool]], Path]  # the verified file of an image: images.cache.Cache.get


class FileBackend:
    """`overcommit_ratio`: bytes promised for each byte of the file system; `reserved_gib`: free space kept; `limits`:
    of one filling with an image, once `fetch` has it."""

    def __init__(
        self, directory: str | Path, overcommit_ratio: float = 1.0, reserved_gib: int = 1,
        server: Server | None = None, fetch: Fetch | None = None, limits: converting.Limits | None = None,
    ) -> None:  # fmt: skip
        self._directory = Path(directory)
        self._ratio = overcommit_ratio
        self._reserved_gib = reserved_gib
        self._lock = concurrency.Lock()
        self._fetch, self._limits = fetch, limits or converting.Limits()
        self._exports = Exports(self._directory, server or Server())

    def start(self, host: str) -> None:
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            for remainder in (*self._directory.glob("*.new"), *self._directory.glob("*.gone")):
                remainder.unlink(missing_ok=True)
        except OSError as error:
            raise HostFailure(f"The volume store is not usable: {error.strerror}.", noun="volume") from error
        self.keep(host)

    def create(self, host: str, volume: Volume) -> None:
        path = self._path(volume.id)
        with self._lock:
            if self._is_there(path, volume):
                return
            self._require_room(volume.size_gib)
            try:
                _make(path, volume.size_gib * GIB)
            except OSError as error:
                raise _unmade(error) from error

    def fill(self, host: str, volume: Volume, image: ImageLink, cancelled: Callable[[], bool]) -> None:
        """Not locked while it lasts: its agent does one thing at a time with a volume."""
        path = self._path(volume.id)
        with self._lock:
            if self._is_there(path, volume):
                return
            self._require_room(volume.size_gib)
        if self._fetch is None or image.virtual_size_bytes > volume.size_gib * GIB:
            raise HostFailure("The image does not fit into the volume.", noun="volume", retry=False)
        source = self._fetch(image, cancelled)
        if cancelled():
            raise Conflict("filling the volume was called off", "volume", code="cancelled")
        try:
            self._fill(path, source, volume.size_gib * GIB, image, cancelled)
        except OSError as error:
            raise _unmade(error) from error

    def _fill(self, path: Path, source: Path, size: int, image: ImageLink, cancelled: Callable[[], bool]) -> None:
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        fresh.touch(0o600)
        try:
            kind = ON_HOST[image.disk_format]
            converting.to_raw(source, kind, fresh, image.virtual_size_bytes, self._limits, cancelled)
            number = os.open(fresh, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
            _finish(number, fresh, path, size)
        finally:
            fresh.unlink(missing_ok=True)

    def _is_there(self, path: Path, volume: Volume) -> bool:
        """Raises Invalid for a size that cannot be, Conflict when it is there with another one."""
        if not 0 < volume.size_gib <= _MAX_GIB:
            raise Invalid(f"Not a volume size: {volume.size_gib} GiB.", noun="volume", field="size_gib")
        if path.exists():
            _same_size(path, volume)
        return path.exists()

    def delete(self, host: str, volume: Volume) -> None:
        path = self._path(volume.id)
        gone = path.with_suffix(".gone")
        with self._lock:
            self._exports.close(volume.id)
            try:
                if path.exists():
                    path.rename(gone)
                gone.unlink(missing_ok=True)
            except OSError as error:
                raise HostFailure(f"The volume was not removed: {error.strerror}.", noun="volume") from error

    def export(self, host: str, export: Export) -> Connection:
        path = self._path(export.volume.id)
        with self._lock:
            if not path.exists():
                raise NotFound("volume", export.volume.id)
            return self._exports.open(export.volume.id, path, export.attachment_id)

    def unexport(self, host: str, export: Export) -> None:
        self._path(export.volume.id)
        with self._lock:
            if self._exports.all().get(export.volume.id) == export.attachment_id:
                self._exports.close(export.volume.id)

    def exports(self, host: str) -> dict[str, str]:
        return self._exports.all()

    def keep(self, host: str) -> None:
        with self._lock:
            self._exports.keep()

    def volumes(self, host: str) -> set[str]:
        return {path.stem for path in self._directory.glob("*.raw")}

    def capacity(self, host: str) -> Capacity:
        """What may be promised in all: the file system's size times the ratio."""
        total = os.statvfs(self._directory)
        return Capacity(disk_gib=int(total.f_blocks * total.f_frsize * self._ratio / GIB))

    def _path(self, id: str) -> Path:
        if not is_uuid(id):
            raise Invalid(f"Not a volume id: {id!r}.", noun="volume", code="malformed")
        return self._directory / f"{id}.raw"

    def _require_room(self, size_gib: int) -> None:
        room = os.statvfs(self._directory)
        promised = sum(path.stat().st_size for path in self._directory.glob("*.raw")) + size_gib * GIB
        if promised > room.f_blocks * room.f_frsize * self._ratio:
            raise HostFailure("The volume store has promised all its room.", noun="volume", retry=False)
        if room.f_bavail * room.f_frsize < self._reserved_gib * GIB:
            raise HostFailure("The volume store is full.", noun="volume", retry=False)


def _make(path: Path, size: int) -> None:
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    number = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    _finish(number, fresh, path, size)


def _finish(number: int, fresh: Path, path: Path, size: int) -> None:
    """Give the file, open as `number`, its size and then its name."""
    try:
        os.ftruncate(number, size)
        os.fsync(number)
    finally:
        os.close(number)
    fresh.rename(path)
    _sync_directory(path.parent)


def _unmade(error: OSError) -> HostFailure:
    return HostFailure(f"The volume was not made: {error.strerror}.", noun="volume", retry=True)


def _sync_directory(directory: Path) -> None:
    number = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _same_size(path: Path, volume: Volume) -> None:
    size = path.stat().st_size
    if size != volume.size_gib * GIB:
        raise Conflict(f"The volume exists with {size // GIB} GiB.", noun="volume", code="state")
