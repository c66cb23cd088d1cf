"""Handlers of the images that this host keeps at hand."""

from typing import Any

from nova_like.api.common.request import Request
from nova_like.api.native.image.views import time
from nova_like.model.errors import Invalid

Json = dict[str, Any]
TARGET = "x-image-cache-clear-target"
_TARGETS = {None: (True, True), "": (True, True), "cache": (True, False), "queue": (False, True)}


def index(req: Request) -> Json:
    kept, queued = req.services.image_cache.list(req.ctx)
    shown = [{"image_id": one.image_id, "hits": one.hits, "size": one.size_bytes,
              "last_accessed": time(one.used_at or one.made_at), "last_modified": time(one.made_at)}
             for one in kept]  # fmt: skip
    return {"cached_images": shown, "queued_images": queued}


def queue(req: Request, image_id: str) -> None:
    req.services.image_cache.queue(req.ctx, image_id)


def delete(req: Request, image_id: str) -> None:
    req.services.image_cache.delete(req.ctx, image_id)


def clear(req: Request) -> None:
    target = req.headers.get(TARGET)
    if target not in _TARGETS:
        raise Invalid(f"{TARGET} must be cache or queue, or not there.", "image", field=TARGET)
    req.services.image_cache.clear(req.ctx, *_TARGETS[target])
