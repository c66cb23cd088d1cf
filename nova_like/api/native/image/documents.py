"""The API's JSON schemas as clients read them, one document for each name. Pure data; nothing is validated by them."""

from typing import Any

from nova_like.api.common.request import Request
from nova_like.api.native.image import metadef_schemas
from nova_like.api.native.image.schemas import BASE
from nova_like.model.errors import NotFound

Json = dict[str, Any]
TEXT: Json = {"type": "string"}
MAYBE: Json = {"type": ["null", "string"]}
MADE: Json = {"type": "string", "readOnly": True}
COUNT: Json = {"type": ["null", "integer"], "readOnly": True}
FLAG: Json = {"type": "boolean"}
LINK = {"rel": "describedby", "href": "{schema}"}
IMAGE: Json = {
    "id": {"type": "string", "description": "An identifier for the image"},
    "name": {"type": ["null", "string"], "maxLength": 255, "description": "Descriptive name for the image"},
    "status": {"type": "string", "readOnly": True,
               "enum": ["queued", "saving", "uploading", "importing", "active", "deactivated"]},
    "visibility": {"type": "string", "enum": BASE["visibility"]["enum"]},
    "protected": FLAG, "os_hidden": FLAG,
    "checksum": {**MAYBE, "readOnly": True}, "os_hash_algo": {**MAYBE, "readOnly": True},
    "os_hash_value": {**MAYBE, "readOnly": True}, "size": COUNT, "virtual_size": COUNT,
    "container_format": {"type": ["null", "string"], "enum": BASE["container_format"]["enum"]},
    "disk_format": {"type": ["null", "string"], "enum": BASE["disk_format"]["enum"]},
    "min_disk": {"type": "integer"}, "min_ram": {"type": "integer"}, "owner": MAYBE,
    "created_at": MADE, "updated_at": MADE, "stores": MADE,
    "tags": {"type": "array", "items": {"type": "string", "maxLength": 255}},
    "self": MADE, "file": MADE, "schema": MADE,
}  # fmt: skip
MEMBER: Json = {
    "member_id": TEXT, "image_id": TEXT, "created_at": TEXT, "updated_at": TEXT,
    "status": {"type": "string", "enum": ["pending", "accepted", "rejected"]}, "schema": MADE,
}  # fmt: skip
TASK: Json = {
    "id": TEXT, "type": {"type": "string", "enum": ["api_image_import"]},
    "status": {"type": "string", "enum": ["pending", "processing", "success", "failure"]},
    "input": {"type": ["null", "object"]}, "result": {"type": ["null", "object"]}, "owner": TEXT, "message": TEXT,
    "image_id": TEXT, "request_id": TEXT, "user_id": TEXT, "expires_at": MAYBE, "created_at": TEXT,
    "updated_at": TEXT, "self": MADE, "schema": MADE,
}  # fmt: skip


def _one(name: str, properties: Json, additional: Any = False) -> Json:
    return {"name": name, "properties": properties, "additionalProperties": additional}


def _many(name: str, item: Json, key: str = "") -> Json:
    properties = {key or name: {"type": "array", "items": item}, "schema": TEXT, "first": TEXT, "next": TEXT}
    links = [{"rel": "first", "href": "{first}"}, {"rel": "next", "href": "{next}"}, LINK]
    return {"name": name, "properties": properties, "links": links}


_IMAGE = {**_one("image", IMAGE, {"type": "string"}),
          "links": [{"rel": "self", "href": "{self}"}, {"rel": "enclosure", "href": "{file}"}, LINK]}  # fmt: skip
_MEMBER, _TASK = _one("member", MEMBER), _one("task", TASK)
DOCUMENTS: dict[str, Json] = {
    "image": _IMAGE, "images": _many("images", _IMAGE), "member": _MEMBER, "members": _many("members", _MEMBER),
    "task": _TASK, "tasks": _many("tasks", _TASK),
}  # fmt: skip


def _metadefs() -> dict[str, Json]:
    ones = {path: _one(name, properties) for path, (name, properties) in metadef_schemas.ONES.items()}
    return ones | {path: _many(f"{ones[one]['name']}s" if one != "property" else path, ones[one])
                   for path, one in metadef_schemas.MANY.items()}  # fmt: skip


METADEFS = _metadefs()


def show(req: Request, schema: str) -> Json:
    if schema not in DOCUMENTS:
        raise NotFound("schema", schema[:64])
    return DOCUMENTS[schema]


def metadef(req: Request, metadef: str) -> Json:
    if metadef not in METADEFS:
        raise NotFound("schema", metadef[:64])
    return METADEFS[metadef]
