"""An agent's picture as EC2 shows it: what comes from a host is not trusted to be one."""

import io
import struct
import zlib

import pytest
from PIL import Image

from nova_like.api.ec2 import console
from nova_like.model.errors import HostFailure
from nova_like.virt import pictures

GOOD = pictures.from_pixels(4, 2, bytes(24))


def sized(width: int, height: int) -> bytes:
    """A PNG that says that it is so large."""
    head = b"IHDR" + struct.pack(">II", width, height) + GOOD[24:29]
    return GOOD[:12] + head + struct.pack(">I", zlib.crc32(head)) + GOOD[33:]


def test_it_is_a_jpeg() -> None:
    with Image.open(io.BytesIO(console.jpeg(GOOD)), formats=["JPEG"]) as shown:
        assert shown.size == (4, 2)
    assert sized(4, 2) == GOOD


@pytest.mark.parametrize("picture", [
    b"", b"GIF89a" + bytes(40), GOOD[:-20], GOOD[:40],
    sized(4096, 4096), sized(60000, 60000), sized(0, 2), sized(40, 20)
])  # fmt: skip
def test_what_is_none_is_refused(picture: bytes) -> None:
    with pytest.raises(HostFailure):
        console.jpeg(picture)
