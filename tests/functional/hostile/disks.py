"""Disks that lie: name -> (format that they are declared to be, bytes). Test code; holds no assertion."""

import functools
import struct
import subprocess
import tempfile
from pathlib import Path

Cases = dict[str, tuple[str, bytes]]
RAW = bytes(range(256)) * 16
_QEMU = {"vmdk": "vmdk", "vhd": "vpc", "vhdx": "vhdx", "vdi": "vdi"}


def header(size: int = 1 << 20, backing: bytes = b"", incompatible: int = 0, extensions: bytes = b"") -> bytes:
    """A qcow2 header, version 3, and its tables."""
    cluster = 1 << 16
    offset = 112 + len(extensions) if backing else 0
    head = struct.pack(">4sIQIIQIIQQIIQ", b"QFI\xfb", 3, offset, len(backing), 16, size, 0, 1, cluster, 2 * cluster,
                       1, 0, 0) + struct.pack(">QQQII", incompatible, 0, 0, 4, 104)  # fmt: skip
    return (head + extensions + bytes(8) + backing).ljust(4 * cluster, b"\0")


@functools.cache
def made(kind: str, *options: str) -> bytes:
    """An empty disk of 9 MiB as qemu-img makes it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "disk"
        subprocess.run(
            ["qemu-img", "create", "-q", "-f", _QEMU[kind], *options, str(path), "9M"], check=True, timeout=60
        )
        return path.read_bytes()


def patched(data: bytes, offset: int, layout: str, value: int) -> bytes:
    copy = bytearray(data)
    struct.pack_into(layout, copy, offset, value)
    return bytes(copy)


def described(old: bytes, new: bytes) -> bytes:
    """A vmdk with another word in its descriptor."""
    data = made("vmdk")
    start = data.index(b"# Disk DescriptorFile")
    text = data[start : data.index(b"\0", start)]
    bent = text.replace(old, new)
    return data[:start] + bent + data[start + max(len(text), len(bent)) :]


def _parented_vhdx() -> bytes:
    data = made("vhdx")
    table = entry = data.index(b"metadata")
    while data[entry + 32 : entry + 36] != bytes.fromhex("3767a1ca"):  # the file's parameters
        entry += 32
    (item,) = struct.unpack_from("<I", data, entry + 48)
    return patched(data, table + item + 4, "<I", 2)


def resting() -> Cases:
    """S1."""
    names = (b"/etc/passwd", b"passwd", b'json:{"driver":"file","filename":"/etc/passwd"}', b"nbd:127.0.0.1:10809",
             b"http://127.0.0.1/x")  # fmt: skip
    qcow2s = {f"qcow2 on {name.decode()}": ("qcow2", header(backing=name)) for name in names}
    return qcow2s | {
        "vmdk with a parent": ("vmdk", described(b"# The Disk Data Base", b'parentFileNameHint="/etc/passwd"\n#')),
        "vhd": ("vhd", patched(made("vhd"), 60, ">I", 4)), "vdi": ("vdi", patched(made("vdi"), 0x4C, "<I", 4)),
        "vhdx": ("vhdx", _parented_vhdx()),
    }  # fmt: skip


def with_data_file() -> Cases:
    """S2."""
    name = struct.pack(">II", 0x44415441, 8) + b"/etc/pwd"
    return {"by its bit": ("qcow2", header(incompatible=4)), "by its name": ("qcow2", header(extensions=name)),
            "by both": ("qcow2", header(incompatible=4, extensions=name))}  # fmt: skip


def vmdks() -> Cases:
    """S3."""
    kinds = {
        kind: ("vmdk", made("vmdk", "-o", f"subformat={kind}")) for kind in ("monolithicFlat", "twoGbMaxExtentFlat")
    }
    return kinds | {
        "called flat": ("vmdk", described(b"monolithicSparse", b"monolithicFlat")),
        "an extent elsewhere": ("vmdk", described(b"# Extent description", b'RW 1 FLAT "/etc/passwd" 0\n#')),
        "a parent": ("vmdk", described(b"parentCID=ffffffff", b"parentCID=00000001")),
    }


def mislabelled() -> Cases:
    """S4."""
    found = {f"{kind} as raw": ("raw", made(kind)) for kind in _QEMU}
    return found | {"qcow2 as raw": ("raw", header()), "raw as qcow2": ("qcow2", RAW),
                    "qcow2 as vmdk": ("vmdk", header()), "vmdk as ami": ("ami", made("vmdk")),
                    "raw as iso": ("iso", RAW * 32)}  # fmt: skip


def polyglots() -> Cases:
    """S5."""
    disc = b"\x01CD001\x01"
    both = header()[:0x8000] + disc + header()[0x8000 + len(disc) :]
    raw = (RAW * 32)[:0x8000] + disc + (RAW * 32)[0x8000 + len(disc) :]
    return {"iso in qcow2": ("qcow2", both), "qcow2 in iso": ("iso", both), "iso in raw": ("raw", raw),
            "qed": ("raw", b"QED\0".ljust(4096, b"\0")), "luks": ("raw", b"LUKS\xba\xbe\0\1".ljust(8192, b"\0")),
            "cut": ("qcow2", header()[:90])}  # fmt: skip


def huge() -> Cases:
    """S6: impossible ones, and those that are only larger than is allowed."""
    tables = bytearray(header(1 << 50))
    struct.pack_into(">I", tables, 36, 1 << 21)  # as many entries as that takes
    return {"8 EiB": ("qcow2", header(1 << 62)), "1 PiB": ("qcow2", bytes(tables)),
            "vmdk": ("vmdk", patched(made("vmdk"), 12, "<Q", 1 << 41)),
            "vhd": ("vhd", patched(made("vhd"), 48, ">Q", 1 << 50))}  # fmt: skip
