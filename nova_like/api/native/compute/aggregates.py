"""Aggregates: operators' groups of hosts."""

from typing import Any

from nova_like.api.common.errors import HttpFault
from nova_like.api.common.request import Request
from nova_like.api.native.compute.views import aggregates as views
from nova_like.model.errors import Invalid, NotFound

Json = dict[str, Any]


def _number(aggregate_id: str) -> int:
    """What is no number of an aggregate names none."""
    if not (aggregate_id.isascii() and aggregate_id.isdigit() and int(aggregate_id[:12]) < 2**31):
        raise NotFound("aggregate", aggregate_id[:64])
    return int(aggregate_id)


def index(req: Request) -> Json:
    return {"aggregates": [views.detail(req, row) for row in req.services.aggregates.list(req.ctx)]}


def show(req: Request, aggregate_id: str) -> Json:
    return _view(req, req.services.aggregates.get(req.ctx, _number(aggregate_id)))


def _view(req: Request, row: Json) -> Json:
    return {"aggregate": views.detail(req, row)}


def create(req: Request) -> Json:
    asked = req.body_json["aggregate"]
    row = req.services.aggregates.create(req.ctx, asked["name"], asked.get("availability_zone"))
    return {"aggregate": views.created(req, row)}


def update(req: Request, aggregate_id: str) -> Json:
    asked = req.body_json["aggregate"]
    values = {name: asked[given] for given, name in (("name", "name"), ("availability_zone", "zone")) if given in asked}
    return _view(req, req.services.aggregates.update(req.ctx, _number(aggregate_id), values))


def delete(req: Request, aggregate_id: str) -> None:
    req.services.aggregates.delete(req.ctx, _number(aggregate_id))


def add_host(req: Request, aggregate_id: str) -> Json:
    host = req.body_json["add_host"]["host"]
    return _view(req, req.services.aggregates.add_host(req.ctx, _number(aggregate_id), host))


def remove_host(req: Request, aggregate_id: str) -> Json:
    host = req.body_json["remove_host"]["host"]
    return _view(req, req.services.aggregates.remove_host(req.ctx, _number(aggregate_id), host))


def set_metadata(req: Request, aggregate_id: str) -> Json:
    asked = req.body_json["set_metadata"]["metadata"]
    return _view(req, req.services.aggregates.set_metadata(req.ctx, _number(aggregate_id), asked))


def cache_images(req: Request, aggregate_id: str) -> None:
    """Hosts fetch images when they need them; nothing can tell them to earlier."""
    ids = [image["id"] for image in req.body_json["cache"]]
    req.services.aggregates.get(req.ctx, _number(aggregate_id))
    if len(set(ids)) < len(ids):
        raise Invalid("Duplicate images in request", field="cache")
    raise HttpFault(501, "Images cannot be fetched in advance.")
