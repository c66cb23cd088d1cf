"""Actions of POST .../action that make images of a server."""

from typing import Any

from nova_like.api.common.reply import reply
from nova_like.api.common.request import Request
from nova_like.api.common.routing import Action
from nova_like.api.native.compute.schemas import images as schemas

Json = dict[str, Any]
_IN_BODY = (2, 45)  # since when the answer has the image's id; its Location before


def create_image(req: Request, server_id: str) -> Any:
    asked = req.body_json["createImage"]
    metadata = _metadata(req, asked)
    return _made(req, req.services.snapshots.create(req.ctx, server_id, asked["name"], metadata))


def create_backup(req: Request, server_id: str) -> Any:
    asked = req.body_json["createBackup"]
    metadata, rotation = _metadata(req, asked), int(asked["rotation"])
    made = req.services.snapshots.backup(
        req.ctx, server_id, asked["name"], metadata, asked["backup_type"], rotation
    )  # fmt: skip
    return reply(None, 202) if made is None else _made(req, made)


def _metadata(req: Request, asked: Json) -> dict[str, str]:
    metadata = asked.get("metadata") or {}
    if metadata:
        req.services.limits.require(req.ctx, "metadata_items", len(metadata))
    return dict(metadata)


def _made(req: Request, image_id: str) -> Any:
    if req.microversion >= _IN_BODY:
        return {"image_id": image_id}
    return reply(None, 202, {"Location": f"{req.base('image')}/v2/images/{image_id}"})


ACTIONS = {
    "createImage": Action(create_image, schemas.CREATE),
    "createBackup": Action(create_backup, schemas.BACKUP),
}
