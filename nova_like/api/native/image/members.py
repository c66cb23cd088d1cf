"""Handlers of image members."""

from typing import Any

from nova_like.api.common.request import Request
from nova_like.api.native.image import views

Json = dict[str, Any]


def index(req: Request, image_id: str) -> Json:
    rows = req.services.image_members.list(req.ctx, image_id)
    return {"members": [views.member(row) for row in rows], "schema": "/v2/schemas/members"}


def show(req: Request, image_id: str, member_id: str) -> Json:
    return views.member(req.services.image_members.get(req.ctx, image_id, member_id))


def create(req: Request, image_id: str) -> Json:
    return views.member(req.services.image_members.create(req.ctx, image_id, req.body_json["member"]))


def update(req: Request, image_id: str, member_id: str) -> Json:
    status = req.body_json["status"]
    return views.member(req.services.image_members.answer(req.ctx, image_id, member_id, status))


def delete(req: Request, image_id: str, member_id: str) -> None:
    req.services.image_members.delete(req.ctx, image_id, member_id)
