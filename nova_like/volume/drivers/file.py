"""A sparse raw file per volume in one directory. Never reuses a file: what a new volume holds is zeros.

A volume is there when `<id>.raw` is. It is made as `<id>.new` and renamed, and goes by a rename to `<id>.gone`,
so a crash leaves either the whole volume or a remainder that `start` removes. `nbd` lets it be reached.
"""

import os
from pathlib import Path

from nova_like import concurrency
from nova_like.model.errors import Conflict, HostFailure, Invalid, NotFound
from nova_like.model.ids import is_uuid
from nova_like.model.orders import Capacity, Connection, Export, Volume
from nova_like.volume.drivers.nbd import Exports, Server

GIB = 1024**3
_MAX_GIB = 64 * 1024


class FileBackend:
    """`overcommit_ratio`: bytes promised for each byte of the file system; `reserved_gib`: free space kept."""

    def __init__(
        self, directory: str | Path, overcommit_ratio: float = 1.0, reserved_gib: int = 1,
        server: Server | None = None,
    ) -> None:  # fmt: skip
        self._directory = Path(directory)
        self._ratio = overcommit_ratio
        self._reserved_gib = reserved_gib
        self._lock = concurrency.Lock()
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
        if not 0 < volume.size_gib <= _MAX_GIB:
            raise Invalid(f"Not a volume size: {volume.size_gib} GiB.", noun="volume", field="size_gib")
        with self._lock:
            if path.exists():
                return _same_size(path, volume)
            self._require_room(volume.size_gib)
            try:
                _make(path, volume.size_gib * GIB)
            except OSError as error:
                raise HostFailure(f"The volume was not made: {error.strerror}.", noun="volume", retry=True) from error

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
    try:
        os.ftruncate(number, size)
        os.fsync(number)
    finally:
        os.close(number)
    fresh.rename(path)
    _sync_directory(path.parent)


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
