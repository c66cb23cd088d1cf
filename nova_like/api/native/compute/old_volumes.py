"""Volumes through compute, as clients did before 2.36: the Block Storage API's records in another form."""

from typing import Any

from nova_like.api.common.errors import HttpFault
from nova_like.api.common.request import Request
from nova_like.api.native.compute.views.times import micro_stamp
from nova_like.model.errors import Invalid, NotFound

Json = dict[str, Any]


def _view(row: Json) -> Json:
    return {
        "id": row["id"], "displayName": row["name"], "displayDescription": row["description"],
        "size": row["size_gib"], "status": row["state"], "availabilityZone": row["zone"] or "nova",
        "createdAt": micro_stamp(row["created_at"]), "volumeType": "default", "snapshotId": None,
        "metadata": row["metadata"] or {}, "attachments": [_attachment(row)],
    }  # fmt: skip


def _attachment(row: Json) -> Json:
    found = row.get("attachment")
    if not found or row["state"] == "attaching":
        return {}
    return {"id": row["id"], "volumeId": row["id"], "serverId": found["instance_id"],
            "device": f"/dev/{found['device']}"}  # fmt: skip


def index(req: Request) -> Json:
    limit = req.number("limit")
    page = {"offset": min(req.number("offset", 0) or 0, 2**31)} | ({} if limit is None else {"limit": limit})
    return {"volumes": [_view(row) for row in req.services.volumes.list(req.ctx, **page)]}


def show(req: Request, volume_id: str) -> Json:
    return {"volume": _view(req.services.volumes.get(req.ctx, volume_id))}


def create(req: Request) -> Json:
    asked = req.body_json["volume"]
    if asked.get("snapshot_id"):
        raise Invalid("Volumes are not made from snapshots yet.", "volume", field="snapshot_id")
    if asked.get("volume_type") not in (None, "", "default"):
        raise Invalid(f"There is no volume type {asked['volume_type'][:64]}.", "volume", field="volume_type")
    size = int(asked["size"])
    if size < 1:
        raise Invalid(f"Invalid size {size}: 1 GiB at least.", "volume", field="size")
    row = req.services.volumes.create(
        req.ctx, size, asked.get("display_name"), asked.get("display_description"), asked.get("metadata"),
        asked.get("availability_zone") or None,
    )  # fmt: skip
    return {"volume": _view(row)}


def delete(req: Request, volume_id: str) -> None:
    req.services.volumes.delete(req.ctx, volume_id)


def no_snapshots(req: Request) -> Json:
    """None are made yet, so there are none to list."""
    req.services.volumes.summary(req.ctx)
    return {"snapshots": []}


def no_snapshot(req: Request, snapshot_id: str) -> None:
    raise NotFound("snapshot", snapshot_id)


def refuse_snapshot(req: Request) -> None:
    req.services.policy.check(req.ctx, "volume:volumes:create")
    req.services.volumes.get(req.ctx, req.body_json["snapshot"]["volume_id"])
    raise HttpFault(501, "Snapshots of volumes are not offered yet.")
