"""Flavors and their extra specs."""

from typing import Any

from nova_like.api.common import paging
from nova_like.api.common.request import FALSE, TRUE, Request
from nova_like.api.native.compute.schemas.booleans import truth
from nova_like.api.native.compute.views import flavors as views
from nova_like.api.native.compute.views.links import url
from nova_like.model.errors import Invalid, NotFound

Json = dict[str, Any]


def index(req: Request) -> Json:
    return _page(req, views.brief, "flavors")


def detail(req: Request) -> Json:
    return _page(req, views.detail, "flavors/detail")


def _page(req: Request, view: Any, path: str) -> Json:
    page = paging.page(req)
    way = req.GET.get("sort_dir", "asc")
    if way not in ("asc", "desc"):
        raise Invalid("Invalid sort_dir: asc or desc.", field="sort_dir")
    rows = req.services.flavors.list(
        req.ctx, _public(req), min_ram_mib=req.number("minRam", 0), min_disk_gib=req.number("minDisk", 0),
        sort_key=req.GET.get("sort_key", "flavorid"), descending=way == "desc", marker=page.marker, limit=page.limit,
    )  # fmt: skip
    links = paging.links(req, url(req, path), rows, page)
    return {"flavors": [view(req, row) for row in rows], **({"flavors_links": links} if links else {})}


def _public(req: Request) -> bool | None:
    text = req.GET.get("is_public", "true").lower()
    if text == "none":
        return None
    if text in TRUE | FALSE:
        return text in TRUE
    raise Invalid(f"Invalid is_public filter [{text[:64]}]", field="is_public")


def show(req: Request, flavor_id: str) -> Json:
    return {"flavor": views.detail(req, req.services.flavors.get(req.ctx, flavor_id))}


def create(req: Request) -> Json:
    asked = req.body_json["flavor"]
    row = req.services.flavors.create(
        req.ctx, asked["name"], vcpus=_count(asked, "vcpus", 1), ram_mib=_count(asked, "ram", 1),
        disk_gib=_count(asked, "disk"), id=None if asked.get("id") in (None, "auto") else str(asked["id"]),
        ephemeral_gib=_count(asked, "OS-FLV-EXT-DATA:ephemeral"), swap_mib=_count(asked, "swap"),
        rxtx_factor=float(asked.get("rxtx_factor", 1.0)), public=truth(asked.get("os-flavor-access:is_public", True)),
        description=asked.get("description"),
    )  # fmt: skip
    return {"flavor": views.detail(req, row)}


def _count(asked: Json, name: str, minimum: int = 0) -> int:
    value = int(asked.get(name, 0))
    if not minimum <= value <= 2**31 - 1:
        raise Invalid(f"Invalid input for field/attribute {name}. Value: {value}.", field=name)
    return value


def update(req: Request, flavor_id: str) -> Json:
    row = req.services.flavors.set_description(req.ctx, flavor_id, req.body_json["flavor"]["description"])
    return {"flavor": views.detail(req, row)}


def delete(req: Request, flavor_id: str) -> None:
    req.services.flavors.delete(req.ctx, flavor_id)


def specs(req: Request, flavor_id: str) -> Json:
    return {"extra_specs": req.services.flavors.get(req.ctx, flavor_id)["extra_specs"] or {}}


def set_specs(req: Request, flavor_id: str) -> Json:
    asked = {name: str(value) for name, value in req.body_json["extra_specs"].items()}
    req.services.flavors.set_extra_specs(req.ctx, flavor_id, asked)
    return {"extra_specs": asked}


def spec(req: Request, flavor_id: str, spec_key: str) -> Json:
    found = req.services.flavors.get(req.ctx, flavor_id)["extra_specs"] or {}
    if spec_key not in found:
        raise NotFound("extra spec", spec_key, f"Flavor {flavor_id} has no extra specs with key {spec_key}.")
    return {spec_key: found[spec_key]}


def set_spec(req: Request, flavor_id: str, spec_key: str) -> Json:
    if spec_key not in req.body_json:
        raise Invalid("Request body and URI mismatch", field=spec_key)
    asked = {spec_key: str(req.body_json[spec_key])}
    req.services.flavors.set_extra_specs(req.ctx, flavor_id, asked)
    return asked


def delete_spec(req: Request, flavor_id: str, spec_key: str) -> None:
    req.services.flavors.drop_extra_spec(req.ctx, flavor_id, spec_key)
