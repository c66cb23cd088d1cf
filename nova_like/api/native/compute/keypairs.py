"""Key pairs of the caller; of another user, for operators, from 2.10 on."""

from typing import Any

from nova_like.api.common import paging
from nova_like.api.common.request import Request
from nova_like.api.native.compute.views import keypairs as views
from nova_like.api.native.compute.views.links import url

Json = dict[str, Any]


def _user(req: Request) -> str | None:
    return (req.GET.get("user_id") or None) if req.microversion >= (2, 10) else None


def index(req: Request) -> Json:
    if req.microversion < (2, 35):
        return {"keypairs": [views.brief(req, row) for row in req.services.keypairs.list(req.ctx, _user(req))]}
    page = paging.page(req)
    rows = req.services.keypairs.list(req.ctx, _user(req), marker=page.marker, limit=page.limit)
    links = paging.links(req, url(req, "os-keypairs"), rows, page, "name")
    return {"keypairs": [views.brief(req, row) for row in rows], **({"keypairs_links": links} if links else {})}


def create(req: Request) -> Json:
    asked = req.body_json["keypair"]
    name, user, kind = asked["name"], asked.get("user_id"), asked.get("type", "ssh")
    if "public_key" in asked:
        return views.created(req, req.services.keypairs.import_key(req.ctx, name, asked["public_key"], user, kind))
    row, private = req.services.keypairs.create(req.ctx, name, user, "rsa" if kind == "ssh" else kind)
    return views.created(req, row, private)


def show(req: Request, keypair_name: str) -> Json:
    return views.detail(req, req.services.keypairs.get(req.ctx, keypair_name, _user(req)))


def delete(req: Request, keypair_name: str) -> None:
    req.services.keypairs.delete(req.ctx, keypair_name, _user(req))
