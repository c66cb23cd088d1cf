"""The images of a compute host: each fetched once, verified, then never looked into again.

A file in the cache is whole and verified, for it gets its name last; its name holds id, digest and format. What a
hypervisor cannot rest disks on is kept as the qcow2 that was made of it.
One fetch serves all who wait for the same image.
"""

import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from nova_like import concurrency, logs
from nova_like.images import fetch, store
from nova_like.model import ids
from nova_like.model.errors import Conflict, Fault, HostFailure, Invalid
from nova_like.model.image_formats import CONVERTED, ON_HOST
from nova_like.model.orders import ImageLink

LOG = logs.get(__name__)
Convert = Callable[[ImageLink, Path, Path, Callable[[], bool]], None]
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_PART = ".part"
_YOUNG_SECONDS = 3600  # what was asked for lately may be about to get its first disk


class _Fetching:
    """A fetch that is under way: its end, what came of it, and how many want it."""

    def __init__(self) -> None:
        self.over = concurrency.Event()
        self.fault: Fault | None = None
        self.wanted = 1


class Cache:
    """`path` belongs to one agent process: remains of an earlier one are swept. `in_use` tells what disks rest on."""

    def __init__(
        self, path: str | Path, limits: fetch.Limits, max_bytes: int, in_use: Callable[[], Iterable[str]],
        convert: Convert | None = None,
    ) -> None:  # fmt: skip
        self._path = Path(path)
        self._limits, self._max_bytes, self._in_use, self._convert = limits, max_bytes, in_use, convert
        self._lock = concurrency.Lock()
        self._fetching: dict[str, _Fetching] = {}
        self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
        for part in self._path.glob(f"*{_PART}"):
            part.unlink(missing_ok=True)

    def get(self, image: ImageLink, cancelled: Callable[[], bool]) -> Path:
        """The file of the image, fetched if need be. Raises HostFailure, or Conflict when called off."""
        target = self._path / _name(image)
        while True:
            with self._lock:
                if target.exists():
                    os.utime(target)
                    return target
                entry = self._fetching.get(target.name)
                leading = entry is None
                if entry is None:
                    entry = self._fetching[target.name] = _Fetching()
                else:
                    entry.wanted += 1
            if leading:
                self._lead(entry, image, target, cancelled)
            else:
                self._follow(entry, cancelled)

    def _lead(self, entry: _Fetching, image: ImageLink, target: Path, cancelled: Callable[[], bool]) -> None:
        try:
            self._make_room(image.size_bytes)
            self._fetch(image, target, lambda: cancelled() and entry.wanted <= 1)
        except Fault as fault:
            entry.fault = fault
            raise
        finally:
            with self._lock:
                del self._fetching[target.name]
            entry.over.set()

    def _follow(self, entry: _Fetching, cancelled: Callable[[], bool]) -> None:
        while not concurrency.wait(entry.over, 0.2):
            if cancelled():
                with self._lock:
                    entry.wanted -= 1
                raise Conflict("fetching the image was called off", "image", code="cancelled")
        if entry.fault and not isinstance(entry.fault, Conflict):
            raise entry.fault

    def _fetch(self, image: ImageLink, target: Path, cancelled: Callable[[], bool]) -> None:
        secret = concurrency.secret(8)
        part, made = (target.with_name(f"{target.name}.{secret}{kind}{_PART}") for kind in ("", ".made"))
        try:
            with part.open("xb") as file:
                part.chmod(0o600)
                fetch.fetch(image, file, self._limits, cancelled)
                file.flush()
                os.fsync(file.fileno())
            self._make_usable(image, part, made, cancelled).replace(target)
            store.sync_directory(self._path)
        except OSError as error:
            raise HostFailure(f"the image could not be kept: {error.strerror}", "image", retry=True) from None
        finally:
            part.unlink(missing_ok=True)
            made.unlink(missing_ok=True)
        LOG.info("image %s fetched, %d bytes", image.id, image.size_bytes)

    def _make_usable(self, image: ImageLink, part: Path, made: Path, cancelled: Callable[[], bool]) -> Path:
        """The file that disks can rest on: `part` itself, or what was made of it."""
        if image.disk_format not in CONVERTED:
            return part
        if self._convert is None:
            raise HostFailure(f"this host converts no {image.disk_format}", "image", retry=False)
        made.touch(0o600)
        self._convert(image, part, made, cancelled)
        with made.open("rb") as file:
            os.fsync(file.fileno())
        return made

    def _make_room(self, wanted_bytes: int) -> None:
        """Drop images that no disk rests on, those asked for longest ago first, until the new one fits."""
        files = sorted(((path.stat(), path) for path in self._path.iterdir()), key=lambda pair: pair[0].st_mtime)
        total = sum(stat.st_size for stat, _ in files) + wanted_bytes
        if total <= self._max_bytes:
            return
        used = set(self._in_use())
        horizon = concurrency.now().timestamp() - _YOUNG_SECONDS
        for stat, path in files:
            if total > self._max_bytes and str(path) not in used and stat.st_mtime < horizon:
                LOG.info("dropping cached image %s", path.name)
                path.unlink(missing_ok=True)
                total -= stat.st_size


def _name(image: ImageLink) -> str:
    """The name in the cache. Raises Invalid unless every part of it is of the form it must have."""
    facts: tuple[Any, ...] = (ids.is_uuid(image.id), _SHA256.match(image.sha256), image.disk_format in ON_HOST)
    if not all(facts):
        raise Invalid("an order with a malformed image", "image", code="malformed", retry=False)
    return f"{image.id}.{image.sha256}.{ON_HOST[image.disk_format]}"
