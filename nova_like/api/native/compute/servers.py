"""Servers: created, listed, shown, renamed, deleted."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import webob

from nova_like import concurrency
from nova_like.api.common import paging
from nova_like.api.common.idempotency import has_key
from nova_like.api.common.reply import reply
from nova_like.api.common.request import Request
from nova_like.api.native.compute import server_files, server_query, server_request
from nova_like.api.native.compute.views import servers as views
from nova_like.api.native.compute.views.links import url
from nova_like.model.errors import Invalid, NotFound
from nova_like.model.ids import to_ec2

Json = dict[str, Any]
PASSWORD_LENGTH = 12


def create(req: Request) -> webob.Response:
    asked = req.body_json["server"]
    command = server_request.boot(asked, _scheduler_hints(req.body_json))
    if command.metadata:
        req.services.limits.require(req.ctx, "metadata_items", len(command.metadata))
    if asked.get("personality"):
        command = replace(command, files=server_files.wanted(req, asked))
    try:
        instances = req.services.instances.boot(req.ctx, command)
    except NotFound as fault:  # what a body names and is not there is a mistake in the body
        raise Invalid(fault.reason, fault.noun, id=fault.id) from None
    if server_request.wants_reservation(asked):
        return reply({"reservation_id": to_ec2("r", instances[0]["reservation_id"])}, 202)
    view = views.created(req, instances[0], shown_password(req, asked))
    return reply({"server": view}, 202, {"Location": url(req, f"servers/{view['id']}")})


def _scheduler_hints(body: Json) -> Json:
    return body.get("os:scheduler_hints") or body.get("OS-SCH-HNT:scheduler_hints") or {}


def shown_password(req: Request, asked: Json) -> str | None:
    """What is shown as the password: an answer that can come again has none that is made up."""
    return asked.get("adminPass") or (None if has_key(req) else concurrency.secret()[:PASSWORD_LENGTH])


def index(req: Request) -> Json:
    return _page(req, lambda instances: [views.brief(req, instance) for instance in instances], "servers")


def detail(req: Request) -> Json:
    return _page(req, lambda instances: details(req, instances), "servers/detail")


def details(req: Request, instances: list[Json]) -> list[Json]:
    """Servers as `detail` shows them, with what it needs of hosts and tags."""
    hosts, tags = _host_states(req, instances), _tags(req, instances)
    return [views.detail(req, {**one, "tags": tags.get(one["id"])}, hosts) for one in instances]


def _page(req: Request, render: Callable[[list[Json]], list[Json]], path: str) -> Json:
    page = paging.page(req)
    query = server_query.parse(req)
    if query is None or page.limit == 0:
        return {"servers": []}
    found = req.services.instances.list(req.ctx, replace(query, marker=page.marker, limit=page.limit))
    links = paging.links(req, url(req, path), found, page)
    return {"servers": render(found), **({"servers_links": links} if links else {})}


def _host_states(req: Request, instances: list[Json]) -> dict[str, str]:
    """What operators are told of the hosts; nobody else is, so nobody else pays for it."""
    if not req.ctx.is_admin or req.microversion < (2, 16):
        return {}
    return req.services.hosts.states({instance["host"] for instance in instances if instance["host"]})


def show(req: Request, server_id: str) -> Json:
    return {"server": one(req, req.services.instances.get(req.ctx, server_id), views.shown)}


def one(req: Request, instance: Json, view: Callable[..., Json]) -> Json:
    """One server by itself, as `shown` or `updated` show it."""
    tags = _tags(req, [instance]).get(instance["id"])
    return view(req, {**instance, "tags": tags}, _host_states(req, [instance]))


def _tags(req: Request, instances: list[Json]) -> dict[str, dict[str, str]]:
    """Shown from 2.26 on, so nobody else pays for them."""
    if req.microversion < (2, 26):
        return {}
    return req.services.tags.of(req.ctx, [instance["id"] for instance in instances])


def update(req: Request, server_id: str) -> Json:
    asked = req.body_json["server"]
    values = {name: asked[name] for name in ("name", "description", "hostname") if name in asked}
    if hints := server_request.hints(asked):
        values["hints"] = {**(req.services.instances.get(req.ctx, server_id)["hints"] or {}), **hints}
    changed = req.services.instances.update(req.ctx, server_id, **values)
    return {"server": one(req, changed, views.updated)}


def delete(req: Request, server_id: str) -> None:
    req.services.soft_deletes.delete(req.ctx, server_id)
