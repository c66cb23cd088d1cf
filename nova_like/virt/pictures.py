"""Pictures of guests' displays: read as hypervisors give them (PPM or PNG), made into PNG. Decodes no PNG."""

import re
import struct
import zlib

from nova_like.model.errors import HostFailure

MOST_PIXELS = 8 << 20  # 3840 x 2160
MOST_BYTES = 5 << 20  # of a picture on its way over the bus, where messages have a limit
_PNG = b"\x89PNG\r\n\x1a\n"
_PPM = re.compile(rb"P6\s+(\d{1,5})\s+(\d{1,5})\s+255\s")  # netpbm.sourceforge.net/doc/ppm.html, without comments


def png(data: bytes) -> bytes:
    """A picture as PNG. Raises HostFailure for one that is neither, or too large."""
    made = data if data.startswith(_PNG) else _from_ppm(data)
    if len(made) > MOST_BYTES:
        raise HostFailure("the picture is too large", "instance", retry=False)
    return made


def _from_ppm(data: bytes) -> bytes:
    head = _PPM.match(data)
    width, height = (int(number) for number in head.groups()) if head else (0, 0)
    if head is None or not 0 < width * height <= MOST_PIXELS or len(data) - head.end() != width * height * 3:
        raise HostFailure("the hypervisor gave no picture that can be read", "instance", retry=False)
    return from_pixels(width, height, data[head.end() :])


def from_pixels(width: int, height: int, pixels: bytes) -> bytes:
    """A PNG of pixels of three bytes (red, green, blue), row after row."""
    rows = b"".join(b"\0" + pixels[start : start + width * 3] for start in range(0, width * height * 3, width * 3))
    form = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return _PNG + _chunk(b"IHDR", form) + _chunk(b"IDAT", zlib.compress(rows, 6)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
