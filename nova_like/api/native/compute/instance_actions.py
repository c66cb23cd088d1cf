"""What was asked of a server, and how it went."""

from typing import Any

from nova_like.api.common import paging
from nova_like.api.common.request import Request
from nova_like.api.native.compute.views import actions as views
from nova_like.api.native.compute.views.links import url

Json = dict[str, Any]


def index(req: Request, server_id: str) -> Json:
    flows = req.services.instances.actions(req.ctx, server_id)
    if req.microversion < (2, 58):
        return {"instanceActions": [views.brief(req, flow) for flow in flows]}
    page = paging.page(req)
    shown = _behind(flows, page.marker)[: page.limit]
    links = paging.links(req, url(req, f"servers/{server_id}/os-instance-actions"), shown, page, "request_id")
    return {"instanceActions": [views.brief(req, flow) for flow in shown], **({"links": links} if links else {})}


def _behind(flows: list[Json], marker: str | None) -> list[Json]:
    if marker is None:
        return flows
    ids = [flow["request_id"] for flow in flows]
    return flows[ids.index(marker) + 1 :] if marker in ids else []


def show(req: Request, server_id: str, request_id: str) -> Json:
    flow, journal = req.services.instances.action(req.ctx, server_id, request_id)
    return {"instanceAction": views.detail(req, flow, journal)}
