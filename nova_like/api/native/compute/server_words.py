"""Routes and actions that leave the guest alone: its password, its state set right, news from outside, its form."""

from typing import Any

import webob

from nova_like.api.common.reply import reply
from nova_like.api.common.request import Request
from nova_like.api.common.routing import Action
from nova_like.api.common.schema import obj
from nova_like.api.native.compute.schemas import words as schemas
from nova_like.api.native.compute.schemas.servers import NOTHING
from nova_like.api.native.compute.views import diagnostics as views
from nova_like.model.errors import Conflict

Json = dict[str, Any]


def password(req: Request, server_id: str) -> Json:
    """As the guest wrote it, encrypted with the server's key; empty while it has written none."""
    return {"password": req.services.instances.get(req.ctx, server_id)["password"] or ""}


def clear_password(req: Request, server_id: str) -> None:
    req.services.instance_words.clear_password(req.ctx, server_id)


def change_password(req: Request, server_id: str) -> None:
    req.services.instance_words.set_password(req.ctx, server_id, req.body_json["changePassword"]["adminPass"])


def reset_state(req: Request, server_id: str) -> None:
    active = req.body_json["os-resetState"]["state"] == "active"
    req.services.instance_words.reset_state(req.ctx, server_id, active)


def reset_network(req: Request, server_id: str) -> None:
    """Hosts hold to what the database says all the time: there is nothing that would have to be said again."""
    req.services.instance_words.require(req.ctx, server_id, "reset_network")


def diagnostics(req: Request, server_id: str) -> Json:
    row = req.services.instance_words.require(req.ctx, server_id, "diagnostics")
    if not row["host"]:
        raise Conflict(f"Instance {server_id} is not ready", "instance", code="not_ready", id=server_id)
    full = req.services.instances.get(req.ctx, server_id)
    return views.diagnostics(full) if req.microversion >= (2, 48) else views.old_diagnostics(full)


def topology(req: Request, server_id: str) -> Json:
    """Guests are not bound to nodes of their host's memory: there is nothing to show."""
    req.services.instances.get(req.ctx, server_id)
    return {"nodes": [], "pagesize_kb": None}


def external_events(req: Request) -> webob.Response:
    """Ports, disks and power are told of by our own agents: events are answered, and change nothing."""
    asked = req.body_json["events"]
    hosts = req.services.instance_words.known(req.ctx, [event["server_uuid"] for event in asked])
    found = [{**event, "status": event.get("status", "completed"), "code": _code(hosts, event["server_uuid"])}
             for event in asked]  # fmt: skip
    codes = {event["code"] for event in found}
    for event in found:
        event |= {"status": "failed"} if event["code"] != 200 else {}
    return reply({"events": found}, 200 if codes == {200} else 207 if 200 in codes else 404)


def _code(hosts: dict[str, str | None], id: str) -> int:
    """200; 404: there is no such server; 422: it has no host that could be told."""
    return 404 if id not in hosts else 200 if hosts[id] else 422


ACTIONS = {
    "changePassword": Action(change_password, obj({"adminPass": {"type": "string", "maxLength": 255}}, ("adminPass",))),
    "os-resetState": Action(reset_state, schemas.RESET_STATE),
    "resetNetwork": Action(reset_network, NOTHING),
    "injectNetworkInfo": Action(reset_network, NOTHING),
}
