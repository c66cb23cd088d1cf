"""Uploads one file by its signed link, bounded in time; comes again when the image API says when. No redirects.

Uses http.client: no proxies from the environment, no other schemes, nothing kept in memory but one chunk.
"""

import contextlib
import http.client
from collections.abc import Callable, Iterator
from typing import BinaryIO

from nova_like import concurrency
from nova_like.images.fetch import CHUNK, LOOK_SECONDS, MOST_SECONDS, Limits, connect
from nova_like.model.errors import Conflict, HostFailure
from nova_like.model.orders import Upload

_MEDIA = "application/octet-stream"


def send(upload: Upload, data: BinaryIO, cancelled: Callable[[], bool], limits: Limits) -> None:
    """Send all of `data`. Raises HostFailure (retry says whether it may help), Conflict when cancelled."""
    deadline = concurrency.monotonic() + limits.total_seconds
    _check(deadline, cancelled)
    while (seconds := _try(upload, data, limits, deadline, cancelled)) is not None:
        until = min(deadline, concurrency.monotonic() + concurrency.jitter(seconds))
        while concurrency.monotonic() < until:
            concurrency.sleep(min(LOOK_SECONDS, max(0.0, until - concurrency.monotonic())))
            _check(deadline, cancelled)


def _try(
    upload: Upload, data: BinaryIO, limits: Limits, deadline: float, cancelled: Callable[[], bool]
) -> float | None:
    """None when the image is there; else the seconds after which to try again."""
    data.seek(0)
    connection, path = connect(upload.url, limits)
    try:
        # what was refused before its end is answered all the same
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            headers = {"Content-Type": _MEDIA, "Content-Length": str(upload.size_bytes)}
            connection.request("PUT", path, body=_chunks(data, deadline, cancelled), headers=headers)
        response = connection.getresponse()
        return _judge(response.status, response.getheader("Retry-After", ""))
    except (OSError, http.client.HTTPException) as error:
        raise _failure(f"the image could not be sent: {type(error).__name__}", retry=True) from None
    finally:
        connection.close()


def _judge(status: int, after: str) -> float | None:
    if status in (200, 201, 204):
        return None
    if status == 503 and after.isascii() and after.isdecimal():
        return float(min(int(after), MOST_SECONDS))
    raise _failure(f"the image API answered {status}", retry=status >= 500 or status == 408)


def _chunks(data: BinaryIO, deadline: float, cancelled: Callable[[], bool]) -> Iterator[bytes]:
    while chunk := data.read(CHUNK):
        _check(deadline, cancelled)
        yield chunk


def _check(deadline: float, cancelled: Callable[[], bool]) -> None:
    if concurrency.monotonic() >= deadline:
        raise _failure("sending the image took too long", retry=True)
    if cancelled():
        raise Conflict("sending the image was called off", "image", code="cancelled")


def _failure(reason: str, retry: bool) -> HostFailure:
    return HostFailure(reason, "image", retry=retry)
