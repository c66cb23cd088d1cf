"""Handlers of image data: streams in and out, whole or a range."""

import re
from collections.abc import Iterator
from typing import Any

import webob

from nova_like.api.common.errors import HttpFault
from nova_like.api.common.intake import too_slow
from nova_like.api.common.request import Request
from nova_like.model.errors import Invalid, TooLarge

Row = dict[str, Any]
CHUNK = 1 << 20
MEDIA = "application/octet-stream"
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})\Z", re.ASCII)


def upload(req: Request, image_id: str) -> None:
    req.services.image_data.upload(req.ctx, image_id, _data(req))


def stage(req: Request, image_id: str) -> None:
    req.services.image_data.stage(req.ctx, image_id, _data(req))


def _data(req: Request) -> Iterator[bytes]:
    """The data of a request whose headers are as they must be. Raises HttpFault 415, TooLarge."""
    if req.content_type != MEDIA:
        raise HttpFault(415, f"Unsupported Content-Type: {MEDIA} is needed.")
    most = req.services.image_data.max_bytes
    if req.content_length is not None and req.content_length > most:
        raise TooLarge(f"Image exceeds the storage quota: {most} bytes are allowed.", "image")
    return _body(req)


def _body(req: Request) -> Iterator[bytes]:
    """The request's body in chunks. Raises Invalid when the client goes away before its end, HttpFault (408) when it
    takes too long."""
    stream, length = req.environ["wsgi.input"], req.content_length
    if length is None and not (req.environ.get("wsgi.input_terminated") or "HTTP_TRANSFER_ENCODING" in req.environ):
        return
    left = length
    while left is None or left > 0:
        try:
            data = stream.read(CHUNK if left is None else min(CHUNK, left))
        except TimeoutError:
            raise too_slow(req.environ) from None
        except (OSError, ValueError):  # ValueError: eventlet's, of a chunk that has no length
            raise _cut_short() from None
        if not data:
            if left:
                raise _cut_short()
            return
        left = None if left is None else left - len(data)
        yield data


def _cut_short() -> Invalid:
    return Invalid("The upload ended early.", "image", code="cut_short")


def download(req: Request, image_id: str) -> webob.Response:
    row = req.services.image_data.download(req.ctx, image_id)
    if row["status"] not in ("active", "deactivated"):
        return webob.Response(status=204, content_type=None)
    return _send(req, row)


def by_link(req: Request, image_id: str) -> webob.Response:
    """For hosts: the signature is the permission."""
    row = req.services.image_links.download(image_id, req.GET.get("expires", ""), req.GET.get("signature", ""))
    return _send(req, row)


def fill_by_link(req: Request, image_id: str) -> None:
    """As `by_link`: one upload, of the data that the link names."""
    asked = {name: req.GET.get(name, "") for name in ("expires", "size", "sha256", "signature")}
    req.services.image_links.upload(image_id, asked, req.content_length, _data(req))


def _send(req: Request, row: Row) -> webob.Response:
    size = row["size_bytes"]
    start, end = _range(req.headers.get("Range"), size)
    part = (start, end) != (0, size)
    response = webob.Response(status=206 if part else 200, content_type=MEDIA, charset=None)
    if part:
        response.headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    elif row["md5"]:
        response.headers["Content-MD5"] = row["md5"]
    response.headers["Accept-Ranges"] = "bytes"
    if req.method != "HEAD":
        response.app_iter = req.services.image_data.read(row, start, end - start)
    response.content_length = end - start
    return response


def _range(header: str | None, size: int) -> tuple[int, int]:
    """(first byte, byte after the last). Raises HttpFault 416 for what cannot be had."""
    if header is None:
        return 0, size
    match = _RANGE.match(header.strip())
    first, last = match.groups() if match else ("", "")
    if match is None or not (first or last):
        raise _bad_range(size)
    if not first:
        return max(0, size - int(last)), size
    start, end = int(first), min(int(last) + 1, size) if last else size
    if start >= end:
        raise _bad_range(size)
    return start, end


def _bad_range(size: int) -> HttpFault:
    return HttpFault(416, "The range cannot be satisfied.", headers={"Content-Range": f"bytes */{size}"})
