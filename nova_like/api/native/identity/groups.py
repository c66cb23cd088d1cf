"""/v3/groups, and who is in them."""

from typing import Any

from nova_like.api.common.request import Request
from nova_like.api.native.identity import queries, views

Row = dict[str, Any]


def index(req: Request) -> Row:
    rows = req.services.identity.groups.list(req.ctx, queries.wanted(req, "domain_id"))
    return views.paged(req, "groups", [views.group(req, row) for row in rows])


def create(req: Request) -> Row:
    return {"group": views.group(req, req.services.identity.groups.create(req.ctx, req.body_json["group"]))}


def show(req: Request, user_group_id: str) -> Row:
    return {"group": views.group(req, req.services.identity.groups.get(req.ctx, user_group_id))}


def update(req: Request, user_group_id: str) -> Row:
    return {
        "group": views.group(req, req.services.identity.groups.update(req.ctx, user_group_id, req.body_json["group"]))
    }


def delete(req: Request, user_group_id: str) -> None:
    req.services.identity.groups.delete(req.ctx, user_group_id)


def members(req: Request, user_group_id: str) -> Row:
    wanted = queries.wanted(req, flags=("enabled",))
    rows = req.services.identity.groups.members(req.ctx, user_group_id, wanted)
    return views.paged(req, "users", [views.user(req, row) for row in rows], "groups", user_group_id, "users")


def member(req: Request, user_group_id: str, user_id: str) -> None:
    req.services.identity.groups.check_member(req.ctx, user_group_id, user_id)


def add_member(req: Request, user_group_id: str, user_id: str) -> None:
    req.services.identity.groups.add_member(req.ctx, user_group_id, user_id)


def remove_member(req: Request, user_group_id: str, user_id: str) -> None:
    req.services.identity.groups.remove_member(req.ctx, user_group_id, user_id)
