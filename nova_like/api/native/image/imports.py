"""Handlers of imports: what is offered, asking for one, and what became of it."""

from typing import Any

from nova_like.api.common import paging
from nova_like.api.common.reply import reply
from nova_like.api.common.request import Request
from nova_like.api.native.image import views
from nova_like.model.errors import Forbidden, Invalid

Json = dict[str, Any]
STORE = views.STORE


def methods(req: Request) -> Json:
    offered = req.services.image_imports.methods
    return {"import-methods": {"description": "Import methods available.", "type": "array", "value": offered}}


def stores(req: Request) -> Json:
    return {"stores": [{"id": STORE, "description": "The store of images.", "default": "true"}]}


def offered_header(req: Request) -> dict[str, str]:
    """What a new image's answer says of imports."""
    return {"OpenStack-image-import-methods": ",".join(req.services.image_imports.methods),
            "OpenStack-image-store-ids": STORE}  # fmt: skip


def start(req: Request, image_id: str) -> Any:
    body = req.body_json
    if body.get("all_stores") and "stores" in body:
        raise Invalid("Either all_stores or stores can be named, not both.", "image", field="stores")
    if unknown := [name for name in body.get("stores", []) if name != STORE]:
        raise Invalid(f"There is no store {unknown[0][:64]}.", "image", field="stores")
    req.services.image_imports.start(req.ctx, image_id, body)
    return reply(None, 202)


def of_image(req: Request, image_id: str) -> Json:
    return {"tasks": [views.task(row) for row in req.services.image_tasks.of_image(req.ctx, image_id)]}


def index(req: Request) -> Json:
    page = paging.page(req)
    status = req.GET.get("status")
    rows = req.services.image_tasks.list(req.ctx, page.limit, status=status, marker=page.marker)
    body: Json = {"tasks": [views.task(row) for row in rows], "first": "/v2/tasks", "schema": "/v2/schemas/tasks"}
    following = paging.next_url(req, "/v2/tasks", rows, page)
    return {**body, "next": following} if following else body


def show(req: Request, task_id: str) -> Json:
    return views.task(req.services.image_tasks.get(req.ctx, task_id))


def create(req: Request) -> None:
    """Tasks are made by imports: POST /v2/images/{image_id}/import."""
    req.services.policy.check(req.ctx, "image:tasks:create")
    raise Invalid("Tasks cannot be created; use the import of an image.", "task", field="type")


def forget(req: Request, store_id: str, image_id: str) -> None:
    """The one store's copy is the last, and the last goes with the image only."""
    req.services.images.get(req.ctx, image_id)
    raise Forbidden(f"The last copy of image {image_id} cannot be deleted from its store.", "image")
