"""Truth as clients of all ages write it."""

from typing import Any

BOOLEAN: dict[str, Any] = {"type": ["boolean", "string"], "enum": [
    True, "True", "TRUE", "true", "1", "ON", "On", "on", "YES", "Yes", "yes",
    False, "False", "FALSE", "false", "0", "OFF", "Off", "off", "NO", "No", "no"]}  # fmt: skip


def truth(value: Any) -> bool:
    """A BOOLEAN as a bool."""
    return value is True or (isinstance(value, str) and value.lower() in ("true", "1", "on", "yes"))
