"""Handlers of ports."""

from typing import Any

from nova_like.api.common.request import Request
from nova_like.api.native.network import listing, views

Json = dict[str, Any]
_IN_DATABASE = {"device_id": "instance_id", "network_id": "network_id", "id": "id"}


def index(req: Request) -> Json:
    several = {column: req.GET.getall(name) for name, column in _IN_DATABASE.items() if name in req.GET}
    if "" in several.get("instance_id", []):
        del several["instance_id"]  # ports of no instance: the list below finds them
    rows = req.services.ports.list(req.ctx, all_projects=True, **several)
    return listing.collection(req, "ports", [views.port(row, req.ctx.is_admin) for row in rows])


def show(req: Request, port_id: str) -> Json:
    return listing.one(req, "port", views.port(req.services.ports.get(req.ctx, port_id), req.ctx.is_admin))
