"""Bodies of what operators change of services and hosts."""

from typing import Any

from nova_like.api.common.schema import obj
from nova_like.api.native.compute.schemas.booleans import BOOLEAN

Json = dict[str, Any]
HOST: Json = {"type": "string", "minLength": 1, "maxLength": 255}
REASON: Json = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"\S"}
ENABLE = obj({"host": HOST, "binary": HOST}, ("host", "binary"))
DISABLE_WITH_REASON = obj({"host": HOST, "binary": HOST, "disabled_reason": REASON},
                          ("host", "binary", "disabled_reason"))  # fmt: skip
FORCE_DOWN = obj({"host": HOST, "binary": HOST, "forced_down": BOOLEAN}, ("host", "binary"))
UPDATE_SERVICE = obj({"status": {"enum": ["enabled", "disabled"]}, "disabled_reason": REASON, "forced_down": BOOLEAN},
                     minProperties=1)  # fmt: skip
_SWITCH = {"type": "string", "pattern": r"^(?i:enable|disable)\Z"}
UPDATE_HOST = obj({"status": _SWITCH, "maintenance_mode": _SWITCH}, minProperties=1)
