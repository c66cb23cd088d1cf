"""Server groups of a project."""

from typing import Any

from nova_like.api.common import paging
from nova_like.api.common.request import Request
from nova_like.api.native.compute.views import groups as views

Json = dict[str, Any]


def index(req: Request) -> Json:
    found = req.services.groups.list(
        req.ctx, req.flag("all_projects"), offset=min(req.number("offset", 0) or 0, 2**31), limit=paging.page(req).limit
    )  # fmt: skip
    return {"server_groups": [views.detail(req, row) for row in found]}


def show(req: Request, server_group_id: str) -> Json:
    return {"server_group": views.detail(req, req.services.groups.get(req.ctx, server_group_id))}


def create(req: Request) -> Json:
    asked = req.body_json["server_group"]
    policy = asked["policy"] if "policy" in asked else asked["policies"][0]
    most = (asked.get("rules") or {}).get("max_server_per_host")
    row = req.services.groups.create(req.ctx, asked["name"], policy, None if most is None else int(most))
    return {"server_group": views.detail(req, row)}


def delete(req: Request, server_group_id: str) -> None:
    req.services.groups.delete(req.ctx, server_group_id)
