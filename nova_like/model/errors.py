"""What can go wrong, as kinds. A dialect maps kinds to its own codes in one table; nothing below `api/` knows those."""

from typing import Any, ClassVar


class Fault(Exception):
    """A kind of failure with its noun, a reason fit for the user, and facts for the dialect's table."""

    kind: ClassVar[str] = "Fault"

    def __init__(self, reason: str = "", noun: str = "", **facts: Any) -> None:
        super().__init__(reason or self.kind)
        self.reason = reason or self.kind
        self.noun = noun
        self.facts = facts


class NotFound(Fault):
    """There is no such thing for this caller ("exists, but not yours" included)."""

    kind = "NotFound"

    def __init__(self, noun: str, id: str = "", reason: str = "") -> None:
        super().__init__(reason or f"{noun.capitalize()} {id} could not be found.", noun, id=id)
        self.id = id


class Conflict(Fault):
    """The present state does not allow it. `facts` may hold state=..., code=... (`duplicate`, `in_use`, `state`)."""

    kind = "Conflict"


class Invalid(Fault):
    """The request itself is wrong. `facts` may hold field=..., value=..., code=... (`malformed`, `missing`)."""

    kind = "Invalid"


class Forbidden(Fault):
    kind = "Forbidden"


class Unauthenticated(Fault):
    kind = "Unauthenticated"


class QuotaExceeded(Fault):
    """`facts`: resource, limit, used, asked."""

    kind = "QuotaExceeded"


class TooLarge(Fault):
    kind = "TooLarge"


class RateLimited(Fault):
    """`facts`: retry_after (seconds)."""

    kind = "RateLimited"


class Precondition(Fault):
    kind = "Precondition"


class NoValidHost(Fault):
    """`facts`: refused = {filter name: number of hosts it refused}, hosts = number looked at."""

    kind = "NoValidHost"


class HostFailure(Fault):
    """A host could not do its part. `facts`: retry (bool) - whether trying again may help."""

    kind = "HostFailure"


class Unavailable(Fault):
    """A part that we need does not answer now. `facts`: retry_after (seconds)."""

    kind = "Unavailable"


class Timeout(Fault):
    kind = "Timeout"


class NotImplemented(Fault):
    kind = "NotImplemented"


KINDS: dict[str, type[Fault]] = {
    cls.kind: cls
    for cls in (
        Fault, Conflict, Invalid, Forbidden, Unauthenticated, QuotaExceeded, TooLarge, RateLimited, Precondition,
        NoValidHost, HostFailure, Unavailable, Timeout, NotImplemented,
    )
}  # fmt: skip


def to_dict(fault: Fault) -> dict[str, Any]:
    """A fault as JSON: {kind, noun, reason, facts}; `from_dict` is its opposite."""
    return {"kind": fault.kind, "noun": fault.noun, "reason": fault.reason, "facts": fault.facts}


def from_dict(data: dict[str, Any]) -> Fault:
    """The fault that `to_dict` wrote; an unknown kind comes back as a plain Fault."""
    if data.get("kind") == "NotFound":
        id = str((data.get("facts") or {}).get("id", ""))
        return NotFound(str(data.get("noun") or ""), id, str(data.get("reason") or ""))
    cls = KINDS.get(data.get("kind", ""), Fault)
    facts = {key: value for key, value in (data.get("facts") or {}).items() if key not in ("reason", "noun", "self")}
    return cls(str(data.get("reason") or ""), str(data.get("noun") or ""), **facts)
