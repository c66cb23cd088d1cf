"""Volumes as the API shows them."""

import datetime
from typing import Any

from nova_like.api.common.request import Request

Row = dict[str, Any]
View = dict[str, Any]
TYPE = "default"
ZONE = "nova"


def brief(req: Request, row: Row) -> View:
    return {"id": row["id"], "name": row["name"] or "", "links": _links(req, row)}


def full(req: Request, row: Row) -> View:
    return {
        **brief(req, row), "description": row["description"], "size": row["size_gib"], "status": row["state"],
        "availability_zone": row["zone"] or ZONE, "bootable": "true" if row["bootable"] else "false",
        "volume_type": TYPE, "metadata": row["metadata"] or {}, "attachments": _attachments(row), "encrypted": False,
        "multiattach": False, "snapshot_id": None, "source_volid": None, "consistencygroup_id": None,
        "replication_status": None, "user_id": row["user_id"], "created_at": time(row["created_at"]),
        "updated_at": time(row["updated_at"]),
    }  # fmt: skip


def shown(req: Request, row: Row) -> View:
    """With what show and detail add: the project, the image that it was made of, and for an operator the host."""
    view = {**full(req, row), "os-vol-tenant-attr:tenant_id": row["project_id"]}
    if row["image_metadata"]:
        view["volume_image_metadata"] = row["image_metadata"]
    if req.ctx.is_admin:
        host = f"{row['host']}@nova_like#volumes" if row["host"] else None
        view |= {"os-vol-host-attr:host": host, "os-vol-mig-status-attr:migstat": None,
                 "os-vol-mig-status-attr:name_id": None, "migration_status": None}  # fmt: skip
    return view


def _attachments(row: Row) -> list[View]:
    """To which server it belongs, once it does."""
    found = row.get("attachment")
    if not found or row["state"] == "attaching":
        return []
    return [{"id": row["id"], "attachment_id": found["id"], "volume_id": row["id"], "host_name": None,
             "server_id": found["instance_id"], "device": f"/dev/{found['device']}",
             "attached_at": time(found["created_at"])}]  # fmt: skip


def _links(req: Request, row: Row) -> list[View]:
    base = req.base("volume")
    return [
        {"rel": "self", "href": f"{base}/v3/{row['project_id']}/volumes/{row['id']}"},
        {"rel": "bookmark", "href": f"{base}/{row['project_id']}/volumes/{row['id']}"},
    ]


def time(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
