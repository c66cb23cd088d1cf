"""Handlers of subnets."""

from typing import Any

from nova_like.api.common.request import Request
from nova_like.api.native.network import listing, views

Json = dict[str, Any]


def index(req: Request) -> Json:
    rows = req.services.subnets.list(req.ctx, all_projects=True)
    return listing.collection(req, "subnets", [views.subnet(row) for row in rows])


def show(req: Request, subnet_id: str) -> Json:
    return listing.one(req, "subnet", views.subnet(req.services.subnets.get(req.ctx, subnet_id)))


def create(req: Request) -> Json:
    body = req.body_json["subnet"]
    pools = body.get("allocation_pools") or []
    row = req.services.subnets.create(
        req.ctx, body["network_id"], body["cidr"], gateway=body.get("gateway_ip", ""),
        pool=(pools[0]["start"], pools[0]["end"]) if pools else None, name=body.get("name", ""),
        description=body.get("description", ""), dhcp=body.get("enable_dhcp", True),
        dns=body.get("dns_nameservers", []),
    )  # fmt: skip
    return {"subnet": views.subnet(row)}


def delete(req: Request, subnet_id: str) -> None:
    req.services.subnets.delete(req.ctx, subnet_id)
