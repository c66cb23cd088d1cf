"""Access keys for the EC2 dialect, and tokens against a request that was signed by one."""

from typing import Any

import webob

from nova_like.api.common.reply import reply
from nova_like.api.common.request import Request
from nova_like.api.native.identity import views


def create(req: Request, user_id: str) -> dict[str, Any]:
    row = req.services.identity.ec2.create(req.ctx, user_id, req.body_json["tenant_id"])
    return {"credential": views.credential(req, row)}


def index(req: Request, user_id: str) -> dict[str, Any]:
    rows = req.services.identity.ec2.list(req.ctx, user_id)
    items = [views.credential(req, row) for row in rows]
    return views.listed(req, "credentials", items, "users", user_id, "credentials", "OS-EC2")


def show(req: Request, user_id: str, access: str) -> dict[str, Any]:
    return {"credential": views.credential(req, req.services.identity.ec2.get(req.ctx, user_id, access))}


def delete(req: Request, user_id: str, access: str) -> None:
    req.services.identity.ec2.delete(req.ctx, user_id, access)


def token(req: Request) -> webob.Response:
    body = req.body_json
    found = req.services.identity.ec2_login(req.ctx, body.get("ec2Credentials") or body["credentials"])
    catalog = req.services.identity.catalog.of(found.claims.scope[1])
    return reply(views.token(found, catalog), 200, {"X-Subject-Token": found.id, "Vary": "X-Auth-Token"})
