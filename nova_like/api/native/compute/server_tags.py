"""Tags of a server: the tags without a value among those that EC2 knows. Tags with a value are left alone."""

from typing import Any

import webob

from nova_like.api.common.reply import reply
from nova_like.api.common.request import Request
from nova_like.api.native.compute.views.links import url
from nova_like.api.native.compute.views.servers import tags as shown
from nova_like.model.errors import Conflict, Invalid, NotFound, QuotaExceeded

Json = dict[str, Any]
KIND = "instance"


def _have(req: Request, server_id: str) -> dict[str, str]:
    """All tags by key, with their values. Raises NotFound when there is no such server."""
    req.services.instances.get(req.ctx, server_id)
    return req.services.tags.of(req.ctx, [server_id]).get(server_id, {})


def index(req: Request, server_id: str) -> Json:
    return {"tags": shown(_have(req, server_id))}


def replace(req: Request, server_id: str) -> Json:
    have, wanted = _have(req, server_id), req.body_json["tags"]
    _refuse_valued(have, wanted)
    _drop(req, server_id, [tag for tag in shown(have) if tag not in wanted])
    _add(req, server_id, [tag for tag in wanted if tag not in have])
    return {"tags": sorted(wanted)}


def _refuse_valued(have: dict[str, str], wanted: list[str]) -> None:
    for tag in wanted:
        if have.get(tag):
            raise Conflict(f"Tag {tag} has a value, which this API cannot show", "tag", code="duplicate")


def _add(req: Request, server_id: str, names: list[str]) -> None:
    """Authorised even when there is nothing to add."""
    try:
        req.services.tags.create(req.ctx, [(KIND, server_id)], dict.fromkeys(names, ""))
    except QuotaExceeded as fault:
        raise Invalid(fault.reason, "tag", field="tags") from None


def _drop(req: Request, server_id: str, names: list[str]) -> None:
    """Authorised even when there is nothing to drop."""
    req.services.tags.delete(req.ctx, [(KIND, server_id)], dict.fromkeys(names, ""))


def clear(req: Request, server_id: str) -> None:
    _drop(req, server_id, shown(_have(req, server_id)))


def check(req: Request, server_id: str, tag: str) -> None:
    if tag not in shown(_have(req, server_id)):
        raise NotFound("tag", tag, f"Instance {server_id} has no tag '{tag}'")


def add(req: Request, server_id: str, tag: str) -> webob.Response:
    if not 1 <= len(tag) <= 60 or "," in tag:
        raise Invalid(f"Tag '{tag[:64]}' is invalid: 1 to 60 characters without comma and slash.", field="tag")
    have = _have(req, server_id)
    _refuse_valued(have, [tag])
    _add(req, server_id, [tag] if tag not in have else [])
    where = {"Location": url(req, f"servers/{server_id}/tags/{tag}")} if tag.isascii() else {}
    return reply(None, 204 if tag in have else 201, where)


def delete(req: Request, server_id: str, tag: str) -> None:
    known = tag in shown(_have(req, server_id))
    _drop(req, server_id, [tag] if known else [])
    if not known:
        raise NotFound("tag", tag, f"Instance {server_id} has no tag '{tag}'")
