"""What this host was asked for: one file a port, mode 0600. The only thing that the driver remembers.

Written before the host changes and removed before it changes back, so that a crash is finished by the next `apply`.
"""

import logging
import os
from dataclasses import dataclass
from pathlib import Path

from nova_like.model import wire
from nova_like.model.errors import Invalid
from nova_like.model.orders import GuestMetadata, Plug, Port

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Record:
    """One port, the guest that it belongs to, and its place among the guest's ports."""

    port: Port
    metadata: GuestMetadata
    index: int = 0


def of_plug(plug: Plug) -> list[Record]:
    return [Record(port, plug.metadata, index) for index, port in enumerate(plug.ports)]


class Records:
    """By port id, the oldest first. Not thread safe: the driver holds its lock."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._records: dict[str, Record] = {}

    def load(self) -> None:
        """Read all files; one that cannot be read is set aside as `.bad` and said in the log."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._records = {}
        for path in sorted(self._directory.glob("*.json"), key=lambda path: path.stat().st_mtime_ns):
            try:
                record = wire.from_wire(Record, wire.decode(path.read_bytes()))
            except Invalid as error:
                LOG.error("set aside %s: %s", path.name, error.reason)
                path.rename(path.with_suffix(".bad"))
                continue
            self._records[record.port.id] = record

    def all(self) -> list[Record]:
        return list(self._records.values())

    def get(self, port_id: str) -> Record | None:
        return self._records.get(port_id)

    def named(self, plug: Plug) -> list[Record]:
        """Those of the plug's ports that are known; of all ports of its instance when it names none."""
        if plug.ports:
            return [self._records[port.id] for port in plug.ports if port.id in self._records]
        return [record for record in self._records.values() if record.metadata.instance_id == plug.instance_id]

    def put(self, record: Record) -> None:
        """Whole or not at all. Untouched when it is there already."""
        if self._records.get(record.port.id) == record:
            return
        path = self._path(record.port.id)
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(wire.encode(record))
        fresh.rename(path)
        self._records.pop(record.port.id, None)
        self._records[record.port.id] = record

    def remove(self, port_id: str) -> None:
        if self._records.pop(port_id, None) is not None:
            self._path(port_id).unlink(missing_ok=True)

    def set_aside(self, port_id: str) -> None:
        """Forget it, but keep its file as `.bad` for the operator."""
        del self._records[port_id]
        path = self._path(port_id)
        path.rename(path.with_suffix(".bad"))

    def guests(self) -> dict[str, tuple[GuestMetadata, tuple[Port, ...]]]:
        """By port id the guest that it belongs to, with all its ports on this host in order."""
        own: dict[str, list[Record]] = {}
        for record in self._records.values():
            own.setdefault(record.metadata.instance_id, []).append(record)
        found = {}
        for records in own.values():
            records.sort(key=lambda record: record.index)
            ports = tuple(record.port for record in records)
            found.update({record.port.id: (record.metadata, ports) for record in records})
        return found

    def _path(self, port_id: str) -> Path:
        return self._directory / f"{port_id}.json"
