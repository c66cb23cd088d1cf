"""Moves of servers as operators see them."""

from typing import Any

from nova_like.api.native.compute.views.numbers import number
from nova_like.api.native.compute.views.times import micro_stamp

Json = dict[str, Any]


def show(req: Any, move: Json) -> Json:
    """One entry of the list, as the request's version has it."""
    view = {
        "id": number(move["id"]), "instance_uuid": move["instance_id"], "status": move["state"],
        "source_compute": move["source"], "source_node": move["source"], "dest_compute": move["target"],
        "dest_node": move["target"], "dest_host": None, "old_instance_type_id": _flavor(move["old_flavor"]),
        "new_instance_type_id": _flavor(move["new_flavor"]), "created_at": micro_stamp(move["created_at"]),
        "updated_at": micro_stamp(move["updated_at"]),
    }  # fmt: skip
    if req.microversion >= (2, 23):
        view["migration_type"] = move["kind"]
    if req.microversion >= (2, 59):
        view["uuid"] = move["id"]
    if req.microversion >= (2, 80):
        view |= {"user_id": move["user_id"], "project_id": move["project_id"]}
    return view


def _flavor(flavor: Json | None) -> int | None:
    """Flavors were once known by numbers."""
    id = (flavor or {}).get("id", "")
    return int(id) if id.isascii() and id.isdigit() and len(id) < 10 else None
