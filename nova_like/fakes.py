"""The world of the fake drivers, outside the process: per kind and host one append-only log of effects (JSON lines).

It outlives `kill -9` of its agent as QEMU, nftables and disks do; drivers rebuild their state from it, checkers read
it. It never decides anything, never forgets a line, and never syncs (the machine's power is not part of the game).
"""

import errno
import os
import re
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nova_like import concurrency
from nova_like.model import wire
from nova_like.model.errors import Invalid

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}\Z")
_OPEN_FILES = 512


class World:
    """The logs of one kind of driver (`compute`, `network`, `volume`) below `path`: `<path>/<kind>/<host>.log`."""

    def __init__(self, path: str | Path, kind: str) -> None:
        self.directory = Path(path) / _checked(kind)
        self.directory.mkdir(parents=True, exist_ok=True)
        self._open: OrderedDict[str, int] = OrderedDict()
        self._lock = concurrency.Lock()

    def append(self, host: str, effect: str, **facts: Any) -> dict[str, Any]:
        """Write one effect (`time`, `effect`, `host` and the facts) as one line, in one write; the line as a dict."""
        line = {"time": concurrency.now().isoformat(), "effect": effect, "host": host, **facts}
        data = wire.encode(line) + b"\n"
        with self._lock:
            number = self._descriptor(host)
            if os.write(number, data) < len(data):  # no room for all of it: opening it anew ends the torn line
                os.close(self._open.pop(host))
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return line

    def replay(self, host: str) -> Iterator[dict[str, Any]]:
        """All effects on `host`, oldest first; a torn last line (disk full) is not an effect."""
        path = self._path(host)
        if not path.exists():
            return
        with path.open("rb") as lines:
            for line in lines:
                if line.endswith(b"\n") and line != b"\n":
                    yield from _parsed(line)

    def hosts(self) -> list[str]:
        """The hosts that have a log, sorted."""
        return sorted(path.name.removesuffix(".log") for path in self.directory.glob("*.log"))

    def close(self) -> None:
        with self._lock:
            while self._open:
                os.close(self._open.popitem()[1])

    def _descriptor(self, host: str) -> int:
        number = self._open.pop(host, None)
        if number is None:
            number = _opened(self._path(host))
            if len(self._open) >= _OPEN_FILES:
                os.close(self._open.popitem(last=False)[1])
        self._open[host] = number
        return number

    def _path(self, host: str) -> Path:
        return self.directory / f"{_checked(host)}.log"


def _opened(path: Path) -> int:
    number = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    size = os.fstat(number).st_size
    try:
        if size and os.pread(number, 1, size - 1) != b"\n":
            os.write(number, b"\n")  # ends a torn line, so that the next one is whole
    except OSError:
        os.close(number)
        raise
    return number


def _parsed(line: bytes) -> Iterator[dict[str, Any]]:
    try:
        yield wire.decode(line)
    except Invalid:
        return


def _checked(name: str) -> str:
    if not _NAME.match(name):
        raise Invalid(f"not a host name: {name!r}", noun="host", value=name)
    return name
