"""Users, projects, roles, domains and role assignments, to be read."""

from typing import Any

from nova_like.api.common.request import Request
from nova_like.api.native.identity import views


def roles(req: Request) -> dict[str, Any]:
    rows = req.services.identity.directory.roles(req.ctx, req.GET.get("name"))
    wanted = req.GET.get("domain_id")
    rows = [row for row in rows if wanted is None or row["domain_id"] == wanted]
    return views.listed(req, "roles", [views.role(req, row) for row in rows])


def role(req: Request, role_id: str) -> dict[str, Any]:
    return {"role": views.role(req, req.services.identity.directory.role(req.ctx, role_id))}


def assignments(req: Request) -> dict[str, Any]:
    query = req.GET
    wanted = {"actor_id": query.get("user.id"), "role_id": query.get("role.id")}
    for kind in ("project", "domain"):
        if (target := query.get(f"scope.{kind}.id")) is not None:
            wanted |= {"target_kind": kind, "target_id": target}
    if "scope.system" in query:
        wanted |= {"target_kind": "system"}
    rows = [] if "group.id" in query else req.services.identity.directory.assignments(req.ctx, **wanted)
    names = req.flag("include_names")
    items = [views.assignment(req, row, names) for row in rows]
    return views.listed(req, "role_assignments", items)


def _wanted(req: Request, *names: str) -> dict[str, str]:
    return {name: req.GET[name] for name in names if name in req.GET}


def _enabled(req: Request) -> dict[str, bool]:
    return {"enabled": req.flag("enabled")} if "enabled" in req.GET else {}
