"""/v3/roles, and which role implies which."""

from typing import Any

import webob

from nova_like.api.common.reply import reply
from nova_like.api.common.request import Request
from nova_like.api.native.identity import queries, views

Row = dict[str, Any]


def index(req: Request) -> Row:
    rows = req.services.identity.roles.list(req.ctx, queries.wanted(req, "domain_id"))
    return views.paged(req, "roles", [views.role(req, row) for row in rows])


def create(req: Request) -> Row:
    return {"role": views.role(req, req.services.identity.roles.create(req.ctx, req.body_json["role"]))}


def show(req: Request, role_id: str) -> Row:
    return {"role": views.role(req, req.services.identity.roles.get(req.ctx, role_id))}


def update(req: Request, role_id: str) -> Row:
    return {"role": views.role(req, req.services.identity.roles.update(req.ctx, role_id, req.body_json["role"]))}


def delete(req: Request, role_id: str) -> None:
    req.services.identity.roles.delete(req.ctx, role_id)


# -- which implies which


def inferences(req: Request) -> Row:
    found = req.services.identity.roles.implications(req.ctx)
    items = [_inference(req, prior, [_brief(req, row) for row in implied]) for prior, implied in found]
    return {"role_inferences": items, "links": views.link(req, "role_inferences")}


def implied(req: Request, prior_role_id: str) -> Row:
    ((prior, rows),) = req.services.identity.roles.implications(req.ctx, prior_role_id)
    view = _inference(req, prior, [_brief(req, row) for row in rows])
    return {"role_inference": view, "links": views.link(req, "roles", prior_role_id, "implies")}


def implication(req: Request, prior_role_id: str, implied_role_id: str) -> webob.Response | Row:
    pair = req.services.identity.roles.implication(req.ctx, prior_role_id, implied_role_id)
    return reply(None, 204) if req.method == "HEAD" else _pair(req, *pair)


def imply(req: Request, prior_role_id: str, implied_role_id: str) -> Row:
    return _pair(req, *req.services.identity.roles.imply(req.ctx, prior_role_id, implied_role_id))


def imply_no_more(req: Request, prior_role_id: str, implied_role_id: str) -> None:
    req.services.identity.roles.imply_no_more(req.ctx, prior_role_id, implied_role_id)


def _pair(req: Request, prior: Row, implied: Row) -> Row:
    links = views.link(req, "roles", prior["id"], "implies", implied["id"])
    return {"role_inference": _inference(req, prior, _brief(req, implied)), "links": links}


def _inference(req: Request, prior: Row, implies: Any) -> Row:
    return {"prior_role": _brief(req, prior), "implies": implies}


def _brief(req: Request, row: Row) -> Row:
    return {"id": row["id"], "name": row["name"], "links": views.link(req, "roles", row["id"])}
