"""/v3/role_assignments."""

from typing import Any

from nova_like.api.common.request import Request
from nova_like.api.native.identity import views
from nova_like.model.errors import Invalid
from nova_like.services.identity_assignments import Wanted

Row = dict[str, Any]
INHERITED = "scope.OS-INHERIT:inherited_to"
SHOWN_AS = {"below": "project", "within": "domain"}


def index(req: Request) -> Row:
    names = req.flag("include_names")
    rows = req.services.identity.assignments.list(req.ctx, _wanted(req), names)
    return views.listed(req, "role_assignments", [_view(req, row, names) for row in rows])


def _wanted(req: Request) -> Wanted:
    query = req.GET
    if query.get(INHERITED) not in (None, "projects"):
        raise Invalid("Roles are inherited to projects only.", field=INHERITED)
    return Wanted(
        user_id=query.get("user.id"), group_id=query.get("group.id"), role_id=query.get("role.id"),
        project_id=query.get("scope.project.id"), domain_id=query.get("scope.domain.id"),
        system="scope.system" in query, inherited=INHERITED in query, effective=req.flag("effective"),
        subtree=req.flag("include_subtree"),
    )  # fmt: skip


def _view(req: Request, row: Row, names: bool) -> Row:
    kind = SHOWN_AS.get(row["target_kind"], row["target_kind"])
    actor: Row = {"id": row["actor_id"]}
    role: Row = {"id": row["role_id"]}
    scope: Row = {"id": row["target_id"]}
    if names:
        actor |= {"name": row["actor"].get("name", ""), "domain": _domain(row["actor"])}
        role |= {"name": row["role"].get("name", "")}
        scope |= {"name": row["target"].get("name", "")}
        if kind == "project":
            scope["domain"] = _domain(row["target"])
    view: Row = {"role": role, row["actor_kind"]: actor, "links": _links(req, row),
            "scope": {"system": {"all": True}} if kind == "system" else {kind: scope}}  # fmt: skip
    if row["target_kind"] in SHOWN_AS or row.get("source", row)["target_kind"] in SHOWN_AS:
        view["scope"]["OS-INHERIT:inherited_to"] = "projects"
    return view


def _domain(row: Row) -> Row:
    return {"id": row.get("domain_id", ""), "name": row.get("domain_name", "")}


def _links(req: Request, row: Row) -> Row:
    """Where the assignment was made; of an effective one also what it came by."""
    source = row.get("source", row)
    kind, actors = source["target_kind"], f"{source['actor_kind']}s/{source['actor_id']}"
    where = "system" if kind == "system" else f"{SHOWN_AS.get(kind, kind)}s/{source['target_id']}"
    path = f"{where}/{actors}/roles/{source['role_id']}"
    if kind in SHOWN_AS:
        path = f"OS-INHERIT/{path}/inherited_to_projects"
    links = {"assignment": views.link(req, path)["self"]}
    if source["actor_kind"] == "group" and row["actor_kind"] == "user":
        links["membership"] = views.link(req, "groups", source["actor_id"], "users", row["actor_id"])["self"]
    if source["role_id"] != row["role_id"]:
        links["prior_role"] = views.link(req, "prior_role", source["role_id"], "implies", row["role_id"])["self"]
    return links
