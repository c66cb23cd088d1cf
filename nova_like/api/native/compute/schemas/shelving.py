"""Bodies of the actions that put a server away and take it out again."""

from typing import Any

from nova_like.api.common.schema import obj
from nova_like.api.native.compute.schemas.operators import HOST
from nova_like.api.native.compute.schemas.servers import NOTHING

Json = dict[str, Any]
_ZONE: Json = {"type": "string", "minLength": 1, "maxLength": 255}
_NULL: Json = {"type": "null"}
UNSHELVE = (
    ("2.1", NOTHING),
    ("2.77", {"anyOf": [_NULL, obj({"availability_zone": _ZONE}, ("availability_zone",))]}),
    ("2.91", {"anyOf": [_NULL, obj({"availability_zone": {"anyOf": [_NULL, _ZONE]}, "host": HOST})]}),
)
