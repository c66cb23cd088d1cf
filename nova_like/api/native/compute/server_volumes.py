"""Volumes of a server: attached, listed, given back."""

from typing import Any

from nova_like.api.common.errors import HttpFault
from nova_like.api.common.request import Request
from nova_like.api.native.compute.changes import CHANGES
from nova_like.api.native.compute.schemas.booleans import truth
from nova_like.model.errors import Invalid, NotFound
from nova_like.model.ids import normal_uuid

Json = dict[str, Any]


def view(req: Request, row: Json) -> Json:
    """An attachment, in the form of the version that was asked for."""
    newest = {
        "attachment_id": row["id"], "bdm_uuid": row["id"], "volumeId": row["volume_id"],
        "serverId": row["instance_id"], "device": f"/dev/{row['device']}", "tag": row["tag"],
        "delete_on_termination": row["delete_on_termination"],
    }  # fmt: skip
    return CHANGES.apply("attachment", newest, req.microversion)


def index(req: Request, server_id: str) -> Json:
    first, limit = req.number("offset", 0) or 0, req.number("limit")
    rows = req.services.attachments.list(req.ctx, server_id)[first:]
    return {"volumeAttachments": [view(req, row) for row in (rows if limit is None else rows[:limit])]}


def show(req: Request, server_id: str, attached_id: str) -> Json:
    return {"volumeAttachment": view(req, req.services.attachments.get(req.ctx, server_id, attached_id))}


def attach(req: Request, server_id: str) -> Json:
    asked = req.body_json["volumeAttachment"]
    row = req.services.attachments.attach(
        req.ctx, server_id, normal_uuid(asked["volumeId"]) or "", asked.get("device"), asked.get("tag"),
        truth(asked.get("delete_on_termination", False)),
    )  # fmt: skip
    return {"volumeAttachment": view(req, row)}


def detach(req: Request, server_id: str, attached_id: str) -> None:
    req.services.attachments.detach(req.ctx, server_id, attached_id)


def update(req: Request, server_id: str, attached_id: str) -> None:
    """Another volume in its place (which is not offered), or, since 2.85, whether it goes with the server."""
    asked = req.body_json["volumeAttachment"]
    row = req.services.attachments.get(req.ctx, server_id, attached_id)
    if normal_uuid(asked["volumeId"]) != attached_id or req.microversion < (2, 85):
        req.services.policy.check(req.ctx, "compute:attachments:swap")
        _require(req, asked["volumeId"])
        raise HttpFault(501, "Volumes are not swapped while they are attached.")
    fixed = {"serverId": row["instance_id"], "device": f"/dev/{row['device']}", "tag": row["tag"]}
    for name, value in fixed.items():
        if name in asked and asked[name] != value:
            raise Invalid(f"{name} of an attachment cannot be changed.", "volume attachment", field=name)
    if "delete_on_termination" in asked:
        wanted = truth(asked["delete_on_termination"])
        req.services.attachments.update(req.ctx, server_id, attached_id, wanted)
    else:
        req.services.policy.check(req.ctx, "compute:attachments:update")


def _require(req: Request, volume_id: str) -> None:
    """What a body names and is not there is a mistake in the body."""
    try:
        req.services.volumes.get(req.ctx, normal_uuid(volume_id) or "")
    except NotFound as fault:
        raise Invalid(fault.reason, "volume", code="not_found") from None
