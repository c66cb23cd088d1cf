"""Names, descriptions, ids and metadata in bodies."""

from typing import Any

Json = dict[str, Any]

NAME: Json = {"type": "string", "minLength": 1, "maxLength": 255, "format": "name"}
UUID: Json = {"type": "string", "format": "uuid", "minLength": 36, "maxLength": 36}
METADATA: Json = {
    "type": "object", "additionalProperties": False,
    "patternProperties": {"^[a-zA-Z0-9_:. -]{1,255}$": {"type": "string", "maxLength": 255}},
}  # fmt: skip
DESCRIPTION: Json = {"type": ["string", "null"], "maxLength": 255}
