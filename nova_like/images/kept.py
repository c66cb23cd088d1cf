"""The images that an API host keeps at hand beside the store: what an operator asked for, and nothing else. They are
whole files, whose names hold the image and the digest of its data: another image can never be taken for it.

`ID-SHA256` is the data, `ID.hits` a byte for each time that they were given out, `ID.queued` the wish to have them.
"""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nova_like.images import store

_NAME = re.compile(r"([0-9a-f-]{36})-([0-9a-f]{64})\Z")
_HITS, _QUEUED = ".hits", ".queued"


@dataclass(frozen=True)
class Kept:
    """`hits`: how often it was given out; times are seconds since 1970, 0.0 for never."""

    image_id: str
    size_bytes: int
    hits: int
    made_at: float
    used_at: float


class KeptImages:
    """A directory, which the workers of one host share. Made with its first image."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def images(self) -> list[Kept]:
        return [kept for path in self._files("*") if (kept := self._kept(path)) is not None]

    def queued(self) -> list[str]:
        """Ids of the images that are wanted, the oldest wish first."""
        found = []
        for path in self._files(f"*{_QUEUED}"):
            with contextlib.suppress(FileNotFoundError):
                found.append((path.stat().st_mtime, path.name.removesuffix(_QUEUED)))
        return [image_id for _, image_id in sorted(found)]

    def queue(self, image_id: str) -> None:
        self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self._path / f"{image_id}{_QUEUED}").touch()

    def unqueue(self, image_id: str) -> bool:
        """Whether it was queued."""
        return _gone(self._path / f"{image_id}{_QUEUED}")

    def create(self, image_id: str, sha256: str, size_bytes: int) -> store.Upload:
        """Begin to keep an image."""
        return store.Upload(self._path / f"{image_id}-{sha256}", size_bytes)

    def read(self, image_id: str, sha256: str | None, start: int, length: int | None) -> Iterator[bytes] | None:
        """The bytes from `start`, counted as a hit; None when it is not kept."""
        try:
            file = (self._path / f"{image_id}-{sha256}").open("rb")
        except FileNotFoundError:
            return None
        with contextlib.suppress(OSError), (self._path / f"{image_id}{_HITS}").open("ab") as hits:
            hits.write(b".")
        return store.chunks(file, start, length)

    def delete(self, image_id: str) -> bool:
        """Whether it was kept. Readers that have it open finish."""
        _gone(self._path / f"{image_id}{_HITS}")
        return bool([path for path in self._files(f"{image_id}-*") if _gone(path)])

    def sweep(self) -> int:
        """Remove copies that died with their process; how many."""
        return store.sweep_parts(self._path)

    def _files(self, pattern: str) -> list[Path]:
        return sorted(self._path.glob(pattern))

    def _kept(self, path: Path) -> Kept | None:
        if (name := _NAME.match(path.name)) is None:
            return None
        try:
            file = path.stat()
        except FileNotFoundError:
            return None
        hits, used_at = 0, 0.0
        with contextlib.suppress(FileNotFoundError):
            told = (self._path / f"{name[1]}{_HITS}").stat()
            hits, used_at = told.st_size, told.st_mtime
        return Kept(name[1], file.st_size, hits, file.st_mtime, used_at)


def _gone(path: Path) -> bool:
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True
