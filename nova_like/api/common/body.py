"""Reads a request's body as JSON within the limits of size, depth, names and characters. Judges no content."""

import json
from typing import Any

from nova_like.api.common.errors import HttpFault
from nova_like.api.common.request import Request
from nova_like.model import wire
from nova_like.model.errors import Invalid, TooLarge

MAX_DEPTH = 32
DEFAULT_MAX_BYTES = 114688


def read_bytes(request: Request, limit: int) -> bytes:
    """The body, at most `limit` bytes of it. Raises TooLarge (told by the length alone where there is one)."""
    if request.content_length is not None:
        if request.content_length > limit:
            raise TooLarge("Request is too large.")
        return request.environ["wsgi.input"].read(request.content_length) if request.content_length else b""
    if not request.environ.get("wsgi.input_terminated") and "HTTP_TRANSFER_ENCODING" not in request.environ:
        return b""
    data = request.environ["wsgi.input"].read(limit + 1)
    if len(data) > limit:
        raise TooLarge("Request is too large.")
    return data


def read_json(request: Request, limit: int = DEFAULT_MAX_BYTES, media: tuple[str, ...] = ("application/json",)) -> Any:
    """The body decoded, None when there is none. Raises Invalid (malformed, too deep), TooLarge, HttpFault (415)."""
    data = read_bytes(request, limit)
    if not data:
        return None
    if request.content_type and request.content_type not in media:
        raise HttpFault(415, f"Unsupported Content-Type {request.content_type[:64]}")
    try:
        value = wire.decode(data)
    except (Invalid, RecursionError):
        raise Invalid("Malformed request body: it is not JSON.", code="malformed") from None
    _check(value, MAX_DEPTH)
    _check_names(data)
    return value


def _check_names(data: bytes) -> None:
    """A name given twice in one object is refused: which one would count is nobody's to guess."""
    json.loads(data, object_pairs_hook=_once, parse_int=str, parse_float=str)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Invalid("Malformed request body: a name is given twice.", code="malformed")
    return found


def _check(value: Any, depth: int) -> None:
    """No NUL characters (no database stores them) and no deep nesting, before anything recursive looks at it."""
    if isinstance(value, str):
        if "\0" in value:
            raise Invalid("Malformed request body: a NUL character in a string.", code="malformed")
    elif isinstance(value, dict | list):
        if depth == 0:
            raise Invalid("Malformed request body: nested too deeply.", code="malformed")
        for key in value if isinstance(value, dict) else ():
            _check(key, depth)
        for item in value.values() if isinstance(value, dict) else value:
            _check(item, depth - 1)
