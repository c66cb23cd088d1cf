"""Pictures of displays, right ones and what a broken hypervisor might give."""

import io

import pytest
from PIL import Image

from nova_like.model.errors import HostFailure
from nova_like.virt import pictures

PIXELS = bytes(range(3 * 5 * 2))


def test_a_picture_is_what_the_hypervisor_gave() -> None:
    made = pictures.png(b"P6\n5 2\n255\n" + PIXELS)
    with Image.open(io.BytesIO(made), formats=["PNG"]) as shown:
        assert (shown.size, shown.mode, shown.tobytes()) == ((5, 2), "RGB", PIXELS)
    assert pictures.png(made) == made, "a PNG goes on as it is"


@pytest.mark.parametrize("data", [
    b"", b"P6\n5 2\n255\n" + PIXELS[1:], b"P6\n5 2\n255\n" + PIXELS + b"x", b"P5\n5 2\n255\n" + PIXELS,
    b"P6\n0 0\n255\n", b"P6\n5 2\n65535\n" + PIXELS * 2, b"P6\n99999 99999\n255\n", b"P6\n999999 1\n255\n",
    b"\x89PNG\r\n\x1a\n" + bytes(pictures.MOST_BYTES),
])  # fmt: skip
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(HostFailure):
        pictures.png(data)
