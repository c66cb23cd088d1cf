"""Bodies of what is said about servers: their state, news of them."""

from typing import Any

from nova_like.api.common.schema import obj
from nova_like.api.native.compute.schemas.texts import UUID

Json = dict[str, Any]
RESET_STATE = obj({"state": {"enum": ["active", "error"]}}, ("state",))

_STEPS = (
    ("2.1", ["network-changed", "network-vif-plugged", "network-vif-unplugged", "network-vif-deleted"]),
    ("2.51", ["volume-extended"]), ("2.76", ["power-update"]), ("2.82", ["accelerator-request-bound"]),
    ("2.93", ["volume-reimaged"]),
)  # fmt: skip


def _events(names: list[str]) -> Json:
    event = obj({"name": {"enum": names}, "server_uuid": UUID, "tag": {"type": "string", "maxLength": 255},
                 "status": {"enum": ["failed", "completed", "in-progress"]}}, ("name", "server_uuid"))  # fmt: skip
    return obj({"events": {"type": "array", "minItems": 1, "maxItems": 500, "items": event}}, ("events",))


EVENTS = tuple((since, _events([name for _, more in _STEPS[: index + 1] for name in more]))
               for index, (since, _) in enumerate(_STEPS))  # fmt: skip
