"""Handlers of volumes."""

from collections.abc import Callable
from typing import Any

from nova_like.api.common import paging
from nova_like.api.common.request import Request
from nova_like.api.native.volume import facts, views
from nova_like.model.errors import Invalid
from nova_like.model.ids import normal_uuid
from nova_like.model.wire import decode

Json = dict[str, Any]
FILTERS = {"name": "name", "display_name": "name", "status": "state", "availability_zone": "zone"}
SORT_KEYS = ("created_at", "updated_at", "id", "name", "display_name", "size", "status", "bootable",
             "availability_zone")  # fmt: skip


def index(req: Request) -> Json:
    return _page(req, "/volumes", views.brief)


def detail(req: Request) -> Json:
    return _page(req, "/volumes/detail", views.shown)


def _page(req: Request, path: str, view: Callable[[Request, Json], Json]) -> Json:
    page = paging.page(req)
    rows = req.services.volumes.list(
        req.ctx, _filters(req), all_projects=req.flag("all_tenants"), limit=page.limit,
        offset=req.number("offset", 0), marker=page.marker, sort=_sort(req),
    )  # fmt: skip
    body: Json = {"volumes": [view(req, row) for row in rows]}
    links = paging.links(req, f"{req.base('volume')}/v3/{req.ctx.project_id}{path}", rows, page)
    return {**body, "volumes_links": links} if links else body


def _filters(req: Request) -> Json:
    found: Json = {column: req.GET[name] for name, column in FILTERS.items() if name in req.GET}
    if found.get("zone") == views.ZONE:
        found["zone"] = [views.ZONE, ""]
    if "bootable" in req.GET:
        found["bootable"] = req.flag("bootable")
    if "project_id" in req.GET and req.ctx.is_admin:
        found["project_id"] = req.GET["project_id"]
    if "metadata" in req.GET:
        found["metadata"] = _metadata(req.GET["metadata"])
    return found


def _metadata(text: str) -> dict[str, str]:
    """{"k": "v"}, also in the quotes that Python's clients use. Raises Invalid."""
    wanted = decode(text.replace("'", '"'))
    if not isinstance(wanted, dict) or not all(isinstance(value, str) for value in wanted.values()):
        raise Invalid("Invalid filter value for metadata.", "volume", field="metadata")
    return wanted


def _sort(req: Request) -> list[tuple[str, str]] | None:
    if "sort" in req.GET:
        parts = [part.strip().partition(":") for part in req.GET["sort"].split(",")]
        asked = [(name, way or "desc") for name, _, way in parts]
    elif "sort_key" in req.GET:
        asked = [(req.GET["sort_key"], req.GET.get("sort_dir", "desc"))]
    else:
        return None
    for name, way in asked:
        if name not in SORT_KEYS or way not in ("asc", "desc"):
            raise Invalid(f"Invalid sort key or direction: {name[:64]} {way[:64]}", "volume", field="sort")
    return asked


def create(req: Request) -> Json:
    body = req.body_json["volume"]
    facts.require_type(body.get("volume_type"))
    row = req.services.volumes.create(
        req.ctx, int(body["size"]), body.get("name", body.get("display_name")),
        body.get("description", body.get("display_description")), body.get("metadata"), body.get("availability_zone"),
        image_id=_image(body),
    )  # fmt: skip
    return {"volume": views.full(req, row)}


def _image(body: Json) -> str | None:
    """The id of the image that it is to be made of; text that is no id names none."""
    named = body.get("imageRef") or body.get("image_id")
    return (normal_uuid(named) or "") if named else None


def show(req: Request, volume_id: str) -> Json:
    return {"volume": views.shown(req, req.services.volumes.get(req.ctx, volume_id))}


def update(req: Request, volume_id: str) -> Json:
    body = req.body_json["volume"]
    if not body:
        raise Invalid("At least one of the fields name, description, metadata is needed.", "volume")
    names = {"display_name": "name", "display_description": "description"}
    values = {names.get(key, key): value for key, value in body.items()}
    return {"volume": views.full(req, req.services.volumes.update(req.ctx, volume_id, lambda row: values))}


def delete(req: Request, volume_id: str) -> None:
    req.services.volumes.delete(req.ctx, volume_id, force=req.flag("force"))


def force_delete(req: Request, volume_id: str) -> None:
    req.services.volumes.delete(req.ctx, volume_id, force=True)


def set_bootable(req: Request, volume_id: str) -> None:
    """Whether servers may start from it is for its owner to say: nobody looks at what is written on it."""
    bootable = str(req.body_json["os-set_bootable"]["bootable"]).lower() == "true"
    req.services.volumes.update(req.ctx, volume_id, lambda row: {"bootable": bootable})


def summary(req: Request) -> Json:
    count, size = req.services.volumes.summary(req.ctx, req.flag("all_tenants"))
    return {"volume-summary": {"total_count": count, "total_size": size}}
