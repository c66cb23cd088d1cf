"""Version documents of the image API, and its JSON schemas as clients read them."""

from typing import Any

from nova_like.api.common.reply import reply
from nova_like.api.common.request import Request
from nova_like.api.common.routing import Route

NEWEST = 9  # what images v2.9 added (os_hash, hidden) is there; later ones are about imports and caches
_TEXT, _MAYBE = {"type": "string"}, {"type": ["null", "string"]}
_COUNT = {"type": ["null", "integer"], "readOnly": True}
IMAGE: dict[str, Any] = {
    "id": {"type": "string", "description": "An identifier for the image"},
    "name": {"type": ["null", "string"], "maxLength": 255, "description": "Descriptive name for the image"},
    "status": {"type": "string", "readOnly": True,
               "enum": ["queued", "saving", "active", "killed", "deleted", "deactivated"]},
    "visibility": {"type": "string", "enum": ["community", "public", "private", "shared"]},
    "protected": {"type": "boolean"}, "os_hidden": {"type": "boolean"},
    "checksum": {**_MAYBE, "readOnly": True}, "os_hash_algo": {**_MAYBE, "readOnly": True},
    "os_hash_value": {**_MAYBE, "readOnly": True}, "size": _COUNT, "virtual_size": _COUNT,
    "container_format": {"type": ["null", "string"], "enum": [None, "bare"]},
    "disk_format": {"type": ["null", "string"], "enum": [None, "raw", "qcow2"]},
    "min_disk": {"type": "integer"}, "min_ram": {"type": "integer"}, "owner": _MAYBE,
    "created_at": {"type": "string", "readOnly": True}, "updated_at": {"type": "string", "readOnly": True},
    "tags": {"type": "array", "items": {"type": "string", "maxLength": 255}},
    "self": {**_TEXT, "readOnly": True}, "file": {**_TEXT, "readOnly": True}, "schema": {**_TEXT, "readOnly": True},
}  # fmt: skip
LINK = {"rel": "describedby", "href": "{schema}"}


def _documents(req: Request) -> list[dict[str, Any]]:
    links = [{"rel": "self", "href": f"{req.base('image')}/v2/"}]
    return [{"id": f"v2.{minor}", "status": "CURRENT" if minor == NEWEST else "SUPPORTED", "links": links}
            for minor in range(NEWEST, -1, -1)]  # fmt: skip


def versions(req: Request) -> Any:
    return reply({"versions": _documents(req)}, 300)


def all_versions(req: Request) -> dict[str, Any]:
    return {"versions": _documents(req)}


def image_schema(req: Request) -> dict[str, Any]:
    return {"name": "image", "properties": IMAGE, "additionalProperties": {"type": "string"},
            "links": [{"rel": "self", "href": "{self}"}, {"rel": "enclosure", "href": "{file}"}, LINK]}  # fmt: skip


def images_schema(req: Request) -> dict[str, Any]:
    items = {"type": "array", "items": image_schema(req)}
    return {"name": "images", "properties": {"images": items, "schema": _TEXT, "next": _TEXT, "first": _TEXT},
            "links": [{"rel": "first", "href": "{first}"}, {"rel": "next", "href": "{next}"}, LINK]}  # fmt: skip


def import_info(req: Request) -> dict[str, Any]:
    """No import methods: data come by PUT."""
    return {"import-methods": {"description": "Import methods available.", "type": "array", "value": []}}


ROUTES = (
    Route("GET", "/", versions, open=True),
    Route("GET", "/versions", all_versions, open=True),
    Route("GET", "/v2", all_versions, open=True),
)
