"""Bodies of the actions that make images of a server."""

from typing import Any

from nova_like.api.common.schema import obj
from nova_like.api.native.compute.schemas.integers import MAX_INT
from nova_like.api.native.compute.schemas.texts import METADATA, NAME

Json = dict[str, Any]
_TYPE: Json = {"type": "string", "minLength": 1, "maxLength": 255}  # daily, weekly, whatever
_ROTATION: Json = {"anyOf": [{"type": "integer", "minimum": 0, "maximum": MAX_INT},
                             {"type": "string", "pattern": "^[0-9]{1,9}$"}]}  # fmt: skip
CREATE: Json = obj({"name": NAME, "metadata": METADATA}, ("name",))
BACKUP: Json = obj(
    {"name": NAME, "backup_type": _TYPE, "rotation": _ROTATION, "metadata": METADATA},
    ("name", "backup_type", "rotation"),
)
