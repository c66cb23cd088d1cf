"""Bodies of flavors."""

from typing import Any

from nova_like.api.common.schema import obj, wrapped
from nova_like.api.native.compute.schemas.booleans import BOOLEAN
from nova_like.api.native.compute.schemas.integers import integer
from nova_like.api.native.compute.schemas.texts import NAME

Json = dict[str, Any]
DESCRIPTION: Json = {"type": ["string", "null"], "maxLength": 65535}
ID: Json = {"anyOf": [
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^(?! )[a-zA-Z0-9. _-]+(?<! )\Z"},
    {"type": "integer", "minimum": 0, "maximum": 2**31 - 1}, {"type": "null"}]}  # fmt: skip
_FLAVOR: Json = {
    "name": NAME, "id": ID, "ram": integer(1), "vcpus": integer(1), "disk": integer(), "swap": integer(),
    "OS-FLV-EXT-DATA:ephemeral": integer(), "os-flavor-access:is_public": BOOLEAN,
    "rxtx_factor": {"anyOf": [{"type": "number", "exclusiveMinimum": 0, "maximum": 3.4e38},
                              {"type": "string", "pattern": r"^[0-9]{1,9}(\.[0-9]{1,9})?\Z"}]},
}  # fmt: skip
_REQUIRED = ("name", "ram", "vcpus", "disk")
CREATE = (
    ("2.1", wrapped("flavor", obj(_FLAVOR, _REQUIRED))),
    ("2.55", wrapped("flavor", obj({**_FLAVOR, "description": DESCRIPTION}, _REQUIRED))),
)
UPDATE = wrapped("flavor", obj({"description": DESCRIPTION}, ("description",)))

_SPEC = {"anyOf": [{"type": "string", "maxLength": 255}, {"type": "number"}]}
SPECS: Json = {"type": "object", "minProperties": 1, "additionalProperties": False,
               "patternProperties": {"^[a-zA-Z0-9_:. -]{1,255}$": _SPEC}}  # fmt: skip
EXTRA_SPECS = wrapped("extra_specs", SPECS)
EXTRA_SPEC: Json = {**SPECS, "maxProperties": 1}
