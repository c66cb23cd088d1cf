"""Application credentials and access rules of a user."""

from typing import Any

from nova_like.api.common.request import Request
from nova_like.api.common.routing import Route
from nova_like.api.native.identity import times, views
from nova_like.api.native.identity.schemas import ID, NAME, loose

Row = dict[str, Any]
_PATH = {"type": "string", "minLength": 1, "maxLength": 1024}
_METHOD = {"enum": ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"]}
_RULE = loose({"id": ID, "service": NAME, "path": _PATH, "method": _METHOD})
_ROLES = {"type": "array", "items": loose({"id": ID, "name": NAME}), "maxItems": 64}
_FIELDS = {
    "name": NAME, "description": {"type": ["string", "null"], "maxLength": 4000},
    "secret": {"type": ["string", "null"], "minLength": 1, "maxLength": 255}, "roles": _ROLES,
    "expires_at": {"type": ["string", "null"], "maxLength": 64}, "unrestricted": {"type": ["boolean", "null"]},
    "access_rules": {"type": "array", "items": _RULE, "maxItems": 100},
}  # fmt: skip
CREATE = loose({"application_credential": loose(_FIELDS, ("name",))}, ("application_credential",))


def index(req: Request, user_id: str) -> Row:
    rows = req.services.identity.application_credentials.list(req.ctx, user_id, req.GET.get("name"))
    items = [_shown(req, row) for row in rows]
    return views.listed(req, "application_credentials", items, "users", user_id, "application_credentials")


def show(req: Request, user_id: str, application_credential_id: str) -> Row:
    row = req.services.identity.application_credentials.get(req.ctx, user_id, application_credential_id)
    return {"application_credential": _shown(req, row)}


def create(req: Request, user_id: str) -> Row:
    said = req.body_json["application_credential"]
    values = {**said, "expires_at": times.seconds(said.get("expires_at"))}
    row = req.services.identity.application_credentials.create(req.ctx, user_id, values)
    return {"application_credential": {**_shown(req, row), "secret": row["secret"]}}


def delete(req: Request, user_id: str, application_credential_id: str) -> None:
    req.services.identity.application_credentials.delete(req.ctx, user_id, application_credential_id)


def rules(req: Request, user_id: str) -> Row:
    rows = req.services.identity.application_credentials.rules(req.ctx, user_id)
    return views.listed(req, "access_rules", [_rule(req, row) for row in rows], "users", user_id, "access_rules")


def rule(req: Request, user_id: str, access_rule_id: str) -> Row:
    row = req.services.identity.application_credentials.rule(req.ctx, user_id, access_rule_id)
    return {"access_rule": _rule(req, row)}


def delete_rule(req: Request, user_id: str, access_rule_id: str) -> None:
    req.services.identity.application_credentials.delete_rule(req.ctx, user_id, access_rule_id)


def _shown(req: Request, row: Row) -> Row:
    view = {name: row[name] for name in ("id", "name", "description", "project_id", "unrestricted")}
    view |= {
        "user_id": row["user_id"], "system": None, "expires_at": times.precise(row["expires_at"]),
        "roles": [{name: role[name] for name in ("id", "name", "domain_id")} for role in row["roles"]],
        "links": views.link(req, "users", row["user_id"], "application_credentials", row["id"]),
    }  # fmt: skip
    return view | ({"access_rules": [views.access_rule(one) for one in row["access_rules"]]} if row["access_rules"]
                   else {})  # fmt: skip


def _rule(req: Request, row: Row) -> Row:
    return {**views.access_rule(row), "links": views.link(req, "users", row["user_id"], "access_rules", row["id"])}


_ALL, _RULES = "/users/{user_id}/application_credentials", "/users/{user_id}/access_rules"
ROUTES = (
    Route("GET", _ALL, index),
    Route("POST", _ALL, create, 201, schema=CREATE),
    Route("GET", _ALL + "/{application_credential_id}", show),
    Route("DELETE", _ALL + "/{application_credential_id}", delete, 204),
    Route("GET", _RULES, rules),
    Route("GET", _RULES + "/{access_rule_id}", rule),
    Route("DELETE", _RULES + "/{access_rule_id}", delete_rule, 204),
)
