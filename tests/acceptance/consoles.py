"""Consoles of a trial cloud's guests as a browser has them: an address from `openstack`, then websockets. Test code."""

from __future__ import annotations

import struct
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from tests.acceptance.browser import Page
from tests.acceptance.trial_cloud import LIMIT_S, TrialCloud

READ_BYTES_S = 60.0
_CANVAS = """(() => {
    const canvas = document.querySelector("#screen canvas");
    if (!canvas || !canvas.width || !canvas.height) return [0, 0, 0];
    const bytes = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    return [canvas.width, canvas.height, new Set(new Uint32Array(bytes.buffer)).size];
})()"""


def address(cloud: TrialCloud, server: str, kind: str) -> str:
    """The address that `openstack` shows; `kind` is its option."""
    return str(cloud.openstack_json("console", "url", "show", kind, server)["url"])


def view(cloud: TrialCloud, server: str, kind: str) -> ClientConnection:
    """A websocket to a console, by an address of its own."""
    return opened(address(cloud, server, kind))


def opened(address: str) -> ClientConnection:
    """A websocket to an address's console, opened as noVNC's page opens it, which uses the address up."""
    parts = urlsplit(address)
    path = parse_qs(parts.query).get("path", [f"?{parts.query}"])[0]
    origin = Origin(f"http://{parts.netloc}")
    return connect(
        f"ws://{parts.netloc}/{path}", origin=origin, proxy=None, max_size=None, open_timeout=60, ping_interval=None
    )


def say(console: ClientConnection, line: bytes, wanted: bytes) -> None:
    """Type a line until the answer is there: what is typed while a guest boots is lost."""
    seen, left = b"", LIMIT_S
    while wanted not in seen:
        console.send(line)
        try:
            while wanted not in seen:
                seen += console.recv(timeout=5, decode=False)
        except TimeoutError:
            left -= 5
            assert left > 0, f"the console says {seen[-500:]!r}"


def wait_closed(console: ClientConnection) -> None:
    """Until the proxy has closed it."""
    try:
        while True:
            console.recv(timeout=LIMIT_S)
    except ConnectionClosed:
        return


class _Stream:
    """The bytes of a websocket, whatever its messages are."""

    def __init__(self, source: ClientConnection) -> None:
        self._source, self._kept = source, b""

    def read(self, count: int) -> bytes:
        while len(self._kept) < count:
            self._kept += self._source.recv(timeout=READ_BYTES_S, decode=False)
        data, self._kept = self._kept[:count], self._kept[count:]
        return data

    def numbers(self, shape: str) -> tuple[int, ...]:
        return struct.unpack(shape, self.read(struct.calcsize(shape)))


def picture(console: ClientConnection) -> tuple[str, int, int, bytes]:
    """(name, width, height, pixels of 4 bytes) of a display, asked for whole and raw (RFC 6143)."""
    stream = _Stream(console)
    assert stream.read(12) == b"RFB 003.008\n"
    console.send(b"RFB 003.008\n")
    kinds = stream.read(*stream.numbers(">B"))
    assert 1 in kinds, "no password is asked for: the token was it"
    console.send(b"\x01")
    assert stream.numbers(">I") == (0,)
    console.send(b"\x01")
    width, height, bits = stream.numbers(">HHB15x")
    assert bits == 32
    name = stream.read(*stream.numbers(">I")).decode()
    console.send(struct.pack(">BxHi", 2, 1, 0) + struct.pack(">BBHHHH", 3, 0, 0, 0, width, height))
    pixels = bytearray(width * height * 4)
    left = width * height
    while left > 0:
        kind, count = stream.numbers(">BxH")
        assert kind == 0, "an update"
        for _ in range(count):
            x, y, across, down, _ = stream.numbers(">HHHHi")
            for row in range(down):
                place = ((y + row) * width + x) * 4
                pixels[place : place + across * 4] = stream.read(across * 4)
            left -= across * down
    return name, width, height, bytes(pixels)


def said(page: Page) -> str:
    """What noVNC's page says of its connection; nothing before it is there."""
    return str(page.evaluate("document.getElementById('status')?.textContent ?? ''"))


def canvas(page: Page) -> tuple[int, int, int]:
    """(width, height, number of colours) of the picture that noVNC has drawn; zeros before there is one."""
    width, height, colours = page.evaluate(_CANVAS)
    return width, height, colours
