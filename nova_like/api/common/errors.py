"""Faults as HTTP answers: the statuses that all dialects share, and the hook by which each gives its own body."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import webob

from nova_like.model import wire
from nova_like.model.errors import Fault

STATUSES: dict[str, int] = {
    "NotFound": 404, "Conflict": 409, "Invalid": 400, "Forbidden": 403, "Unauthenticated": 401, "QuotaExceeded": 403,
    "TooLarge": 413, "RateLimited": 429, "Precondition": 412, "NoValidHost": 500, "HostFailure": 500,
    "Unavailable": 503, "Timeout": 504, "NotImplemented": 501,
}  # fmt: skip


class HttpFault(Fault):
    """What only HTTP knows: wrong method (405), media type (415), not acceptable (406). `facts`: headers."""

    kind = "Http"

    def __init__(self, status: int, reason: str, **facts: Any) -> None:
        super().__init__(reason, "", **facts)
        self.status = status


class Unexpected(Fault):
    """An exception that nobody foresaw; its text is in the log under the request id, never in the body."""

    kind = "Unexpected"


@dataclass(frozen=True)
class Errors:
    """A dialect's error table. `body(status, fault)` makes the JSON body; `statuses` overrides the shared ones by kind,
    and `pick(fault)`, when given, may return a status for a single fault."""

    body: Callable[[int, Fault], Any]
    statuses: Mapping[str, int] = field(default_factory=dict)
    pick: Callable[[Fault], int | None] = lambda fault: None

    def status(self, fault: Fault) -> int:
        if isinstance(fault, HttpFault):
            return fault.status
        return self.pick(fault) or self.statuses.get(fault.kind) or STATUSES.get(fault.kind, 500)

    def response(self, fault: Fault) -> webob.Response:
        """The fault in this dialect's form, with Retry-After, Allow and other headers that its facts call for."""
        status = self.status(fault)
        response = webob.Response(status=status, content_type="application/json", charset="UTF-8")
        response.body = wire.encode(self.body(status, fault))
        if "retry_after" in fault.facts:
            response.headers["Retry-After"] = str(int(fault.facts["retry_after"]))
        if status == 401:
            response.headers["WWW-Authenticate"] = 'Keystone uri="/identity"'
        response.headers.update(fault.facts.get("headers") or {})
        return response
