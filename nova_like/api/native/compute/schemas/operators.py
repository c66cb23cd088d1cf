"""Bodies of what operators change: services and quota sets."""

from typing import Any

from nova_like.api.common.schema import obj, wrapped
from nova_like.api.native.compute.schemas.booleans import BOOLEAN
from nova_like.api.native.compute.schemas.integers import integer

Json = dict[str, Any]
HOST: Json = {"type": "string", "minLength": 1, "maxLength": 255}
REASON: Json = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"\S"}
ENABLE = obj({"host": HOST, "binary": HOST}, ("host", "binary"))
DISABLE_WITH_REASON = obj({"host": HOST, "binary": HOST, "disabled_reason": REASON},
                          ("host", "binary", "disabled_reason"))  # fmt: skip
UPDATE_SERVICE = obj({"status": {"enum": ["enabled", "disabled"]}, "disabled_reason": REASON}, minProperties=1)

_LIMIT = integer(-1)
QUOTAS = ("instances", "cores", "ram", "metadata_items", "key_pairs")
QUOTA_SET = wrapped("quota_set", obj({**dict.fromkeys(QUOTAS, _LIMIT), "force": BOOLEAN}))
