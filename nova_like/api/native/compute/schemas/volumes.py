"""Bodies about the volumes of servers."""

from typing import Any

from nova_like.api.common.schema import obj
from nova_like.api.native.compute.schemas.booleans import BOOLEAN
from nova_like.api.native.compute.schemas.servers import TAG

Json = dict[str, Any]
VOLUME: Json = {"type": "string", "format": "uuid"}
DEVICE: Json = {"type": ["string", "null"], "maxLength": 255, "pattern": r"^(/dev/)?[a-zA-Z0-9]*\Z"}


def _body(fields: Json) -> Json:
    return obj({"volumeAttachment": obj(fields, ("volumeId",))}, ("volumeAttachment",))


_ATTACH = {"volumeId": VOLUME, "device": DEVICE}
_249 = {**_ATTACH, "tag": TAG}
ATTACH = (("2.1", _body(_ATTACH)), ("2.49", _body(_249)), ("2.79", _body({**_249, "delete_on_termination": BOOLEAN})))
_SHOWN: Json = {"id": VOLUME, "serverId": VOLUME, "device": DEVICE, "tag": {"type": ["string", "null"]}}
UPDATE = (
    ("2.1", _body({"volumeId": VOLUME})),
    ("2.85", _body({"volumeId": VOLUME, "delete_on_termination": BOOLEAN, **_SHOWN})),
)
