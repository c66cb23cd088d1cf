"""Copies of fake disks: nothing but their effects, and an empty image of the disk's size when they are read."""

import io
import struct
from collections.abc import Callable
from typing import BinaryIO

from nova_like.model.errors import Conflict, NotFound
from nova_like.virt.fake.host import Host

GIB = 1 << 30
MIB = 1 << 20
_CLUSTER = 1 << 16


class Copies:
    """`virt.base.Copies`."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def make(self, instance_id: str, cause: str, cancelled: Callable[[], bool]) -> None:
        record = self._host.get(instance_id)
        if not record.files:
            raise NotFound("instance", instance_id)
        if cancelled():
            raise Conflict("copying the disk was called off", "instance", code="cancelled")
        if record.copy != cause:
            self._host.act("copy", instance_id, cause)

    def open(self, instance_id: str, cause: str) -> BinaryIO:
        record = self._host.get(instance_id)
        if record.copy != cause:
            raise NotFound("copy", cause)
        return io.BytesIO(_empty(record.disk_gib * GIB or MIB))

    def drop(self, instance_id: str) -> None:
        if self._host.get(instance_id).copy:
            self._host.act("drop-copy", instance_id)


def _empty(size_bytes: int) -> bytes:
    """A whole qcow2 (version 3) of so many bytes that were never written: header, refcounts, and an empty L1 table."""
    entries = -(-size_bytes // (_CLUSTER * _CLUSTER // 8))
    tables = -(-entries * 8 // _CLUSTER)
    head = struct.pack(">4sIQIIQIIQQIIQ", b"QFI\xfb", 3, 0, 0, 16, size_bytes, 0, entries, 3 * _CLUSTER, _CLUSTER,
                       1, 0, 0) + struct.pack(">QQQII", 0, 0, 0, 4, 104)  # fmt: skip
    counts = struct.pack(">Q", 2 * _CLUSTER).ljust(_CLUSTER, b"\0") + (b"\0\1" * (3 + tables)).ljust(_CLUSTER, b"\0")
    return head.ljust(_CLUSTER, b"\0") + counts + bytes(tables * _CLUSTER)
