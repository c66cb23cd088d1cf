"""Handlers of image records."""

from typing import Any

from nova_like.api.common import paging
from nova_like.api.common.reply import reply
from nova_like.api.common.request import Request
from nova_like.api.native.image import changes, imports, queries, views
from nova_like.model.errors import Invalid
from nova_like.model.ids import normal_uuid

Json = dict[str, Any]


def index(req: Request) -> Json:
    page = paging.page(req)
    rows = req.services.images.list(
        req.ctx, queries.filters(req), all_projects=True, limit=page.limit, marker=page.marker, sort=queries.sort(req)
    )
    body: Json = {"images": [views.image(row) for row in rows], "first": _first(req), "schema": "/v2/schemas/images"}
    following = paging.next_url(req, "/v2/images", rows, page)
    return {**body, "next": following} if following else body


def _first(req: Request) -> str:
    return "/v2/images" + (f"?{req.query_string}" if req.query_string and "marker" not in req.GET else "")


def create(req: Request) -> Any:
    body = dict(req.body_json)
    given = body.pop("id", None)
    values = changes.columns(body)
    if given is not None:
        values["id"] = normal_uuid(given)
    row = req.services.images.create(req.ctx, values)
    place = {"Location": f"{req.base('image')}/v2/images/{row['id']}"}
    return reply(views.image(row), 201, {**place, **imports.offered_header(req)})


def show(req: Request, image_id: str) -> Json:
    return views.image(req.services.images.get(req.ctx, image_id))


def patch(req: Request, image_id: str) -> Json:
    operations = [changes.operation(item) for item in req.body_json]
    return views.image(req.services.images.update(req.ctx, image_id, lambda row: changes.apply(row, operations)))


def delete(req: Request, image_id: str) -> None:
    req.services.images.delete(req.ctx, image_id)


def tag(req: Request, image_id: str, tag: str) -> None:
    if len(tag) > 255:
        raise Invalid("A tag has at most 255 characters.", "image", field="tag")
    req.services.images.tag(req.ctx, image_id, tag)


def untag(req: Request, image_id: str, tag: str) -> None:
    req.services.images.untag(req.ctx, image_id, tag)


def deactivate(req: Request, image_id: str) -> None:
    req.services.images.set_active(req.ctx, image_id, False)


def reactivate(req: Request, image_id: str) -> None:
    req.services.images.set_active(req.ctx, image_id, True)
