"""Consoles of servers: addresses that open one, and what an operator may know of such an address."""

from typing import Any

from nova_like.api.common.request import Request
from nova_like.api.common.routing import Action, Route
from nova_like.api.native.compute.schemas import consoles as schemas
from nova_like.model.errors import Invalid

Json = dict[str, Any]
_KINDS = {("vnc", "novnc"): "vnc", ("serial", "serial"): "serial"}


def create(req: Request, server_id: str) -> Json:
    asked = req.body_json["remote_console"]
    url = _url(req, server_id, asked["protocol"], asked["type"])
    return {"remote_console": {"protocol": asked["protocol"], "type": asked["type"], "url": url}}


def _old(name: str, protocol: str, *types: str) -> Action:
    def act(req: Request, server_id: str) -> Json:
        kind = req.body_json[name]["type"]
        return {"console": {"type": kind, "url": _url(req, server_id, protocol, kind)}}

    return Action(act, schemas.old(*types), status=200, until="2.5")


def _url(req: Request, server_id: str, protocol: str, kind: str) -> str:
    if (protocol, kind) not in _KINDS:
        req.services.instance_words.require(req.ctx, server_id, "console")
        raise Invalid(f"Unavailable console type {kind}.", "console", code="unavailable")
    url: str = req.services.consoles.create(req.ctx, server_id, _KINDS[protocol, kind])
    return url


def show(req: Request, console_token: str) -> Json:
    """Nothing listens on a host for consoles: it connects out to who has shown the token. So there is no port."""
    row = req.services.consoles.show(req.ctx, console_token)
    return {"console": {"instance_uuid": row["instance_id"], "host": row["host"], "port": 0,
                        "internal_access_path": None}}  # fmt: skip


ROUTES = (
    Route("POST", "/servers/{server_id}/remote-consoles", create, schema=schemas.REMOTE, since="2.6"),
    Route("GET", "/os-console-auth-tokens/{console_token}", show, since="2.31"),
)
ACTIONS = {
    "os-getVNCConsole": _old("os-getVNCConsole", "vnc", "novnc", "xvpvnc"),
    "os-getSerialConsole": _old("os-getSerialConsole", "serial", "serial"),
    "os-getSPICEConsole": _old("os-getSPICEConsole", "spice", "spice-html5"),
    "os-getRDPConsole": _old("os-getRDPConsole", "rdp", "rdp-html5"),
}
