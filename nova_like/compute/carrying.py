"""Carries the bytes of one console between a descriptor of the guest and the proxy that it is brought to."""

import contextlib
import os
import selectors
import ssl
from typing import Any

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from nova_like import concurrency, logs

FAULTS = (OSError, WebSocketException)
DIAL_SECONDS = 8.0
CLOSE_SECONDS = 2.0
LOOK_SECONDS = 0.5  # between looks whether the other direction has ended
CHUNK = 1 << 16
PING_SECONDS, PONG_SECONDS = 20.0, 60.0


def bring(line: int, url: str, ticket: str, ca_file: str, over: Any) -> None:
    """Connect to the proxy and carry until either end, or the event `over`, ends it. Raises FAULTS when the proxy
    cannot be reached. Leaves the descriptor open."""
    context = ssl.create_default_context(cafile=ca_file or None) if url.startswith("wss:") else None
    with connect(
        url, ssl=context, additional_headers={"Authorization": f"Ticket {ticket}"}, compression=None, proxy=None,
        open_timeout=DIAL_SECONDS, close_timeout=CLOSE_SECONDS, max_size=1 << 20,
        ping_interval=PING_SECONDS, ping_timeout=PONG_SECONDS, logger=logs.silent("nova_like.compute.websockets"),
    ) as proxy:  # fmt: skip
        _carry(line, proxy, over)


def _carry(line: int, proxy: ClientConnection, over: Any) -> None:
    os.set_blocking(line, False)
    outward = concurrency.spawn(_outward, line, proxy, over, name="console outward")
    try:
        for data in proxy:
            _write(line, data if isinstance(data, bytes) else data.encode(), over)
    except FAULTS:
        pass
    finally:
        over.set()
        proxy.close()
        outward.join()


def _outward(line: int, proxy: ClientConnection, over: Any) -> None:
    with contextlib.suppress(*FAULTS), selectors.DefaultSelector() as poll:
        poll.register(line, selectors.EVENT_READ)
        while not over.is_set():
            if poll.select(LOOK_SECONDS):
                with contextlib.suppress(BlockingIOError):
                    if not (data := os.read(line, CHUNK)):
                        break
                    proxy.send(data)
    over.set()
    proxy.close()


def _write(line: int, data: bytes, over: Any) -> None:
    """All of it, however slowly the guest takes it. Raises OSError when it is gone or nobody waits any more."""
    with selectors.DefaultSelector() as poll:
        poll.register(line, selectors.EVENT_WRITE)
        while data:
            if over.is_set():
                raise BrokenPipeError
            if poll.select(LOOK_SECONDS):
                with contextlib.suppress(BlockingIOError):
                    data = data[os.write(line, data) :]
