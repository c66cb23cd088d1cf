"""Bodies of webhooks."""

from typing import Any

from nova_like.api.common.schema import obj, wrapped

Json = dict[str, Any]
_URL: Json = {"type": "string", "minLength": 1, "maxLength": 2048}
_EVENT: Json = {"type": "string", "minLength": 1, "maxLength": 64}
_EVENTS: Json = {"type": "array", "items": _EVENT, "maxItems": 100}
CREATE = wrapped("webhook", obj({"url": _URL, "events": _EVENTS}, ("url",)))
