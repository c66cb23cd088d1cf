"""What an upload really is: digests, format, virtual size; refuses what lies or could name a file of the host.

Reads bytes as they stream by and runs no tool. After it, our record of the format is the only one that counts.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from oslo_utils.imageutils import format_inspector

from nova_like.images import qcow2
from nova_like.images.foreign import Foreign, refused
from nova_like.model import image_formats as formats
from nova_like.model.errors import Invalid

HEAD_BYTES = 4 << 20  # every format's signature and header lie within it
SECTOR = 512
_SIGNATURES = {
    b"WithoutFreeSpace": "parallels",
    b"WithouFreSpacExt": "parallels",
    b"Bochs Virtual HD Image": "bochs",
    b"#!/bin/sh\n#V2.0 Format\nmodprobe cloop": "cloop",
    b"LUKS\xba\xbe": "luks",
    b"KDMV": "vmdk",
    b"COWD": "vmdk",
    b"# Disk DescriptorFile": "vmdk",
}
_FITS_RAW = {"raw", "gpt"}  # a partition table (gpt stands for MBR too) is what raw disks begin with
_FITS = dict.fromkeys(formats.PLAIN, _FITS_RAW) | {"iso": {"iso", "gpt"}}  # others fit themselves only


@dataclass(frozen=True)
class Findings:
    """What was found; sizes in bytes, digests in hex."""

    disk_format: str
    size_bytes: int
    virtual_size_bytes: int
    sha256: str
    sha512: str
    md5: str


class Inspector:
    """Feed it every chunk of an upload in order, then ask `finish`; Invalid comes as early as it can."""

    def __init__(self, disk_format: str, max_virtual_bytes: int | None = None) -> None:
        if disk_format not in formats.DISK_FORMATS:
            raise Invalid(f"Disk format {disk_format!r} is not supported.", noun="image", field="disk_format",
                          value=disk_format)  # fmt: skip
        self._declared = disk_format
        self._limit = max_virtual_bytes
        self._size = 0
        self._head = bytearray()
        self._digests = [hashlib.sha256(), hashlib.sha512(), hashlib.md5(usedforsecurity=False)]
        self._judged = False
        plain = disk_format in formats.PLAIN or disk_format == "qcow2"
        self._foreign = None if plain else Foreign(disk_format)

    def feed(self, chunk: bytes) -> None:
        """The next bytes of the stream. Blocking arithmetic: use `concurrency.call_native` for big chunks."""
        self._size += len(chunk)
        for digest in self._digests:
            digest.update(chunk)
        if not self._judged:
            self._head += chunk[: HEAD_BYTES - len(self._head)]
            if len(self._head) >= HEAD_BYTES:
                self._judge()
        if self._foreign is not None:
            self._foreign.feed(chunk)

    def finish(self) -> Findings:
        """The findings, at the end of the stream. Raises Invalid when the content is not what was declared."""
        if not self._size:
            raise refused("it is empty")
        if not self._judged:
            self._judge()
        virtual = self._virtual_size()
        if self._limit is not None and virtual > self._limit:
            raise refused(f"it claims a disk of {virtual} bytes, more than the {self._limit} allowed")
        return Findings(self._declared, self._size, virtual, *(digest.hexdigest() for digest in self._digests))

    def _judge(self) -> None:
        self._judged = True
        head = bytes(self._head)
        found = _detect(head)
        allowed = _FITS.get(self._declared, {self._declared})
        if not found <= allowed or not (self._declared in found or allowed == _FITS_RAW):
            content = " and ".join(sorted(found - allowed or found))
            raise refused(f"it is declared {self._declared}, but its content is {content}")
        if self._declared == "qcow2":
            self._header = qcow2.parse(head)

    def _virtual_size(self) -> int:
        if self._declared == "qcow2":
            return self._header.virtual_size_bytes
        if self._foreign is not None:
            return self._foreign.finish()
        return -(-self._size // SECTOR) * SECTOR


def inspect_bytes(data: bytes, disk_format: str, max_virtual_bytes: int | None = None) -> Findings:
    """The findings on a whole image in memory."""
    inspector = Inspector(disk_format, max_virtual_bytes)
    inspector.feed(data)
    return inspector.finish()


def _detect(head: bytes) -> set[str]:
    """The names of all formats that the first bytes match; {"raw"} when none does."""
    if head.startswith(qcow2.MAGIC):
        return {"qcow2"} | {name for name in _matches(head) if name not in _FITS_RAW}
    return _matches(head) or {"raw"}


def _matches(head: bytes) -> set[str]:
    padded = head.ljust(2 * SECTOR, b"\0")  # a short file must not slip through as an incomplete header
    found = {name for signature, name in _SIGNATURES.items() if head.startswith(signature)}
    for name, kind in format_inspector.ALL_FORMATS.items():
        if name != "raw" and _match(kind(), padded):
            found.add(name)
    return found


def _match(inspector: Any, head: bytes) -> bool:
    try:
        inspector.eat_chunk(head)
        inspector.finish()
        return bool(inspector.format_match)
    except Exception:  # noqa: BLE001
        # A parser of untrusted bytes that gives up half-way has still seen, or not seen, its signature
        return _signed(inspector)


def _signed(inspector: Any) -> bool:
    try:
        return bool(inspector.format_match)
    except Exception:  # noqa: BLE001
        return False
