"""Bodies of aggregates."""

from typing import Any

from nova_like.api.common.schema import obj, wrapped
from nova_like.api.native.compute.schemas.texts import NAME

Json = dict[str, Any]
ZONE: Json = {"type": ["string", "null"], "minLength": 1, "maxLength": 255, "pattern": "^[^:]*$"}
CREATE = wrapped("aggregate", obj({"name": NAME, "availability_zone": ZONE}, ("name",)))
UPDATE = wrapped("aggregate", obj({"name": NAME, "availability_zone": ZONE}, minProperties=1))
HOST = obj({"host": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[a-zA-Z0-9-._]*$"}}, ("host",))
METADATA = obj({"metadata": {
    "type": "object", "additionalProperties": False,
    "patternProperties": {"^[a-zA-Z0-9_:. -]{1,255}$": {"type": ["string", "null"], "maxLength": 255}},
}}, ("metadata",))  # fmt: skip
IMAGES = obj({"cache": {"type": "array", "minItems": 1, "maxItems": 64, "items": obj(
    {"id": {"type": "string", "format": "uuid"}}, ("id",))}}, ("cache",))  # fmt: skip
