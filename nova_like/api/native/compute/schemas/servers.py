"""Bodies of servers: creating, changing, acting on them."""

from typing import Any

from nova_like.api.common.schema import obj, wrapped
from nova_like.api.native.compute.schemas.booleans import BOOLEAN
from nova_like.api.native.compute.schemas.integers import integer
from nova_like.api.native.compute.schemas.texts import DESCRIPTION, METADATA, NAME

Json = dict[str, Any]
TAG: Json = {"type": "string", "minLength": 1, "maxLength": 60, "pattern": "^[^,/]*$"}
REFERENCE: Json = {"type": ["string", "integer"], "minLength": 1, "maxLength": 1024}

NETWORK: Json = obj({
    "uuid": {"type": "string", "format": "uuid"}, "port": {"type": ["string", "null"], "format": "uuid"},
    "fixed_ip": {"type": "string", "format": "ip"},
})  # fmt: skip
NETWORKS: Json = {"type": "array", "items": NETWORK, "maxItems": 32}
NETWORKS_OR_WORD: Json = {"oneOf": [NETWORKS, {"type": "string", "enum": ["auto", "none"]}]}

# disks are virtio's, and plain; those that name a device are looked at as an attachment's are
_DEVICE: Json = {
    "uuid": {"type": ["string", "null"], "maxLength": 255},
    "source_type": {"enum": ["volume", "image", "snapshot", "blank"]},
    "destination_type": {"enum": ["local", "volume", "", None]}, "delete_on_termination": BOOLEAN,
    "boot_index": {"anyOf": [{"type": "integer", "minimum": -1, "maximum": 255}, {"type": "null"},
                             {"type": "string", "pattern": "^(-1|[0-9]{1,3}|None|)$"}]},
    "volume_size": {"anyOf": [integer(1), {"enum": [0, "0", "", None]}]},
    "device_name": {"type": ["string", "null"], "pattern": "^((/dev/)?(xv|v|s|h)d[a-z])?$"},
    "device_type": {"enum": ["disk", "", None]}, "disk_bus": {"enum": ["virtio", "", None]},
    "guest_format": {"enum": ["", None]}, "no_device": {"enum": [False, "", None]},
}  # fmt: skip
_DEVICE_232: Json = {**_DEVICE, "tag": {"type": "string", "minLength": 1, "maxLength": 60, "pattern": "^[^,/]*$"}}
_DEVICE_267: Json = {**_DEVICE_232, "volume_type": {"enum": ["default", None]}}  # the one that there is


def _devices(fields: Json) -> Json:
    return {"type": "array", "items": obj(fields, ("source_type",)), "maxItems": 255}


_ACCESS: Json = {name: {"type": "string", "anyOf": [{"format": form}, {"maxLength": 0}]}
                 for name, form in (("accessIPv4", "ipv4"), ("accessIPv6", "ipv6"))}  # fmt: skip
SHOWN_AGAIN: Json = {**_ACCESS, "OS-DCF:diskConfig": {"type": "string", "enum": ["AUTO", "MANUAL"]}}

FILES: Json = {"type": "array", "maxItems": 1000, "items": obj({
    "path": {"type": "string", "minLength": 1, "maxLength": 1024},
    "contents": {"type": "string", "format": "base64", "maxLength": 1 << 20}}, ("path", "contents"))}  # fmt: skip

_SERVER: Json = {
    **SHOWN_AGAIN,
    "name": NAME, "imageRef": {"type": "string", "maxLength": 1024}, "flavorRef": REFERENCE,
    "adminPass": {"type": "string", "maxLength": 255}, "metadata": METADATA, "networks": NETWORKS,
    "availability_zone": {"type": "string", "minLength": 1, "maxLength": 255, "format": "name"},
    "config_drive": {"anyOf": [BOOLEAN, {"enum": ["", None]}]},
    "key_name": {"type": ["string", "null"], "minLength": 1, "maxLength": 255},
    "min_count": integer(1), "max_count": integer(1), "return_reservation_id": BOOLEAN,
    "security_groups": {"type": "array", "maxItems": 64,
                        "items": {"type": "object", "properties": {"name": {"type": "string", "maxLength": 255}}}},
    "user_data": {"type": ["string", "null"], "format": "base64", "maxLength": 65535},
    "block_device_mapping_v2": _devices(_DEVICE),
    "personality": FILES,
}  # fmt: skip
_IDS: Json = {"oneOf": [{"type": "string", "format": "uuid"},
                        {"type": "array", "items": {"type": "string", "format": "uuid"}, "maxItems": 50}]}  # fmt: skip
