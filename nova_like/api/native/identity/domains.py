"""/v3/domains."""

from typing import Any

from nova_like.api.common.request import Request
from nova_like.api.native.identity import queries, views


def index(req: Request) -> dict[str, Any]:
    rows = req.services.identity.domains.list(req.ctx, queries.wanted(req, flags=("enabled",)))
    return views.paged(req, "domains", [views.domain(req, row) for row in rows])


def create(req: Request) -> dict[str, Any]:
    return {"domain": views.domain(req, req.services.identity.domains.create(req.ctx, req.body_json["domain"]))}


def show(req: Request, domain_id: str) -> dict[str, Any]:
    return {"domain": views.domain(req, req.services.identity.domains.get(req.ctx, domain_id))}


def update(req: Request, domain_id: str) -> dict[str, Any]:
    row = req.services.identity.domains.update(req.ctx, domain_id, req.body_json["domain"])
    return {"domain": views.domain(req, row)}


def delete(req: Request, domain_id: str) -> None:
    req.services.identity.domains.delete(req.ctx, domain_id)
