"""/v3/projects, with what stands above and below one, and their tags."""

from typing import Any
from urllib.parse import quote

import webob

from nova_like.api.common.reply import reply
from nova_like.api.common.request import Request
from nova_like.api.native.identity import queries, views
from nova_like.model.errors import Invalid

Row = dict[str, Any]


def index(req: Request) -> Row:
    projects = req.services.identity.projects
    if req.flag("is_domain"):
        rows = projects.list_domains(req.ctx, queries.wanted(req, flags=("enabled",)))
    else:
        wanted = queries.wanted(req, "domain_id", "parent_id", flags=("enabled",))
        rows = projects.list(req.ctx, wanted, queries.tags(req))
    return views.paged(req, "projects", [views.project(req, row) for row in rows])


def create(req: Request) -> Row:
    return {"project": views.project(req, req.services.identity.projects.create(req.ctx, req.body_json["project"]))}


def show(req: Request, project_id: str) -> Row:
    view = views.project(req, req.services.identity.projects.get(req.ctx, project_id))
    for name in ("parents", "subtree"):
        as_list, as_ids = req.flag(f"{name}_as_list"), req.flag(f"{name}_as_ids")
        if as_list and as_ids:
            raise Invalid(f"Use either {name}_as_list or {name}_as_ids.", field=name)
        if as_list or as_ids:
            view[name] = _around(req, name, project_id, as_list)
    return {"project": view}


def _around(req: Request, name: str, project_id: str, as_list: bool) -> Any:
    tree = req.services.identity.project_tree
    rows = getattr(tree, name)(req.ctx, project_id)
    if as_list:
        return [{"project": views.project(req, row)} for row in tree.whole(req.ctx, rows)]
    return _line([row["id"] for row in rows]) if name == "parents" else _branches(rows, project_id)


def _line(ids: list[str]) -> Row | None:
    """{nearest: {next: {... : None}}}"""
    return {ids[0]: _line(ids[1:])} if ids else None


def _branches(rows: list[Row], top: str) -> Row | None:
    """{child: {grandchild: None}}; `rows` hold no child before its parent."""
    below: dict[str, Row] = {top: {}}
    for row in rows:
        below[row["id"]] = below[row["parent_id"]][row["id"]] = {}
    return _bare(below[top])


def _bare(tree: Row) -> Row | None:
    return {id: _bare(more) for id, more in tree.items()} or None


def update(req: Request, project_id: str) -> Row:
    row = req.services.identity.projects.update(req.ctx, project_id, req.body_json["project"])
    return {"project": views.project(req, row)}


def delete(req: Request, project_id: str) -> None:
    req.services.identity.projects.delete(req.ctx, project_id)


def tags(req: Request, project_id: str) -> Row:
    return _tags(req, project_id, req.services.identity.project_tags.list(req.ctx, project_id))


def set_tags(req: Request, project_id: str) -> Row:
    names = req.services.identity.project_tags.replace(req.ctx, project_id, req.body_json["tags"])
    return _tags(req, project_id, names)


def _tags(req: Request, project_id: str, names: list[str]) -> Row:
    return {"tags": names, "links": views.link(req, "projects", project_id, "tags")}


def remove_tags(req: Request, project_id: str) -> None:
    req.services.identity.project_tags.replace(req.ctx, project_id, [])


def tag(req: Request, project_id: str, tag: str) -> None:
    req.services.identity.project_tags.check(req.ctx, project_id, tag)


def add_tag(req: Request, project_id: str, tag: str) -> webob.Response:
    if "," in tag or len(tag) > 255:
        raise Invalid("A tag has at most 255 characters, and no comma.", field="tag")
    req.services.identity.project_tags.add(req.ctx, project_id, tag)
    return reply(None, 201, {"Location": views.link(req, "projects", project_id, "tags", quote(tag, safe=""))["self"]})


def remove_tag(req: Request, project_id: str, tag: str) -> None:
    req.services.identity.project_tags.remove(req.ctx, project_id, tag)
