"""Downloads one image by its signed link into a file, bounded in time and size. Verifies; follows no redirect.

Uses http.client: no proxies from the environment, no other schemes, nothing kept in memory but one chunk.
"""

import hashlib
import http.client
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import urlsplit

from nova_like import concurrency
from nova_like.model.errors import Conflict, HostFailure
from nova_like.model.orders import FETCH_SECONDS, ImageLink

CHUNK = 1 << 20
MOST_SECONDS = 30  # that we stay away for, whatever the store says
LOOK_SECONDS = 0.2  # between looks whether anybody wants it still


@dataclass(frozen=True)
class Limits:
    """A download that is silent for `idle_seconds`, or takes longer than `total_seconds`, fails. `ca_file`: who must
    have signed the certificate of an https link's host; empty: whom the system trusts."""

    idle_seconds: float = 20.0
    total_seconds: float = FETCH_SECONDS
    ca_file: str = ""


def fetch(image: ImageLink, target: BinaryIO, limits: Limits, cancelled: Callable[[], bool]) -> None:
    """Write the image into `target`; comes again when the store says when. Raises HostFailure (retry says whether it
    may help), Conflict when cancelled."""
    deadline = concurrency.monotonic() + limits.total_seconds
    while (seconds := _try(image, target, limits, deadline, cancelled)) is not None:
        until = min(deadline, concurrency.monotonic() + concurrency.jitter(seconds))
        while concurrency.monotonic() < until:
            concurrency.sleep(min(LOOK_SECONDS, max(0.0, until - concurrency.monotonic())))
            _check(deadline, cancelled)


def _try(
    image: ImageLink, target: BinaryIO, limits: Limits, deadline: float, cancelled: Callable[[], bool]
) -> float | None:
    """None when the image is there; else the seconds after which a store with too much to do wants to be asked."""
    connection, path = connect(image.url, limits)
    try:
        connection.request("GET", path, headers={"Accept": "application/octet-stream"})
        response = connection.getresponse()
        after = response.getheader("Retry-After", "")
        if response.status == 503 and after.isascii() and after.isdecimal():
            return float(min(int(after), MOST_SECONDS))
        if response.status != 200:
            raise _failure(f"the image store answered {response.status}", retry=response.status >= 500)
        _copy(image, response, target, deadline, cancelled)
        return None
    except (OSError, http.client.HTTPException) as error:
        raise _failure(f"the image could not be fetched: {type(error).__name__}", retry=True) from None
    finally:
        connection.close()


def connect(url: str, limits: Limits) -> tuple[http.client.HTTPConnection, str]:
    """A connection to where the link leads, not opened yet, and the path. Raises HostFailure."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _failure("the image link is malformed", retry=False) from None
    if parts.scheme not in ("http", "https") or not host:
        raise _failure("the image link is malformed", retry=False)
    path = f"{parts.path}?{parts.query}"
    if parts.scheme == "https":
        context = _context(limits.ca_file)
        return http.client.HTTPSConnection(host, port, timeout=limits.idle_seconds, context=context), path
    return http.client.HTTPConnection(host, port, timeout=limits.idle_seconds), path


def _context(ca_file: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file or None)
    except OSError as error:
        raise _failure(f"[compute] fetch_ca_file: {error}", retry=False) from None


def _copy(
    image: ImageLink,
    response: http.client.HTTPResponse,
    target: BinaryIO,
    deadline: float,
    cancelled: Callable[[], bool],
) -> None:
    digest, size = hashlib.sha256(), 0
    while chunk := response.read1(CHUNK):
        size += len(chunk)
        if size > image.size_bytes:
            raise _failure("the image is larger than it should be", retry=False)
        _check(deadline, cancelled)
        digest.update(chunk)
        target.write(chunk)
    if size != image.size_bytes:
        raise _failure("the image came incomplete", retry=True)
    if digest.hexdigest() != image.sha256:
        raise _failure("the image is not what it should be (sha256)", retry=False)


def _check(deadline: float, cancelled: Callable[[], bool]) -> None:
    if concurrency.monotonic() >= deadline:
        raise _failure("fetching the image took too long", retry=True)
    if cancelled():
        raise Conflict("fetching the image was called off", "image", code="cancelled")


def _failure(reason: str, retry: bool) -> HostFailure:
    return HostFailure(reason, "image", retry=retry)