# hints that no filter knows have always been taken without effect
_HINTS: Json = {"type": "object", "maxProperties": 20, "additionalProperties": True, "properties": {
    "group": {"type": "string", "format": "uuid"}, "same_host": _IDS, "different_host": _IDS}}  # fmt: skip


def _create(server: Json, required: tuple[str, ...] = ("name", "flavorRef")) -> Json:
    return obj({"server": obj(server, required), "os:scheduler_hints": _HINTS,
                "OS-SCH-HNT:scheduler_hints": _HINTS}, ("server",))  # fmt: skip


_219 = {**_SERVER, "description": DESCRIPTION}
_232 = {**_219, "block_device_mapping_v2": _devices(_DEVICE_232)}
_237 = {**_232, "networks": NETWORKS_OR_WORD}
_252 = {**_237, "tags": {"type": "array", "items": TAG, "maxItems": 50, "uniqueItems": True}}
_257 = {name: schema for name, schema in _252.items() if name != "personality"}
_263 = {**_257, "trusted_image_certificates": {"type": "null"}}  # signatures are not looked at
_267 = {**_263, "block_device_mapping_v2": _devices(_DEVICE_267)}
_HOST: Json = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[a-zA-Z0-9-._]*$"}
_274 = {**_267, "host": _HOST, "hypervisor_hostname": _HOST}
HOSTNAME: Json = {"type": "string", "minLength": 2, "maxLength": 63,
                  "pattern": r"^[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]\Z"}  # fmt: skip
FULL_HOSTNAME: Json = {**HOSTNAME, "maxLength": 255, "pattern": r"^[a-zA-Z0-9][a-zA-Z0-9.-]*[a-zA-Z0-9]\Z"}
_290 = {**_274, "hostname": HOSTNAME}
_294 = {**_290, "hostname": FULL_HOSTNAME}
_NEEDS_NETWORKS = ("name", "flavorRef", "networks")
CREATE = (
    ("2.1", _create(_SERVER)),
    ("2.19", _create(_219)),
    ("2.32", _create(_232)),
    ("2.37", _create(_237, _NEEDS_NETWORKS)),
    ("2.52", _create(_252, _NEEDS_NETWORKS)),
    ("2.57", _create(_257, _NEEDS_NETWORKS)),
    ("2.63", _create(_263, _NEEDS_NETWORKS)),
    ("2.67", _create(_267, _NEEDS_NETWORKS)),
    ("2.74", _create(_274, _NEEDS_NETWORKS)),
    ("2.90", _create(_290, _NEEDS_NETWORKS)),
    ("2.94", _create(_294, _NEEDS_NETWORKS)),
)

_UPDATE: Json = {"name": NAME, **SHOWN_AGAIN}
_UPDATE_219: Json = {**_UPDATE, "description": DESCRIPTION}
UPDATE = (
    ("2.1", wrapped("server", obj(_UPDATE))),
    ("2.19", wrapped("server", obj(_UPDATE_219))),
    ("2.90", wrapped("server", obj({**_UPDATE_219, "hostname": HOSTNAME}))),
    ("2.94", wrapped("server", obj({**_UPDATE_219, "hostname": FULL_HOSTNAME}))),
)

NOTHING: Json = {"type": ["null", "object", "string"], "maxProperties": 0, "maxLength": 0}
REBOOT: Json = obj({"type": {"enum": ["HARD", "Hard", "hard", "SOFT", "Soft", "soft"]}}, ("type",))
LOCK = (
    ("2.1", NOTHING),
    ("2.73", {"type": ["object", "null"], "additionalProperties": False,
              "properties": {"locked_reason": {"type": "string", "minLength": 1, "maxLength": 255}}}),
)  # fmt: skip
CONSOLE: Json = obj({"length": {"anyOf": [
    {"type": "integer", "minimum": -1, "maximum": 1000000}, {"type": "string", "pattern": "^-?[0-9]{1,7}$"},
    {"type": "null"}]}})  # fmt: skip

TAGS_BODY = obj({"tags": {"type": "array", "items": TAG, "maxItems": 50}}, ("tags",))
METADATA_BODY = wrapped("metadata", METADATA)
META_BODY = wrapped("meta", {**METADATA, "minProperties": 1, "maxProperties": 1})
