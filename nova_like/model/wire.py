"""JSON-ready dictionaries to and from the declared dataclasses: the one way that payloads are read and written.

Unknown fields are ignored (an N+1 sender), missing ones take their default, wrong types are refused.
"""

from typing import Any, TypeVar

import msgspec

from nova_like.model.errors import Invalid

T = TypeVar("T")


def to_wire(value: Any) -> Any:
    """Dataclasses, datetimes and tuples as plain JSON types."""
    return msgspec.to_builtins(value)


def from_wire(kind: type[T], data: Any) -> T:
    """The dataclass (or annotated type) `kind` out of plain JSON types. Raises Invalid with the path of the fault."""
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise Invalid(f"malformed payload: {error}", code="malformed") from None


def encode(value: Any) -> bytes:
    """Canonical JSON: keys sorted, so that equal values have equal bytes (signatures rest on it)."""
    return msgspec.json.encode(value, order="deterministic")


def decode(data: bytes | str) -> Any:
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Invalid(f"not JSON: {error}", code="malformed") from None
    except RecursionError:
        raise Invalid("JSON nested too deeply", code="malformed") from None
