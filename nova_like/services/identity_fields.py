"""Fields of the directory's things: known ones, options, and those that clients made up, which are kept as they are."""

import contextlib
from collections.abc import Iterator
from typing import Any

from nova_like.model import wire
from nova_like.model.errors import Conflict, Forbidden, Invalid

Row = dict[str, Any]
MADE_UP, MADE_UP_BYTES = 64, 32_768  # fields that one thing may have besides the known ones, and their size
NEVER_KEPT = {"id", "links", "password", "original_password", "password_hash", "password_expires_at", "tags"}


def split(values: Row, known: tuple[str, ...], before: Row | None = None) -> Row:
    """The columns to write: `known` fields, `options` merged with those of the row `before` (null takes one away), and
    `extra` likewise. Raises Invalid for too much of it."""
    columns = {name: values[name] for name in known if name in values}
    if columns.get("description", "") is None:
        columns["description"] = ""
    if "options" in values:
        merged = {**((before or {}).get("options") or {}), **values["options"]}
        columns["options"] = {name: value for name, value in merged.items() if value is not None}
    more = {name: value for name, value in values.items() if name not in known and name not in NEVER_KEPT}
    more.pop("options", None)
    if more:
        columns["extra"] = _bounded({**((before or {}).get("extra") or {}), **more})
    return columns


def _bounded(extra: Row) -> Row:
    try:
        size = len(wire.encode(extra))
    except (ValueError, TypeError, OverflowError, RecursionError):
        size = MADE_UP_BYTES + 1  # numbers that no database keeps, and the like
    if len(extra) > MADE_UP or size > MADE_UP_BYTES or any(len(name) > 255 for name in extra):
        raise Invalid("There are too many fields that Identity does not know, or too large.", code="malformed")
    return extra


def check_mutable(noun: str, row: Row, values: Row | None = None) -> None:
    """Raises Forbidden for a change of a thing that is immutable by its options; to take that option away is none."""
    if not (row.get("options") or {}).get("immutable"):
        return
    lifted = values is not None and values.keys() == {"options"} and not values["options"].get("immutable", True)
    if not lifted:
        raise Forbidden(f"The {noun} {row['id'][:64]} is immutable: set its option `immutable` to false first.")


def check_same(noun: str, row: Row, values: Row, *fields: str) -> None:
    """Raises Invalid for a change of what can be chosen at the beginning only."""
    for field in fields:
        if field in values and values[field] != row[field]:
            raise Invalid(f"The {field} of a {noun} cannot be changed.", noun, field=field)


@contextlib.contextmanager
def naming(noun: str, name: Any) -> Iterator[None]:
    """What the database says of two rows of one name, in the noun's words."""
    try:
        yield
    except Conflict as fault:
        if fault.facts.get("code") != "duplicate":
            raise
        raise Conflict(f"There is a {noun} named {str(name)[:255]} already.", noun, code="duplicate") from None
