"""Public ids: UUIDs as the native dialect shows them, and EC2's prefix-and-17-hex form of the same UUID."""

import re
import uuid

from nova_like.model.errors import Invalid

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")
_UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\Z")
_EC2 = re.compile(r"([a-z]+)-([0-9a-f]{17})\Z")
EC2_DIGITS = 17


def is_uuid(text: object) -> bool:
    """Whether `text` is a canonical lower-case UUID: what every id of ours looks like before it is used anywhere."""
    return isinstance(text, str) and _UUID.match(text) is not None


def normal_uuid(text: object) -> str | None:
    """A UUID in canonical form, given with or without dashes and in either case; None when it is not one."""
    try:
        return str(uuid.UUID(text)) if isinstance(text, str) and len(text) in (32, 36) else None
    except ValueError:
        return None


def to_ec2(prefix: str, id: str) -> str:
    """EC2's id of our UUID: `i-` and the first 17 hex digits (68 bits, of which 6 are fixed by the UUIDv4 form)."""
    return f"{prefix}-{id.replace('-', '')[:EC2_DIGITS]}"


def ec2_range(prefix: str, text: str) -> tuple[str, str]:
    """The lowest and highest UUID that an EC2 id can stand for, for a key-range look-up.

    Raises Invalid (code `malformed`) when `text` is not `prefix-` and 17 hex digits.
    """
    match = _EC2.match(text)
    if match is None or match.group(1) != prefix:
        raise Invalid(f'Invalid id: "{text}"', noun=prefix, code="malformed", value=text)
    digits = match.group(2)
    return _dashed(digits.ljust(32, "0")), _dashed(digits.ljust(32, "f"))


def _dashed(digits: str) -> str:
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
