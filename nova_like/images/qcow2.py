"""The header of a qcow2 image, read strictly: what could lead a tool to another file, or is unknown, is refused.

Format: QEMU's docs/interop/qcow2.txt. Pure: bytes in, facts out; never opens a file.
"""

import struct
from dataclasses import dataclass

from nova_like.model.errors import Invalid

MAGIC = b"QFI\xfb"
_FIXED = struct.Struct(">4sIQIIQIIQQIIQ")  # the 72 bytes of version 2
_FEATURES = struct.Struct(">QQQII")  # what version 3 adds: three feature sets, refcount order, header length
_COMPRESSION_TYPE = 1 << 3  # the one incompatible feature that harms nobody (zstd clusters)
_EXTENSION_END = 0
_BACKING_FORMAT = 0xE2792ACA
_DATA_FILE = 0x44415441
_LUKS = 0x0537BE77
_REFUSED_EXTENSIONS = {_BACKING_FORMAT: "a backing format", _DATA_FILE: "an external data file", _LUKS: "encryption"}
_L1_LIMIT = 32 << 20  # bytes, as in QEMU


@dataclass(frozen=True)
class Header:
    version: int
    virtual_size_bytes: int
    cluster_bits: int


def parse(head: bytes) -> Header:
    """The header at the start of `head` (its first cluster at least, or the whole file). Raises Invalid."""
    if len(head) < _FIXED.size or head[:4] != MAGIC:
        raise _refused("it is no qcow2 image")
    (_, version, backing, backing_size, cluster_bits, size, crypt, l1_entries, l1_offset, refcounts, _, snapshots,
     _) = _FIXED.unpack_from(head)  # fmt: skip
    if version not in (2, 3):
        raise _refused(f"qcow2 version {version} is not supported")
    if backing or backing_size:
        raise _refused("it has a backing file")
    if crypt:
        raise _refused("it is encrypted")
    if snapshots:
        raise _refused("it has internal snapshots")
    if not 9 <= cluster_bits <= 21:
        raise _refused(f"its cluster size (2^{cluster_bits}) is out of range")
    _check_tables(size, cluster_bits, l1_entries, l1_offset, refcounts)
    _check_extensions(head, _header_length(head, version), 1 << cluster_bits)
    return Header(version, size, cluster_bits)


def _check_tables(size: int, cluster_bits: int, l1_entries: int, l1_offset: int, refcounts: int) -> None:
    cluster = 1 << cluster_bits
    needed = -(-size // (cluster * (cluster // 8)))
    if size <= 0 or size >= 1 << 63 or l1_entries * 8 > _L1_LIMIT or needed > l1_entries:
        raise _refused("its size and its tables contradict each other")
    if l1_offset % cluster or refcounts % cluster:
        raise _refused("its tables are not aligned")


def _header_length(head: bytes, version: int) -> int:
    if version == 2:
        return _FIXED.size
    if len(head) < _FIXED.size + _FEATURES.size:
        raise _refused("it is cut short")
    incompatible, _, _, _, length = _FEATURES.unpack_from(head, _FIXED.size)
    if incompatible & ~_COMPRESSION_TYPE:
        raise _refused(f"it has incompatible features ({incompatible:#x}): data file, dirty, corrupt or unknown")
    if length < _FIXED.size + _FEATURES.size or length % 8 or length > 4096:
        raise _refused("its header length is out of range")
    return length


def _check_extensions(head: bytes, position: int, cluster: int) -> None:
    """Walk the header extensions; without a backing file's name they end by an end marker within the first cluster."""
    end = min(cluster, len(head))
    while position + 8 <= end:
        kind, length = struct.unpack_from(">II", head, position)
        if kind == _EXTENSION_END:
            return
        if kind in _REFUSED_EXTENSIONS:
            raise _refused(f"it names {_REFUSED_EXTENSIONS[kind]}")
        position += 8 + -(-length // 8) * 8
    raise _refused("its header extensions do not end")


def _refused(why: str) -> Invalid:
    return Invalid(f"The image is refused: {why}.", noun="image", field="data", code="image")
