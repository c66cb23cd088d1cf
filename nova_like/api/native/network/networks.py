"""Handlers of networks."""

from typing import Any

from nova_like.api.common.request import Request
from nova_like.api.native.network import listing, owners, views

Json = dict[str, Any]
_COLUMNS = {
    "name": "name", "description": "description", "admin_state_up": "admin_up", "shared": "shared",
    "router:external": "external", "mtu": "mtu",
}  # fmt: skip


def _columns(body: Json) -> Json:
    return {column: body[name] for name, column in _COLUMNS.items() if name in body}


def _view(req: Request, row: Json) -> Json:
    return views.network(row, req.ctx.is_admin)


def index(req: Request) -> Json:
    rows = req.services.networks.list(req.ctx, all_projects=True)
    return listing.collection(req, "networks", [_view(req, row) for row in rows])


def show(req: Request, network_id: str) -> Json:
    return listing.one(req, "network", _view(req, req.services.networks.get(req.ctx, network_id)))


def create(req: Request) -> Json:
    body = req.body_json["network"]
    values = {**_columns(body), "project_id": owners.of(req.ctx, body)}
    return {"network": _view(req, req.services.networks.create(req.ctx, values))}


def update(req: Request, network_id: str) -> Json:
    values = _columns(req.body_json["network"])
    return {"network": _view(req, req.services.networks.update(req.ctx, network_id, values))}


def delete(req: Request, network_id: str) -> None:
    req.services.networks.delete(req.ctx, network_id)
