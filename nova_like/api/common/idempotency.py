"""The header Idempotency-Key on native POSTs, as the IETF's draft has it: the same request again is answered as before
and does nothing, another one with the key gets 422, one that comes while the first is being answered 409."""

import hashlib
import re
from typing import Any

from nova_like.api.common.errors import HttpFault
from nova_like.api.common.request import CONTEXT, Request
from nova_like.api.common.routing import Handler
from nova_like.model import wire
from nova_like.model.errors import Conflict, Invalid

HEADER = "Idempotency-Key"
_KEY = re.compile(r'"([ !#-~]{1,255})"|([!#-~]{1,255})')  # a string of structured fields, or as most clients send it
_STATUSES = {"key_reused": 422, "key_busy": 409}


def has_key(request: Request) -> bool:
    return request.method == "POST" and HEADER in request.headers


def handle(request: Request, handler: Handler, variables: dict[str, str]) -> Any:
    """What the handler returns; once for each key of a caller, if the request names one."""
    if not has_key(request) or CONTEXT not in request.environ:
        return handler(request, **variables)
    match = _KEY.fullmatch(request.headers[HEADER].strip())
    if match is None:
        raise Invalid(f"{HEADER} must be 1 to 255 printable characters.", field=HEADER)
    try:
        with request.services.once.key(request.ctx, match[1] or match[2], _digest(request)):
            return handler(request, **variables)
    except Conflict as fault:
        if (status := _STATUSES.get(fault.facts.get("code", ""))) is None:
            raise
        raise HttpFault(status, fault.reason) from None


def _digest(request: Request) -> str:
    """Of all that decides what the request does."""
    said = [request.path, request.query_string, list(request.microversion), request.body_json]
    return hashlib.sha256(wire.encode(said)).hexdigest()
