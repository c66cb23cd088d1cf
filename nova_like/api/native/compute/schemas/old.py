"""Bodies of what was asked of compute before other APIs had it: security groups, volumes, snapshots."""

from typing import Any

from nova_like.api.common.schema import obj, wrapped
from nova_like.api.native.compute.schemas.booleans import BOOLEAN
from nova_like.api.native.compute.schemas.integers import integer
from nova_like.api.native.compute.schemas.texts import METADATA

Json = dict[str, Any]
_TEXT: Json = {"type": ["string", "null"], "maxLength": 255}
_NAME: Json = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^[^\x00-\x1f\ud800-\udfff]*$"}
GROUP = wrapped("security_group", obj({"name": _NAME, "description": _TEXT}, ("name",)))
CHANGED_GROUP = wrapped("security_group", obj({"name": _NAME, "description": _TEXT}, minProperties=1))
_PORT: Json = {"anyOf": [*integer(-1)["anyOf"], {"type": "null"}]}
RULE = wrapped("security_group_rule", obj({
    "parent_group_id": {"type": "string", "maxLength": 255}, "group_id": _TEXT, "cidr": _TEXT,
    "ip_protocol": {"type": ["string", "integer", "null"], "maxLength": 255}, "from_port": _PORT, "to_port": _PORT,
}, ("parent_group_id",)))  # fmt: skip
OF_SERVER = obj({"name": {"type": "string", "minLength": 1, "maxLength": 255}}, ("name",))

VOLUME = wrapped("volume", obj({
    "size": integer(), "display_name": _TEXT, "display_description": _TEXT, "metadata": METADATA,
    "availability_zone": _TEXT, "volume_type": _TEXT, "snapshot_id": _TEXT,
}, ("size",)))  # fmt: skip
SNAPSHOT = wrapped("snapshot", obj({
    "volume_id": {"type": "string", "maxLength": 255}, "force": BOOLEAN, "display_name": _TEXT,
    "display_description": _TEXT}, ("volume_id",)))  # fmt: skip
