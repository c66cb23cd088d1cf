"""Numbers as clients of all ages write them."""

from typing import Any

MAX_INT = 2**31 - 1


def integer(minimum: int = 0, maximum: int = MAX_INT) -> dict[str, Any]:
    """A number, or its digits in a string, as old clients send it; `int` reads both."""
    return {"anyOf": [{"type": "integer", "minimum": minimum, "maximum": maximum},
                      {"type": "string", "pattern": "^-?[0-9]{1,10}$"}]}  # fmt: skip
