"""Which versions of Identity there are: at the root (300 Multiple Choices) and at /v3."""

from typing import Any

import webob

from nova_like.api.common.reply import reply
from nova_like.api.common.request import Request
from nova_like.api.common.routing import Route

MEDIA = [{"base": "application/json", "type": "application/vnd.openstack.identity-v3+json"}]


def _v3(req: Request) -> dict[str, Any]:
    link = {"rel": "self", "href": f"{req.base('identity')}/v3/"}
    return {"id": "v3.14", "status": "stable", "updated": "2020-04-07T00:00:00Z", "links": [link], "media-types": MEDIA}


def index(req: Request) -> webob.Response:
    return reply({"versions": {"values": [_v3(req)]}}, 300, {"Location": f"{req.base('identity')}/v3/"})


def show(req: Request) -> dict[str, Any]:
    return {"version": _v3(req)}


ROUTES = (Route("GET", "/", index, 300, open=True), Route("GET", "/v3", show, open=True))
