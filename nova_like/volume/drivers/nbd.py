"""One qemu-nbd for each exported volume. It outlives the agent, and is known again by its pid file and arguments.

Owns `<directory>/<volume id>.{export,pid}`: the first is the record of what is to be exported, the second qemu-nbd's.
An export is reached by a name that nobody can guess, made once for each attachment; it has no other protection, so
the address must be one that hypervisors alone can reach. The format is named, so that nothing a guest wrote is probed.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nova_like import concurrency, logs
from nova_like.model import wire
from nova_like.model.errors import Fault, HostFailure
from nova_like.model.orders import Connection

LOG = logs.get(__name__)
SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
CLIENTS = 4  # of one export: a guest that comes back finds the connection of the one before still there
TRIES = 20  # ports that are tried for one export
_START_SECONDS, _DEATH_SECONDS, _AGAIN_SECONDS = 60.0, 10.0, 0.25


@dataclass(frozen=True)
class Server:
    """Where exports listen: an address of this host, and ports from the first to the last."""

    address: str = "127.0.0.1"
    first_port: int = 10810
    last_port: int = 14905


@dataclass(frozen=True)
class Record:
    """What is to be exported: for which attachment, and how it is reached."""

    attachment_id: str
    connection: Connection
    path: str


class Exports:
    """Not locked: its owner does one thing at a time."""

    def __init__(self, directory: Path, server: Server) -> None:
        self._directory, self._server = directory, server

    def all(self) -> dict[str, str]:
        """{volume id: attachment id}."""
        return {id: record.attachment_id for id, record in self._records().items()}

    def open(self, volume_id: str, path: Path, attachment_id: str) -> Connection:
        """Export the volume for this attachment and for no other. Raises HostFailure."""
        known = self._records().get(volume_id)
        if known and known.attachment_id == attachment_id and self._running(volume_id, known):
            return known.connection
        if known and known.attachment_id != attachment_id:
            self.close(volume_id)
            known = None
        self._end(volume_id)
        if known is not None:  # it fell over: its guest looks for it where it was
            self._serve(volume_id, known)
            return known.connection
        return self._open_somewhere(volume_id, path, attachment_id)

    def close(self, volume_id: str) -> None:
        """Make it gone, whoever is connected. Raises HostFailure."""
        self._end(volume_id)
        self._record(volume_id).unlink(missing_ok=True)

    def keep(self) -> None:
        """Start what is on record and does not run, as after the machine was off."""
        for id, record in self._records().items():
            if not self._running(id, record):
                try:
                    self._end(id)
                    self._serve(id, record)
                    LOG.warning("the export of volume %s was gone, and is back", id)
                except (Fault, OSError) as error:
                    LOG.error("the export of volume %s is gone: %s", id, error)

    def _open_somewhere(self, volume_id: str, path: Path, attachment_id: str) -> Connection:
        """On a port that is free. The record comes first: what runs is always on record."""
        taken = {record.connection.port for record in self._records().values()}
        ports = [port for port in range(self._server.first_port, self._server.last_port + 1) if port not in taken]
        name, failure = concurrency.secret(), HostFailure("No port is left for exports.", "volume", retry=False)
        for port in ports[:TRIES]:
            record = Record(attachment_id, Connection(self._server.address, port, name), str(path))
            _write(self._record(volume_id), wire.encode(record))
            try:
                self._serve(volume_id, record)
                return record.connection
            except HostFailure as fault:  # somebody else's port, perhaps
                failure = fault
        self.close(volume_id)
        raise failure

    def _serve(self, volume_id: str, record: Record) -> None:
        argv = [*_scope(), *self._argv(volume_id, record)]
        with tempfile.TemporaryFile() as said:  # not a pipe, which would have no end while the export lasts
            try:
                done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said,
                                      timeout=_START_SECONDS, env={"PATH": SEARCH_PATH, "LC_ALL": "C"},
                                      check=False)  # fmt: skip
            except (OSError, subprocess.TimeoutExpired) as error:
                raise HostFailure("qemu-nbd cannot be run.", "volume", retry=True) from error
            if done.returncode:
                said.seek(0)
                LOG.warning("qemu-nbd failed: %s", said.read(500).decode(errors="replace"))
                raise HostFailure("The volume could not be exported.", "volume", retry=True)

    def _argv(self, volume_id: str, record: Record) -> list[str]:
        path, to = Path(record.path), record.connection
        cache = "none" if _takes_direct_io(path) else "writeback"
        options = f"driver=raw,file.driver=file,file.filename={str(path).replace(',', ',,')}"
        return [
            "qemu-nbd", "--fork", "--persistent", f"--pid-file={self._pid_file(volume_id)}", f"--shared={CLIENTS}",
            f"--bind={to.address}", f"--port={to.port}", f"--export-name={to.name}", f"--cache={cache}",
            "--discard=unmap", "--image-opts", options,
        ]  # fmt: skip

    def _running(self, volume_id: str, record: Record) -> bool:
        pid = self._pid(volume_id)
        return bool(pid) and f"--export-name={record.connection.name}" in _argv_of(pid)

    def _pid(self, volume_id: str) -> int:
        """Of the qemu-nbd of this volume, 0 when there is none (pids are used again: its arguments are asked)."""
        path = self._pid_file(volume_id)
        try:
            pid = int(path.read_text())
        except (OSError, ValueError):
            return 0
        return pid if f"--pid-file={path}" in _argv_of(pid) else 0

    def _end(self, volume_id: str) -> None:
        """Returns when it is dead (a zombie has no arguments)."""
        if pid := self._pid(volume_id):
            mark = f"--pid-file={self._pid_file(volume_id)}"
            for number in (signal.SIGTERM, signal.SIGKILL):
                if _kill(pid, number, mark):
                    break
            else:
                raise HostFailure("The export does not end.", "volume", retry=True)
        self._pid_file(volume_id).unlink(missing_ok=True)

    def _records(self) -> dict[str, Record]:
        found = {}
        for path in self._directory.glob("*.export"):
            try:
                record: Any = wire.from_wire(Record, wire.decode(path.read_bytes()))
            except (OSError, Fault):
                continue
            found[path.stem] = record
        return found

    def _record(self, volume_id: str) -> Path:
        return self._directory / f"{volume_id}.export"

    def _pid_file(self, volume_id: str) -> Path:
        return self._directory.resolve() / f"{volume_id}.pid"


def _kill(pid: int, number: int, mark: str) -> bool:
    """Whether it is dead in time; it is what has the argument `mark`. It is told again and again: one that has only
    just begun forgets a SIGTERM."""
    deadline = concurrency.monotonic() + _DEATH_SECONDS
    while concurrency.monotonic() < deadline:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return True
        again = concurrency.monotonic() + _AGAIN_SECONDS
        while concurrency.monotonic() < again:
            if mark not in _argv_of(pid):
                return True
            concurrency.sleep(0.005)
    return False


def _argv_of(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").rstrip("\0").split("\0")
    except OSError:
        return []


def _write(path: Path, data: bytes) -> None:
    """Whole or not there, and nobody else's to read."""
    fresh = path.with_suffix(".part")
    number = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(number, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)


def _takes_direct_io(path: Path) -> bool:
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_DIRECT | os.O_CLOEXEC))
    except OSError:
        return False
    return True


def _scope() -> list[str]:
    """Under systemd a process of a service dies with it, unless it has a scope of its own, which only root can make;
    else its unit must say KillMode=process."""
    if os.geteuid() == 0 and Path("/run/systemd/system").is_dir() and shutil.which("systemd-run", path=SEARCH_PATH):
        return ["systemd-run", "--scope", "--quiet", "--collect"]
    return []
