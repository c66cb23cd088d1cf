"""The dialect's error table: our kinds of failure, with their noun and code, as Amazon's codes.

The only place where a failure from below becomes a code; raises nothing itself.
"""

from typing import Any

from nova_like.api.ec2 import ids
from nova_like.api.ec2.refused import Refused
from nova_like.model.errors import Fault

# noun -> (name in codes, name in messages)
NOUNS = {
    "instance": ("InvalidInstanceID", "instance ID"),
    "server": ("InvalidInstanceID", "instance ID"),
    "image": ("InvalidAMIID", "image id"),
    "keypair": ("InvalidKeyPair", "key pair"),
    "key": ("InvalidKeyPair", "key pair"),
    "flavor": ("InvalidInstanceType", "instance type"),
    "network": ("InvalidSubnetID", "subnet ID"),
    "subnet": ("InvalidSubnetID", "subnet ID"),
    "port": ("InvalidNetworkInterfaceID", "networkInterface ID"),
    "volume": ("InvalidVolume", "volume"),
    "security_group": ("InvalidGroup", "security group"),
    "security group": ("InvalidGroup", "security group"),
    "launch_template": ("InvalidLaunchTemplateId", "launch template"),
    "zone": ("InvalidZone", "availability zone"),
}
# kind -> (code, status), where noun and facts say no more
_KINDS: dict[str, tuple[str, int]] = {
    "NotFound": ("InvalidParameterValue", 400),
    "Conflict": ("IncorrectState", 400),
    "Invalid": ("InvalidParameterValue", 400),
    "Forbidden": ("UnauthorizedOperation", 403),
    "Unauthenticated": ("AuthFailure", 401),
    "QuotaExceeded": ("ResourceLimitExceeded", 400),
    "TooLarge": ("RequestEntityTooLarge", 413),
    "RateLimited": ("RequestLimitExceeded", 503),
    "DryRun": ("DryRunOperation", 412),
    "Precondition": ("IncorrectState", 400),
    "NoValidHost": ("InsufficientInstanceCapacity", 500),
    "Unavailable": ("Unavailable", 503),
    "Timeout": ("Unavailable", 503),
    "NotImplemented": ("UnsupportedOperation", 400),
}
_QUOTAS = {
    "instances": "InstanceLimitExceeded", "cores": "VcpuLimitExceeded", "ram": "InstanceLimitExceeded",
    "tags": "TagLimitExceeded", "volumes": "VolumeLimitExceeded",
    "server_groups": "PlacementGroupLimitExceeded", "gigabytes": "VolumeLimitExceeded",
}  # fmt: skip
# the code of a conflict -> Amazon's
_CONFLICTS = {
    "token": "IdempotentParameterMismatch", "key_reused": "IdempotentParameterMismatch",
    "key_busy": "IdempotentParameterMismatch", "protected": "OperationNotPermitted", "locked": "OperationNotPermitted",
    "in_use": "DependencyViolation", "ambiguous": "VPCIdNotSpecified", "busy_volume": "VolumeInUse",
    "detaching": "IncorrectState", "device": "InvalidParameterValue",
}  # fmt: skip
INTERNAL = ("InternalError", "An internal error has occurred", 500)


def answer(fault: Fault) -> tuple[str, str, int]:
    """Amazon's code, the message for the user and the HTTP status of a failure."""
    if isinstance(fault, Refused):
        return fault.ec2_code, fault.reason, fault.status
    special = _BY_KIND.get(fault.kind)
    found = special(fault) if special else None
    if found:
        return found
    if fault.kind not in _KINDS:
        return INTERNAL
    code, status = _KINDS[fault.kind]
    return code, fault.reason, status


def _not_found(fault: Fault) -> tuple[str, str, int] | None:
    noun = fault.noun.lower()
    if noun not in NOUNS:
        return None
    code, words = NOUNS[noun]
    if code in ("InvalidInstanceType", "InvalidZone"):
        return "InvalidParameterValue", fault.reason, 400
    named = fault.facts.get("id") or fault.facts.get("value")
    if not named:
        return f"{code}.NotFound", fault.reason, 400
    shown = ids.shown(noun, str(named))
    return f"{code}.NotFound", f"The {words} '{shown}' does not exist", 400


def _conflict(fault: Fault) -> tuple[str, str, int] | None:
    code, noun = fault.facts.get("code", ""), fault.noun.lower()
    if code == "duplicate" and noun in NOUNS:
        return f"{NOUNS[noun][0]}.Duplicate", fault.reason, 400
    if code in _CONFLICTS:
        return _CONFLICTS[code], fault.reason, 400
    if noun in ("instance", "server") or code == "busy":
        return "IncorrectInstanceState", fault.reason, 400
    return None


def _invalid(fault: Fault) -> tuple[str, str, int] | None:
    code, noun = fault.facts.get("code", ""), fault.noun.lower()
    if code == "version":
        return "InvalidLaunchTemplateId.VersionNotFound", fault.reason, 400
    if code == "missing":
        return "MissingParameter", fault.reason, 400
    if code == "not_found":
        return _not_found(fault)
    if code == "cut_short":
        return "MalformedQueryString", fault.reason, 400
    if code == "volume_backed":
        shown = ids.shown("instance", str(fault.facts.get("id", "")))
        return "UnsupportedOperation", f"The instance '{shown}' starts from a volume: this is not offered of it.", 400
    if code == "root":
        return "OperationNotPermitted", fault.reason, 400
    if noun == "volume" and code == "too_small":
        return "InvalidBlockDeviceMapping", fault.reason, 400
    if noun == "volume" and code in ("state", "in_use"):
        return "VolumeInUse" if fault.facts.get("state") == "in-use" else "IncorrectState", fault.reason, 400
    if code == "malformed" and noun in NOUNS:
        return f"{NOUNS[noun][0]}.Malformed", fault.reason, 400
    return None


def _quota(fault: Fault) -> tuple[str, str, int] | None:
    code = _QUOTAS.get(str(fault.facts.get("resource", "")))
    return (code, fault.reason, 400) if code else None


def _http(fault: Fault) -> tuple[str, str, int] | None:
    return ("RequestTimeout", fault.reason, 408) if getattr(fault, "status", 0) == 408 else None


_BY_KIND: dict[str, Any] = {
    "NotFound": _not_found, "Conflict": _conflict, "Invalid": _invalid, "QuotaExceeded": _quota, "Http": _http,
}  # fmt: skip
