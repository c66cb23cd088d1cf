"""Handlers of ports."""

from typing import Any

from nova_like.api.common.request import Request
from nova_like.api.native.network import listing, views
from nova_like.model.errors import Invalid
from nova_like.model.ids import is_uuid

Json = dict[str, Any]
_IN_DATABASE = {"device_id": "instance_id", "network_id": "network_id", "id": "id"}


def index(req: Request) -> Json:
    several = {column: req.GET.getall(name) for name, column in _IN_DATABASE.items() if name in req.GET}
    if "" in several.get("instance_id", []):
        del several["instance_id"]  # ports of no instance: the list below finds them
    rows = req.services.ports.list(req.ctx, all_projects=True, **several)
    return listing.collection(req, "ports", [views.port(row, req.ctx.is_admin) for row in rows])


def update(req: Request, port_id: str) -> Json:
    """Its names, and the security groups it is in."""
    asked = req.body_json["port"]
    row = req.services.ports.get(req.ctx, port_id)
    for group in asked.get("security_groups", ()):
        if not is_uuid(group):
            raise Invalid(f"'{group}' is not a valid UUID.", "port", field="security_groups")
    if "security_groups" in asked:
        req.services.memberships.replace(req.ctx, row["instance_id"] or "", asked["security_groups"], port_id)
    names = {name: asked[name] for name in ("name", "description") if name in asked}
    req.services.ports.update(req.ctx, port_id, names)
    return show(req, port_id)


def show(req: Request, port_id: str) -> Json:
    return listing.one(req, "port", views.port(req.services.ports.get(req.ctx, port_id), req.ctx.is_admin))
