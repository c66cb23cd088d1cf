"""The formats that a host must convert, and ISO, judged while their bytes stream by: headers of other makers' disks.

oslo.utils reads them; what it lets pass and could lead a tool to another file is refused here. Runs no tool.
"""

import struct
from typing import Any

from oslo_utils.imageutils import format_inspector

from nova_like.model.errors import Invalid

HEAD_BYTES = 4096
PIECE = 16 << 10  # the parser finds one table in a piece, and the next one only beyond it
LAID_OUT = 16 << 20  # where tables end that tell of others
SECTOR = 512
VHD_DYNAMIC = 3
VDI_DYNAMIC, VDI_FIXED = 1, 2
_NO_PARENT = "ffffffff"
_FILE_PARAMETERS = "CAA16737-FA36-4D43-B3B6-33F0AA44E76B"
_HAS_PARENT = 2


class _Vhdx(format_inspector.VHDXInspector):
    """Looks at the flags of the file's parameters too, which tell whether it rests on another."""

    def post_process(self) -> None:
        super().post_process()
        if self.has_region("vds") and not self.has_region("parameters"):
            region = self._find_meta_entry(_FILE_PARAMETERS)
            if region:
                self.new_region("parameters", region)


class Foreign:
    """Feed it the whole stream of an image of format `kind` (iso, vmdk, vhd, vhdx, vdi), then ask `finish`."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._parser: Any = _Vhdx() if kind == "vhdx" else format_inspector.ALL_FORMATS[kind]()
        self._head, self._size, self._broken = b"", 0, False

    def feed(self, chunk: bytes) -> None:
        """The next bytes. Raises Invalid as soon as the parser gives up."""
        self._size += len(chunk)
        self._head += chunk[: HEAD_BYTES - len(self._head)] if len(self._head) < HEAD_BYTES else b""
        step = PIECE if self._size <= LAID_OUT else len(chunk)
        for start in range(0, len(chunk), max(1, step)):
            self._guarded(self._parser.eat_chunk, chunk[start : start + step])

    def finish(self) -> int:
        """The virtual size in bytes. Raises Invalid."""
        self._guarded(self._parser.finish)
        self._guarded(self._parser.safety_check)
        size = int(self._guarded(_CHECKS[self._kind], self._head, self._parser) or 0)
        if self._kind == "iso":
            size = -(-self._size // SECTOR) * SECTOR  # a host gives all of it to the guest
        if size <= 0 or size % SECTOR:
            raise refused(f"its virtual size ({size}) is out of range")
        return size

    def _guarded(self, call: Any, *arguments: Any) -> Any:
        """Raises Invalid for whatever a parser of untrusted bytes may raise."""
        try:
            return call(*arguments)
        except Invalid:
            raise
        except Exception as error:  # noqa: BLE001
            raise refused(f"it is no sound {self._kind} ({type(error).__name__})") from None


def _vmdk(head: bytes, parser: Any) -> int:
    """Sparse only, with its descriptor inside; a parent's name in it would be opened as a backing file."""
    if not head.startswith(b"KDMV"):
        raise refused("it is a vmdk descriptor of other files")
    text = parser.desc_text.replace(" ", "").replace("\t", "")
    if "parentfilenamehint" in text or f"parentcid={_NO_PARENT}" not in text:
        raise refused("it has a parent")
    return int(parser.virtual_size)


def _vhd(head: bytes, parser: Any) -> int:
    size, kind = *struct.unpack_from(">Q", head, 48), *struct.unpack_from(">I", head, 60)
    if kind != VHD_DYNAMIC:
        raise refused("it is a vhd of another kind than dynamic")
    return int(size)


def _vhdx(head: bytes, parser: Any) -> int:
    _, flags = struct.unpack_from("<II", parser.region("parameters").data)
    if flags & _HAS_PARENT:
        raise refused("it has a parent")
    return int(parser.virtual_size)


def _vdi(head: bytes, parser: Any) -> int:
    (kind,) = struct.unpack_from("<I", head, 0x4C)
    if kind not in (VDI_DYNAMIC, VDI_FIXED):
        raise refused("it is a vdi that rests on another")
    return int(parser.virtual_size)


_CHECKS: dict[str, Any] = {
    "vmdk": _vmdk, "vhd": _vhd, "vhdx": _vhdx, "vdi": _vdi, "iso": lambda head, parser: parser.virtual_size,
}  # fmt: skip


def refused(why: str) -> Invalid:
    """The refusal of an image."""
    return Invalid(f"The image is refused: {why}.", noun="image", field="data", code="image")
