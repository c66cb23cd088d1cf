"""Aggregates as compute shows them."""

from nova_like.api.common.request import Request
from nova_like.api.native.compute.changes import CHANGES
from nova_like.api.native.compute.views.links import Json
from nova_like.api.native.compute.views.times import micro_stamp


def created(req: Request, row: Json) -> Json:
    """A new one, which has neither hosts nor metadata to show."""
    changed = row["updated_at"] if row["updated_at"] != row["created_at"] else None
    view = {
        "id": row["id"], "uuid": row["uuid"], "name": row["name"], "availability_zone": row["zone"],
        "created_at": micro_stamp(row["created_at"]), "updated_at": micro_stamp(changed), "deleted": False,
        "deleted_at": None,
    }  # fmt: skip
    return CHANGES.apply("aggregate", view, req.microversion)


def detail(req: Request, row: Json) -> Json:
    return {**created(req, row), "hosts": row["hosts"], "metadata": row["metadata"] or {}}
