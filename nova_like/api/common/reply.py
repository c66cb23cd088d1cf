"""Answers: JSON of what a handler returned, or a response with headers of its own."""

from typing import Any

import webob

from nova_like.model import wire


def reply(body: Any = None, status: int = 200, headers: dict[str, str] | None = None) -> webob.Response:
    """A response with `body` as JSON, or with no body at all when it is None."""
    response = webob.Response(status=status)
    if body is None:
        response.content_type, response.body = None, b""
    else:
        response.content_type, response.charset = "application/json", None
        response.body = wire.encode(body)
    response.headers.update(headers or {})
    return response


def render(result: Any, status: int) -> webob.Response:
    """What a handler returned, as a response: its own, or JSON with the route's status."""
    return result if isinstance(result, webob.Response) else reply(result, status)
