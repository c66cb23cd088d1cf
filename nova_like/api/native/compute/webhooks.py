"""Webhooks of the caller's project. Ours: OpenStack has none."""

from typing import Any

from nova_like.api.common.request import Request
from nova_like.api.native.compute.views.times import micro_stamp

Json = dict[str, Any]


def index(req: Request) -> Json:
    return {"webhooks": [_view(row) for row in req.services.webhooks.list(req.ctx)]}


def create(req: Request) -> Json:
    asked = req.body_json["webhook"]
    row, secret = req.services.webhooks.create(req.ctx, asked["url"], asked.get("events", []))
    return {"webhook": {**_view(row), "secret": secret}}


def show(req: Request, webhook_id: str) -> Json:
    return {"webhook": _view(req.services.webhooks.get(req.ctx, webhook_id))}


def delete(req: Request, webhook_id: str) -> None:
    req.services.webhooks.delete(req.ctx, webhook_id)


def _view(row: Json) -> Json:
    return {"id": row["id"], "url": row["url"], "events": row["events"] or [],
            "created_at": micro_stamp(row["created_at"])}  # fmt: skip
