"""Pieces that several schemas share."""

from typing import Any

Json = dict[str, Any]

NAME: Json = {"type": "string", "minLength": 1, "maxLength": 255, "format": "name"}
UUID: Json = {"type": "string", "format": "uuid", "minLength": 36, "maxLength": 36}
BOOLEAN: Json = {"type": ["boolean", "string"], "enum": [
    True, "True", "TRUE", "true", "1", "ON", "On", "on", "YES", "Yes", "yes",
    False, "False", "FALSE", "false", "0", "OFF", "Off", "off", "NO", "No", "no"]}  # fmt: skip
METADATA: Json = {
    "type": "object", "additionalProperties": False,
    "patternProperties": {"^[a-zA-Z0-9_:. -]{1,255}$": {"type": "string", "maxLength": 255}},
}  # fmt: skip
DESCRIPTION: Json = {"type": ["string", "null"], "maxLength": 255}
MAX_INT = 2**31 - 1


def integer(minimum: int = 0, maximum: int = MAX_INT) -> Json:
    """A number, or its digits in a string, as old clients send it; `digits` below reads it."""
    return {"anyOf": [{"type": "integer", "minimum": minimum, "maximum": maximum},
                      {"type": "string", "pattern": "^-?[0-9]{1,10}$"}]}  # fmt: skip


def truth(value: Any) -> bool:
    """A BOOLEAN as a bool."""
    return value is True or (isinstance(value, str) and value.lower() in ("true", "1", "on", "yes"))
