"""Bodies of the image API. Whatever is not named is a property of the client's own: a string."""

from typing import Any

from nova_like.model import image_formats as formats

TEXT = {"type": "string", "maxLength": 255}
MAYBE_TEXT = {"type": ["string", "null"], "maxLength": 255}
AMOUNT = {"type": "integer", "minimum": 0, "maximum": 2**31 - 1}
TAGS = {"type": "array", "items": TEXT, "maxItems": 128}
BASE: dict[str, Any] = {
    "name": MAYBE_TEXT,
    "visibility": {"enum": ["public", "private", "shared", "community"]},
    "protected": {"type": "boolean"},
    "os_hidden": {"type": "boolean"},
    "container_format": {"enum": [None, *formats.CONTAINERS]},
    "disk_format": {"enum": [None, *formats.DISK_FORMATS]},
    "min_disk": AMOUNT,
    "min_ram": AMOUNT,
    "tags": TAGS,
    "owner": {"type": ["string", "null"], "maxLength": 36},
}
PROPERTY = {"type": "string", "maxLength": 65535}
PROPERTY_NAME = {"type": "string", "minLength": 1, "maxLength": 255}
CREATE = {
    "type": "object",
    "properties": {**BASE, "id": {"type": "string", "format": "uuid"}},
    "propertyNames": PROPERTY_NAME,
    "additionalProperties": PROPERTY,
    "maxProperties": 150,
}
PATCH = {"type": "array", "items": {"type": "object", "minProperties": 1, "maxProperties": 4}, "maxItems": 256}
# one attribute's new value, whole or as it would stand in a create
CHANGE = {**CREATE, "properties": BASE}
MEMBER = {
    "type": "object", "properties": {"member": {"type": "string", "minLength": 1, "maxLength": 36}},
    "required": ["member"],
}  # fmt: skip
ANSWER = {
    "type": "object", "properties": {"status": {"enum": ["pending", "accepted", "rejected"]}}, "required": ["status"],
}  # fmt: skip
_METHOD = {
    "name": {"type": "string", "minLength": 1, "maxLength": 64}, "uri": {"type": "string", "maxLength": 2048},
    "glance_image_id": {"type": "string", "maxLength": 64}, "glance_region": TEXT, "glance_service_interface": TEXT,
}  # fmt: skip
IMPORT = {
    "type": "object",
    "properties": {
        "method": {"type": "object", "properties": _METHOD, "required": ["name"], "additionalProperties": False},
        "all_stores": {"type": "boolean"}, "all_stores_must_succeed": {"type": "boolean"},
        "stores": {"type": "array", "items": TEXT, "maxItems": 16},
    },
    "required": ["method"], "additionalProperties": False,
}  # fmt: skip
