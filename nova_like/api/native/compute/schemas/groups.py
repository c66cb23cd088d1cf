"""Bodies of server groups."""

from typing import Any

from nova_like.api.common.schema import obj, wrapped
from nova_like.api.native.compute.schemas.texts import NAME

Json = dict[str, Any]
HARD = ["anti-affinity", "affinity"]
ALL = [*HARD, "soft-anti-affinity", "soft-affinity"]


def _before(policies: list[str]) -> Json:
    one: Json = {"type": "array", "minItems": 1, "maxItems": 1, "items": {"enum": policies}}
    return wrapped("server_group", obj({"name": NAME, "policies": one}, ("name", "policies")))


_RULES = obj(
    {
        "max_server_per_host": {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": 2**31 - 1},
                {"type": "string", "pattern": "^[1-9][0-9]{0,8}$"},
            ]
        }
    }
)
CREATE = (
    ("2.1", _before(HARD)),
    ("2.15", _before(ALL)),
    ("2.64", wrapped("server_group", obj({"name": NAME, "policy": {"enum": ALL}, "rules": _RULES},
                                         ("name", "policy")))),
)  # fmt: skip
