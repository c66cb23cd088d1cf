"""Roles given to users and groups, on projects, domains and the system; and inherited (OS-INHERIT). The routes are one
table: every target with every actor."""

from collections.abc import Iterator
from typing import Any

from nova_like.api.common.request import Request
from nova_like.api.common.routing import Handler, Route
from nova_like.api.native.identity import views
from nova_like.services.identity_grants import Place

Row = dict[str, Any]
PARAMETERS = {"project": "project_id", "domain": "domain_id", "user": "user_id", "group": "user_group_id"}
SYSTEM = "all"  # the system's id


def _handlers(target: str, actor: str, inherited: bool) -> tuple[Handler, Handler, Handler, Handler]:
    """(list, check, give, take) of one kind of place."""

    def place(ids: dict[str, str]) -> Place:
        target_id = ids[PARAMETERS[target]] if target in PARAMETERS else SYSTEM
        return Place(target, target_id, actor, ids[PARAMETERS[actor]], inherited)

    def index(req: Request, **ids: str) -> Row:
        rows = req.services.identity.grants.list(req.ctx, place(ids))
        path = req.path_info.removeprefix("/v3/").split("/")
        return views.listed(req, "roles", [views.role(req, row) for row in rows], *path)

    def check(req: Request, role_id: str, **ids: str) -> None:
        req.services.identity.grants.check(req.ctx, place(ids), role_id)

    def give(req: Request, role_id: str, **ids: str) -> None:
        req.services.identity.grants.give(req.ctx, place(ids), role_id)

    def take(req: Request, role_id: str, **ids: str) -> None:
        req.services.identity.grants.take(req.ctx, place(ids), role_id)

    return index, check, give, take


def _routes(target: str, actor: str, inherited: bool) -> Iterator[Route]:
    index, check, give, take = _handlers(target, actor, inherited)
    where = f"/{target}s/{{{PARAMETERS[target]}}}" if target in PARAMETERS else f"/{target}"
    base = f"{'/OS-INHERIT' if inherited else ''}{where}/{actor}s/{{{PARAMETERS[actor]}}}/roles"
    end = "/inherited_to_projects" if inherited else ""
    yield Route("GET", base + end, index)
    yield Route("GET", f"{base}/{{role_id}}{end}", check, 204)
    yield Route("PUT", f"{base}/{{role_id}}{end}", give, 204)
    yield Route("DELETE", f"{base}/{{role_id}}{end}", take, 204)


PLACES = (("project", False), ("domain", False), ("system", False), ("project", True), ("domain", True))
ROUTES = tuple(
    route for target, inherited in PLACES for actor in ("user", "group") for route in _routes(target, actor, inherited)
)
