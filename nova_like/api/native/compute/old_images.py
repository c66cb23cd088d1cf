"""Images through compute, as clients did before 2.36 (their metadata before 2.39): the Image API's records in another
form. Decides nothing that the Image API does not."""

from typing import Any

from nova_like.api.common import paging
from nova_like.api.common.request import Request
from nova_like.api.native.compute import moments
from nova_like.api.native.compute.views import images as views
from nova_like.api.native.compute.views.links import url
from nova_like.model.errors import Invalid, NotFound

Json = dict[str, Any]
RESERVED = "os_glance_"


def index(req: Request) -> Json:
    return _page(req, "images", views.brief)


def detail(req: Request) -> Json:
    return _page(req, "images/detail", views.detail)


def _page(req: Request, path: str, view: Any) -> Json:
    page = paging.page(req)
    rows = req.services.images.list(req.ctx, _filters(req), limit=page.limit, marker=page.marker)
    links = paging.links(req, url(req, path), rows, page)
    return {"images": [view(req, row) for row in rows], **({"images_links": links} if links else {})}


def _filters(req: Request) -> Json:
    found: Json = {"properties": {}, "times": []}
    if name := req.GET.get("name"):
        found["name"] = name
    if status := req.GET.get("status"):
        found["status"] = [kept for kept, shown in views.STATUS.items() if shown == status.upper()]
    if server := req.GET.get("server"):
        found["properties"][views.SERVER] = server.rstrip("/").rsplit("/", 1)[-1]
    if kind := req.GET.get("type"):
        found["properties"]["image_type"] = kind
    if (since := moments.asked(req, "changes-since")) is not None:
        found["times"].append(("updated_at", "gte", since))
    for name, column in (("minDisk", "min_disk_gib"), ("minRam", "min_ram_mib")):
        if (least := req.number(name)) is not None:
            found[column] = least
    return found


def show(req: Request, image_id: str) -> Json:
    return {"image": views.detail(req, req.services.images.get(req.ctx, image_id))}


def delete(req: Request, image_id: str) -> None:
    req.services.images.delete(req.ctx, image_id)


def metadata(req: Request, image_id: str) -> Json:
    return {"metadata": views.metadata(req.services.images.get(req.ctx, image_id))}


def replace(req: Request, image_id: str) -> Json:
    return {"metadata": _set(req, image_id, req.body_json["metadata"], keep=False)}


def merge(req: Request, image_id: str) -> Json:
    return {"metadata": _set(req, image_id, req.body_json["metadata"], keep=True)}


def _set(req: Request, image_id: str, asked: dict[str, str], keep: bool) -> dict[str, str]:
    """All that can be shown is what is asked for (with `keep`: and what was there); the rest of it is not ours."""
    if any(name.startswith(RESERVED) for name in asked):
        raise Invalid(f"Properties that begin with {RESERVED} are reserved.", field="metadata")

    def change(row: Json) -> Json:
        have = row["properties"] or {}
        hidden = {name: value for name, value in have.items() if keep or name.startswith(RESERVED)}
        wanted = {**hidden, **asked}
        req.services.limits.require(req.ctx, "metadata_items", len(wanted))
        return {"properties": wanted}

    return views.metadata(req.services.images.update(req.ctx, image_id, change))


def item(req: Request, image_id: str, metadata_key: str) -> Json:
    found = views.metadata(req.services.images.get(req.ctx, image_id))
    if metadata_key not in found:
        raise NotFound("metadata item", metadata_key, "Metadata item was not found")
    return {"meta": {metadata_key: found[metadata_key]}}


def set_item(req: Request, image_id: str, metadata_key: str) -> Json:
    meta = req.body_json["meta"]
    if metadata_key not in meta:
        raise Invalid("Request body and URI mismatch", field="meta")
    _set(req, image_id, meta, keep=True)
    return {"meta": meta}


def delete_item(req: Request, image_id: str, metadata_key: str) -> None:
    def less(row: Json) -> Json:
        if metadata_key not in views.metadata(row):
            raise NotFound("metadata item", metadata_key, "Metadata item was not found")
        return {"properties": {name: value for name, value in row["properties"].items() if name != metadata_key}}

    req.services.images.update(req.ctx, image_id, less)
