"""Bodies of the actions that rescue, rebuild and resize a server."""

from typing import Any

from nova_like.api.common.schema import obj
from nova_like.api.native.compute.schemas.booleans import BOOLEAN
from nova_like.api.native.compute.schemas.operators import HOST
from nova_like.api.native.compute.schemas.servers import FILES, NOTHING, REFERENCE, SHOWN_AGAIN
from nova_like.api.native.compute.schemas.texts import DESCRIPTION, METADATA, NAME

Json = dict[str, Any]
_PASSWORD: Json = {"type": "string", "maxLength": 255}
_IMAGE: Json = {"type": "string", "minLength": 1, "maxLength": 1024}
_KEY: Json = {"type": ["string", "null"], "minLength": 1, "maxLength": 255}
_USER_DATA: Json = {"type": ["string", "null"], "format": "base64", "maxLength": 65535}
_HOSTNAME: Json = {"type": "string", "pattern": "^[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$"}

RESCUE: Json = {
    "anyOf": [
        {"type": "null"},
        {**obj({"adminPass": _PASSWORD, "rescue_image_ref": _IMAGE})},
    ]
}

_REBUILD: Json = {
    **SHOWN_AGAIN, "imageRef": _IMAGE, "name": NAME, "adminPass": _PASSWORD, "metadata": METADATA,
    "preserve_ephemeral": BOOLEAN, "personality": FILES,
}  # fmt: skip
_219 = {**_REBUILD, "description": DESCRIPTION}
_254 = {**_219, "key_name": _KEY}
_257 = {name: schema for name, schema in _254.items() if name != "personality"} | {"user_data": _USER_DATA}
_290 = {**_257, "hostname": _HOSTNAME}
REBUILD = tuple(
    (since, obj(properties, ("imageRef",)))
    for since, properties in (("2.1", _REBUILD), ("2.19", _219), ("2.54", _254), ("2.57", _257), ("2.90", _290))
)

RESIZE: Json = obj({"flavorRef": REFERENCE, "OS-DCF:diskConfig": SHOWN_AGAIN["OS-DCF:diskConfig"]}, ("flavorRef",))
_ANY_HOST: Json = {"anyOf": [{"type": "null"}, HOST]}
MIGRATE = (("2.1", NOTHING), ("2.56", {"anyOf": [{"type": "null"}, obj({"host": _ANY_HOST}, ("host",))]}))
_LIVE: Json = {"host": _ANY_HOST, "block_migration": {"anyOf": [BOOLEAN, {"enum": ["auto"]}]}}
MIGRATE_LIVE = (
    ("2.1", obj({"host": _ANY_HOST, "block_migration": BOOLEAN, "disk_over_commit": BOOLEAN},
                ("host", "block_migration", "disk_over_commit"))),
    ("2.25", obj(_LIVE, ("host", "block_migration"))),
    ("2.30", obj({**_LIVE, "force": BOOLEAN}, ("host", "block_migration"))),
    ("2.68", obj(_LIVE, ("host", "block_migration"))),
)  # fmt: skip
_EVACUATE: Json = {"host": HOST, "adminPass": _PASSWORD}
EVACUATE = (
    ("2.1", obj({**_EVACUATE, "onSharedStorage": BOOLEAN}, ("onSharedStorage",))),
    ("2.14", obj(_EVACUATE)),
    ("2.29", obj({**_EVACUATE, "force": BOOLEAN})),
    ("2.68", obj(_EVACUATE)),
)
