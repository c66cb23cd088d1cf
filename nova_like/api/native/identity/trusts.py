"""OS-TRUST: trusts and their roles."""

from typing import Any

from nova_like.api.common.request import Request
from nova_like.api.common.routing import Route
from nova_like.api.native.identity import times, views
from nova_like.api.native.identity.schemas import ID, NAME, loose
from nova_like.model.errors import NotFound

Row = dict[str, Any]
_COUNT = {"type": ["integer", "null"], "minimum": 0, "maximum": 2**31 - 1}
_FIELDS = {
    "trustor_user_id": ID, "trustee_user_id": ID, "project_id": ID, "impersonation": {"type": "boolean"},
    "roles": {"type": "array", "items": loose({"id": ID, "name": NAME}), "maxItems": 64},
    "expires_at": {"type": ["string", "null"], "maxLength": 64}, "remaining_uses": {**_COUNT, "minimum": 1},
    "allow_redelegation": {"type": ["boolean", "null"]}, "redelegation_count": _COUNT,
}  # fmt: skip
_NEEDED = ("trustor_user_id", "trustee_user_id", "project_id", "impersonation", "roles")
CREATE = loose({"trust": loose(_FIELDS, _NEEDED)}, ("trust",))
_SHOWN = (
    "id", "trustor_user_id", "trustee_user_id", "project_id", "impersonation", "remaining_uses", "redelegation_count",
    "redelegated_trust_id",
)  # fmt: skip


def index(req: Request) -> Row:
    wanted = {name: req.GET[name] for name in ("trustor_user_id", "trustee_user_id") if name in req.GET}
    rows = req.services.identity.trusts.list(req.ctx, **wanted)
    return views.listed(req, "trusts", [_summary(req, row) for row in rows], "OS-TRUST", "trusts")


def show(req: Request, trust_id: str) -> Row:
    return {"trust": _shown(req, req.services.identity.trusts.get(req.ctx, trust_id))}


def create(req: Request) -> Row:
    said = req.body_json["trust"]
    values = {**said, "expires_at": times.seconds(said.get("expires_at"))}
    return {"trust": _shown(req, req.services.identity.trusts.create(req.ctx, values))}


def delete(req: Request, trust_id: str) -> None:
    req.services.identity.trusts.delete(req.ctx, trust_id)


def roles(req: Request, trust_id: str) -> Row:
    row = req.services.identity.trusts.get(req.ctx, trust_id)
    return views.listed(req, "roles", _roles(req, row), "OS-TRUST", "trusts", trust_id, "roles")


def role(req: Request, trust_id: str, role_id: str) -> Row:
    row = req.services.identity.trusts.get(req.ctx, trust_id)
    found = [one for one in _roles(req, row) if one["id"] == role_id]
    if not found:
        raise NotFound("role", role_id, f"Could not find role: {role_id[:64]}.")
    return {"role": found[0]}


def _summary(req: Request, row: Row) -> Row:
    view = {name: row[name] for name in _SHOWN}
    links = views.link(req, "OS-TRUST", "trusts", row["id"])
    return view | {"expires_at": views.time(row["expires_at"]), "deleted_at": None, "links": links}


def _shown(req: Request, row: Row) -> Row:
    links = {"next": None, "previous": None, **views.link(req, "OS-TRUST", "trusts", row["id"], "roles")}
    return _summary(req, row) | {"roles": _roles(req, row), "roles_links": links}


def _roles(req: Request, row: Row) -> list[Row]:
    shown = ("id", "name", "domain_id")
    return [
        {**{name: one[name] for name in shown}, "links": views.link(req, "roles", one["id"])} for one in row["roles"]
    ]


_ALL = "/OS-TRUST/trusts"
ROUTES = (
    Route("GET", _ALL, index),
    Route("POST", _ALL, create, 201, schema=CREATE),
    Route("GET", _ALL + "/{trust_id}", show),
    Route("DELETE", _ALL + "/{trust_id}", delete, 204),
    Route("GET", _ALL + "/{trust_id}/roles", roles),
    Route("GET", _ALL + "/{trust_id}/roles/{role_id}", role),
)
