"""Handlers of the catalogue of metadata: namespaces, and the table that drives what stands in them."""

from typing import Any

from nova_like.api.common import paging
from nova_like.api.common.request import Request
from nova_like.api.common.routing import Route
from nova_like.api.native.image import metadef_schemas as schemas
from nova_like.api.native.image.metadef_schemas import LONGEST
from nova_like.api.native.image.views import time
from nova_like.model.errors import Invalid

Json = dict[str, Any]
ROOT = "/metadefs/namespaces"
ONE = f"{ROOT}/{{namespace}}"
RESOURCES = "resource_types"
_FIELDS = ("namespace", "display_name", "description", "visibility", "protected")


# -- namespaces


def _shown(row: Json, whole: bool = True) -> Json:
    path = f"/v2{ROOT}/{row['namespace']}"
    more = {kind: _list(kind, row["items"][kind]) for kind in ("objects", "properties", "tags")} if whole else {}
    return {
        **{name: row[name] for name in _FIELDS}, "owner": row["owner_id"],
        "resource_type_associations": _list(RESOURCES, row["items"][RESOURCES]), **{k: v for k, v in more.items() if v},
        "created_at": time(row["created_at"]), "updated_at": time(row["updated_at"]), "self": path,
        "schema": "/v2/schemas/metadefs/namespace",
    }  # fmt: skip


def index(req: Request) -> Json:
    page = paging.page(req)
    rows = req.services.metadefs.list(req.ctx, page.limit, page.marker, req.GET.get("visibility"))
    body: Json = {"namespaces": [_shown(row, False) for row in rows], "first": f"/v2{ROOT}",
                  "schema": "/v2/schemas/metadefs/namespaces"}  # fmt: skip
    following = paging.next_url(req, f"/v2{ROOT}", rows, page, "namespace")
    return {**body, "next": following} if following else body


def create(req: Request) -> Json:
    body = req.body_json
    items = {
        "properties": body.get("properties", {}),
        **{kind: {item["name"]: item for item in body.get(key, [])}
           for kind, key in (("objects", "objects"), ("tags", "tags"), (RESOURCES, "resource_type_associations"))},
    }  # fmt: skip
    return _shown(req.services.metadefs.create(req.ctx, _values(body), items))


def show(req: Request, namespace: str) -> Json:
    return _shown(req.services.metadefs.get(req.ctx, namespace))


def update(req: Request, namespace: str) -> Json:
    return _shown(req.services.metadefs.update(req.ctx, namespace, _values(req.body_json)))


def delete(req: Request, namespace: str) -> None:
    req.services.metadefs.delete(req.ctx, namespace)


def _values(body: Json) -> Json:
    return {name: body[name] for name in _FIELDS if name in body}


# -- what stands in them


def _item(kind: str, row: Json) -> Json:
    """One as it is shown: what was sent, and when."""
    body = {**(row["body"] or {}), "name": row["name"]}
    times = {"created_at": time(row["created_at"]), "updated_at": time(row["updated_at"])}
    if kind == "objects":
        return {"required": [], "properties": {}, **body, **times, "schema": "/v2/schemas/metadefs/object"}
    return body if kind == "properties" else {**body, **times}


def _list(kind: str, rows: list[Json]) -> Any:
    """All of a kind: a list, and of properties an object by their names."""
    if kind == "properties":
        return {row["name"]: {key: value for key, value in _item(kind, row).items() if key != "name"} for row in rows}
    return [_item(kind, row) for row in rows]


class _Kind:
    """Handlers of one kind; `key` is what a list stands under."""

    def __init__(self, kind: str, key: str = "") -> None:
        self.kind, self.key = kind, key or kind

    def index(self, req: Request, namespace: str) -> Json:
        return {self.key: _list(self.kind, req.services.metadefs.items(req.ctx, namespace, self.kind))}

    def create(self, req: Request, namespace: str) -> Json:
        name, body = req.body_json["name"], req.body_json
        return _item(self.kind, req.services.metadefs.put(req.ctx, namespace, self.kind, name, body))

    def show(self, req: Request, namespace: str, definition: str) -> Json:
        return _item(self.kind, req.services.metadefs.item(req.ctx, namespace, self.kind, definition))

    def update(self, req: Request, namespace: str, definition: str) -> Json:
        name, body = req.body_json["name"], req.body_json
        return _item(self.kind, req.services.metadefs.put(req.ctx, namespace, self.kind, name, body, definition))

    def delete(self, req: Request, namespace: str, definition: str) -> None:
        req.services.metadefs.remove(req.ctx, namespace, self.kind, definition)

    def delete_all(self, req: Request, namespace: str) -> None:
        req.services.metadefs.remove(req.ctx, namespace, self.kind)


TAGS, TYPES = _Kind("tags"), _Kind(RESOURCES, "resource_type_associations")


def name_tag(req: Request, namespace: str, definition: str) -> Json:
    if len(definition) > LONGEST:
        raise Invalid(f"A name has at most {LONGEST} characters.", "definition", field="name")
    return _item("tags", req.services.metadefs.put(req.ctx, namespace, "tags", definition, {}))


def name_tags(req: Request, namespace: str) -> Json:
    items = {item["name"]: item for item in req.body_json["tags"]}
    return {"tags": _list("tags", req.services.metadefs.replace(req.ctx, namespace, "tags", items))}


def resource_types(req: Request) -> Json:
    known = req.services.metadefs.resource_types(req.ctx)
    return {"resource_types": [{"name": name} for name in known]}


def _routes(kind: str, schema: Json) -> tuple[Route, ...]:
    handlers, path = _Kind(kind), f"{ONE}/{kind}"
    return (
        Route("GET", path, handlers.index), Route("DELETE", path, handlers.delete_all, 204),
        Route("GET", f"{path}/{{definition}}", handlers.show),
        Route("PUT", f"{path}/{{definition}}", handlers.update, schema=schema),
        Route("DELETE", f"{path}/{{definition}}", handlers.delete, 204),
    )  # fmt: skip


ROUTES = (
    Route("GET", "/metadefs/resource_types", resource_types),
    Route("GET", ROOT, index), Route("POST", ROOT, create, 201, schema=schemas.CREATE),
    Route("GET", ONE, show), Route("PUT", ONE, update, schema=schemas.UPDATE), Route("DELETE", ONE, delete, 204),
    *_routes("objects", schemas.OBJECT),
    Route("POST", f"{ONE}/objects", _Kind("objects").create, 201, schema=schemas.OBJECT),
    *_routes("properties", schemas.PROPERTY),
    Route("POST", f"{ONE}/properties", _Kind("properties").create, 201, schema=schemas.PROPERTY),
    *_routes("tags", schemas.TAG),
    Route("POST", f"{ONE}/tags", name_tags, 201, schema=schemas.ALL_TAGS),
    Route("POST", f"{ONE}/tags/{{definition}}", name_tag, 201),
    Route("GET", f"{ONE}/{RESOURCES}", TYPES.index),
    Route("POST", f"{ONE}/{RESOURCES}", TYPES.create, 201, schema=schemas.ASSOCIATION),
    Route("DELETE", f"{ONE}/{RESOURCES}/{{definition}}", TYPES.delete, 204),
)  # fmt: skip
