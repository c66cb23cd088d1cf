"""/v3/users: themselves, their groups and projects, and the change of one's own password."""

from typing import Any

from nova_like.api.common.rates import RATES
from nova_like.api.common.request import Request
from nova_like.api.native.identity import queries, views
from nova_like.model.errors import Unauthenticated

Row = dict[str, Any]


def index(req: Request) -> Row:
    wanted = queries.wanted(req, "domain_id", flags=("enabled",))
    rows = req.services.identity.users.list(req.ctx, wanted)
    return views.paged(req, "users", [views.user(req, row) for row in rows])


def create(req: Request) -> Row:
    return {"user": views.user(req, req.services.identity.users.create(req.ctx, req.body_json["user"]))}


def show(req: Request, user_id: str) -> Row:
    return {"user": views.user(req, req.services.identity.users.get(req.ctx, user_id))}


def update(req: Request, user_id: str) -> Row:
    return {"user": views.user(req, req.services.identity.users.update(req.ctx, user_id, req.body_json["user"]))}


def delete(req: Request, user_id: str) -> None:
    req.services.identity.users.delete(req.ctx, user_id)


def change_password(req: Request, user_id: str) -> None:
    said, limit = req.body_json["user"], req.environ[RATES].login
    limit(req.environ, user_id)  # a password may be guessed here as at a login
    try:
        req.services.identity.password_change.change(user_id, said["original_password"], said["password"])
    except Unauthenticated:
        limit(req.environ, user_id, cost=1)
        raise


def groups(req: Request, user_id: str) -> Row:
    rows = req.services.identity.groups.of_user(req.ctx, user_id, queries.wanted(req))
    return views.paged(req, "groups", [views.group(req, row) for row in rows], "users", user_id, "groups")


def projects(req: Request, user_id: str) -> Row:
    rows = req.services.identity.directory.projects_of(req.ctx, user_id)
    return views.listed(req, "projects", [views.project(req, row) for row in rows], "users", user_id, "projects")
