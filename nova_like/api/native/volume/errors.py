"""The volume API's error table: the names under which the bodies of faults stand."""

from typing import Any

from nova_like.api.common.errors import Errors
from nova_like.model.errors import Fault

NAMES = {
    400: "badRequest", 401: "unauthorized", 403: "forbidden", 404: "itemNotFound", 405: "badMethod",
    406: "notAcceptable", 408: "requestTimeout", 409: "conflictingRequest", 413: "overLimit", 415: "badMediaType",
    422: "unprocessableEntity", 429: "overLimit", 501: "notImplemented", 503: "serviceUnavailable",
}  # fmt: skip


def body(status: int, fault: Fault) -> dict[str, Any]:
    facts = {"retryAfter": str(int(fault.facts["retry_after"]))} if "retry_after" in fault.facts else {}
    return {NAMES.get(status, "computeFault"): {"code": status, "message": fault.reason, **facts}}


ERRORS = Errors(body, {"QuotaExceeded": 413, "Conflict": 400})
