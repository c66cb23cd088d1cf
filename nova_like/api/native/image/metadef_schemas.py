"""Bodies of the catalogue of metadata, and its schemas as clients read them. Pure data."""

from typing import Any

Json = dict[str, Any]
LONGEST = 80
NAME = {"type": "string", "minLength": 1, "maxLength": LONGEST}
LINE = {"type": "string", "maxLength": 500}
PROPERTY_FIELDS: Json = {
    "title": LINE, "description": LINE, "operators": {"type": "array"}, "readonly": {"type": "boolean"},
    "type": {"enum": ["array", "boolean", "integer", "number", "object", "string", None]}, "enum": {"type": "array"},
    "minimum": {"type": "number"}, "maximum": {"type": "number"}, "minLength": {"type": "integer"},
    "maxLength": {"type": "integer"}, "pattern": LINE, "minItems": {"type": "integer"},
    "maxItems": {"type": "integer"}, "uniqueItems": {"type": "boolean"}, "items": {"type": "object"}, "default": {},
}  # fmt: skip
PROPERTIES = {"type": "object", "additionalProperties": {"type": "object"}, "propertyNames": NAME, "maxProperties": 256}
TAGS = {"type": "array", "maxItems": 256,
        "items": {"type": "object", "properties": {"name": NAME}, "required": ["name"]}}  # fmt: skip
_OBJECT: Json = {
    "name": NAME, "description": LINE, "required": {"type": "array", "items": NAME, "maxItems": 256},
    "properties": PROPERTIES,
}  # fmt: skip
_ASSOCIATION: Json = {"name": NAME, "prefix": {**NAME, "minLength": 0}, "properties_target": {**NAME, "minLength": 0}}
_NAMESPACE: Json = {
    "namespace": NAME, "display_name": {"type": ["string", "null"], "maxLength": 80},
    "description": {"type": ["string", "null"], "maxLength": 500}, "visibility": {"enum": ["public", "private"]},
    "protected": {"type": "boolean"},
}  # fmt: skip


def _body(properties: Json, required: list[str]) -> Json:
    return {"type": "object", "properties": properties, "required": required}


OBJECT = _body(_OBJECT, ["name"])
PROPERTY = _body({"name": NAME, **PROPERTY_FIELDS}, ["name"])
TAG = _body({"name": NAME}, ["name"])
ALL_TAGS = _body({"tags": TAGS}, ["tags"])
ASSOCIATION = _body(_ASSOCIATION, ["name"])
UPDATE = _body(_NAMESPACE, ["namespace"])
CREATE = _body({**_NAMESPACE, "resource_type_associations": {"type": "array", "items": ASSOCIATION, "maxItems": 64},
                "properties": PROPERTIES, "objects": {"type": "array", "items": OBJECT, "maxItems": 256},
                "tags": TAGS}, ["namespace"])  # fmt: skip
_MADE: Json = {"created_at": {"type": "string", "readOnly": True}, "updated_at": {"type": "string", "readOnly": True},
               "self": {"type": "string"}, "schema": {"type": "string"}}  # fmt: skip
_NAMESPACES_OWN = {**CREATE["properties"], "owner": {"type": "string", "maxLength": 255}}
# name in the path -> (name of the document, properties of one)
ONES: dict[str, tuple[str, Json]] = {
    "namespace": ("namespace", {**_NAMESPACES_OWN, **_MADE}), "object": ("object", {**_OBJECT, **_MADE}),
    "property": ("property", {"name": NAME, **PROPERTY_FIELDS}), "tag": ("tag", {"name": NAME, **_MADE}),
    "resource_type": ("resource_type_association", {**_ASSOCIATION, **_MADE}),
}  # fmt: skip
MANY = {"namespaces": "namespace", "objects": "object", "properties": "property", "tags": "tag",
        "resource_types": "resource_type"}  # fmt: skip
