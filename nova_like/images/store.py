"""The file store: one file per image below one directory. Knows bytes only; what they mean is `inspect`'s.

An upload has a temporary name until it is committed (synced, then renamed), so an image is whole or not there.
"""

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from nova_like import concurrency
from nova_like.model import ids
from nova_like.model.errors import NotFound, TooLarge, Unavailable

CHUNK = 1 << 20
_PART = ".part"
_FULL = (errno.ENOSPC, errno.EDQUOT)


class Upload:
    """An image on its way in. Leaving its `with` block without `commit` removes every byte of it."""

    def __init__(self, target: Path, max_bytes: int) -> None:
        self._target = target
        self._max_bytes = max_bytes
        self._path = target.with_name(f".{target.name}.{concurrency.secret(8)}{_PART}")
        self._file: BinaryIO = self._path.open("xb")
        with contextlib.suppress(OSError):  # some network file systems know no locks
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # as long as its process lives: see sweep_parts
        self.size_bytes = 0

    def write(self, chunk: bytes) -> None:
        """Append. Raises TooLarge when it would exceed the limit, Unavailable when the disk is full."""
        self.size_bytes += len(chunk)
        if self.size_bytes > self._max_bytes:
            raise TooLarge("The image exceeds the largest size allowed.", noun="image", limit=self._max_bytes)
        with _room():
            self._file.write(chunk)

    def sync(self) -> None:
        """Have all of it on the disk, which may take long; `commit` is quick then. Raises Unavailable without room."""
        with _room():
            self._file.flush()
            os.fsync(self._file.fileno())

    def commit(self) -> None:
        """Make it the image: synced, then renamed over whatever bore the name. Raises Unavailable without room."""
        self.sync()
        with _room():
            self._file.close()
            self._path.replace(self._target)
            sync_directory(self._target.parent)

    def abort(self) -> None:
        """Forget it; repeatable, and nothing after `commit`."""
        with contextlib.suppress(OSError):
            self._file.close()  # writes what is buffered, or tries to
        self._path.unlink(missing_ok=True)

    def __enter__(self) -> "Upload":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abort()


class FileStore:
    """Images as files `<path>/<image id>`, readable by this daemon's user only."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def create(self, image_id: str, max_bytes: int) -> Upload:
        """Begin an upload of at most `max_bytes`."""
        return Upload(self._file(image_id), max_bytes)

    def size(self, image_id: str) -> int:
        """Bytes of a committed image. Raises NotFound."""
        try:
            return self._file(image_id).stat().st_size
        except FileNotFoundError:
            raise NotFound("image", image_id) from None

    def read(self, image_id: str, start: int = 0, length: int | None = None, chunk: int = CHUNK) -> Iterator[bytes]:
        """The bytes from `start` (all of them, or `length`) in chunks. Raises NotFound here, not at the first chunk."""
        try:
            file = self._file(image_id).open("rb")
        except FileNotFoundError:
            raise NotFound("image", image_id) from None
        return chunks(file, start, length, chunk)

    def link(self, image_id: str, copy_id: str) -> None:
        """Another image of the same bytes, which stay while either does. Raises NotFound."""
        try:
            os.link(self._file(image_id), self._file(copy_id))
        except FileNotFoundError:
            raise NotFound("image", image_id) from None
        sync_directory(self.path)

    def delete(self, image_id: str) -> None:
        """Make it gone; success when it is not there. Readers that have it open finish."""
        self._file(image_id).unlink(missing_ok=True)

    def ids(self, older_than_seconds: float = 0.0) -> list[str]:
        """The committed images that are so old."""
        horizon, found = concurrency.now().timestamp() - older_than_seconds, []
        for path in self.path.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if ids.is_uuid(path.name) and (not older_than_seconds or path.stat().st_mtime <= horizon):
                    found.append(path.name)
        return found

    def sweep(self, older_than_seconds: float = 86400) -> int:
        """Remove uploads that died with their process; how many. Younger ones may still be written by another."""
        return sweep_parts(self.path, older_than_seconds)

    def _file(self, image_id: str) -> Path:
        if not ids.is_uuid(image_id):
            raise NotFound("image", image_id)
        return self.path / image_id


def sweep_parts(folder: Path, older_than_seconds: float = 86400) -> int:
    """Remove uploads into a directory that are so old; how many. Clocks jump: what a process holds is left alone."""
    gone = 0
    horizon = concurrency.now().timestamp() - older_than_seconds
    for path in folder.glob(f".*{_PART}"):
        with contextlib.suppress(FileNotFoundError, BlockingIOError):
            if path.stat().st_mtime > horizon:
                continue
            with path.open("rb") as part:
                fcntl.flock(part, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()
                gone += 1
    return gone


@contextlib.contextmanager
def _room() -> Iterator[None]:
    """A disk that is full is somebody's to clear, and the upload may then be tried again."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise Unavailable("There is no room for the data of images at the moment.", retry_after=60) from error


def sync_directory(path: Path) -> None:
    """Make renames in `path` outlast a power loss."""
    number = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def chunks(file: BinaryIO, start: int, length: int | None, size: int = CHUNK) -> Iterator[bytes]:
    """The bytes of a file from `start` (all of them, or `length`), which is closed at the end."""
    with file:
        file.seek(start)
        left = length
        while left is None or left > 0:
            data = file.read(size if left is None else min(size, left))
            if not data:
                return
            if left is not None:
                left -= len(data)
            yield data
