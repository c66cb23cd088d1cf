"""GET /: which APIs there are and where. Each API answers for its own versions."""

from typing import Any

from nova_like.api.common.app import App
from nova_like.api.common.errors import Errors
from nova_like.api.common.request import Request
from nova_like.api.common.routing import Route
from nova_like.model.errors import Fault

APIS = (("identity", "v3"), ("compute", "v2.1"), ("image", "v2"), ("network", "v2.0"), ("volume", "v3"))


def index(req: Request) -> dict[str, Any]:
    return {"versions": [_version(req, api, version) for api, version in APIS]}


def _version(req: Request, api: str, version: str) -> dict[str, Any]:
    href = f"{req.base(api)}/{version}/"
    return {"id": version, "service": api, "status": "CURRENT", "links": [{"rel": "self", "href": href}]}


def _body(status: int, fault: Fault) -> dict[str, Any]:
    return {"error": {"code": status, "message": fault.reason}}


ROUTES = (Route("GET", "/", index, open=True),)


def factory(global_conf: dict[str, Any], **local_conf: Any) -> App:
    return App(ROUTES, Errors(_body))
