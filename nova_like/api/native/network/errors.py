"""The network API's error table: the type names that its clients know."""

from typing import Any

from nova_like.api.common.errors import Errors
from nova_like.model.errors import Fault

_NOUNS = {
    "network": "Network", "subnet": "Subnet", "port": "Port", "security group": "SecurityGroup",
    "security group rule": "SecurityGroupRule", "extension": "Extension",
}  # fmt: skip
_CODES = {
    "duplicate": "SecurityGroupRuleExists", "default": "SecurityGroupDefaultAlreadyExists", "overlap": "InvalidInput",
    "rule": "SecurityGroupRuleInvalid", "no_more_addresses": "IpAddressGenerationFailure",
}  # fmt: skip
_KINDS = {
    "NotFound": "HTTPNotFound", "Conflict": "Conflict", "Invalid": "HTTPBadRequest", "Forbidden": "PolicyNotAuthorized",
    "Unauthenticated": "HTTPUnauthorized", "QuotaExceeded": "OverQuota", "TooLarge": "HTTPRequestEntityTooLarge",
    "Unavailable": "ServiceUnavailable", "NotImplemented": "HTTPNotImplemented", "Http": "HTTPClientError",
}  # fmt: skip


def _type(fault: Fault) -> str:
    code, noun = fault.facts.get("code"), _NOUNS.get(fault.noun)
    if code in _CODES:
        return _CODES[code]
    if noun and fault.kind == "NotFound":
        return f"{noun}NotFound"
    if noun and code == "in_use":
        return f"{noun}InUse"
    return _KINDS.get(fault.kind, "HTTPInternalServerError")


def body(status: int, fault: Fault) -> dict[str, Any]:
    return {"NeutronError": {"type": _type(fault), "message": fault.reason, "detail": ""}}


def _pick(fault: Fault) -> int | None:
    return 400 if fault.facts.get("code") == "overlap" else None


ERRORS = Errors(body, {"QuotaExceeded": 409}, _pick)
