"""Images, their members and imports as the API shows them, and which column stands for which of their names."""

import datetime
from typing import Any

Row = dict[str, Any]
COLUMNS = {
    "name": "name", "visibility": "visibility", "protected": "protected", "os_hidden": "hidden",
    "container_format": "container_format", "disk_format": "disk_format", "min_disk": "min_disk_gib",
    "min_ram": "min_ram_mib", "tags": "tags", "owner": "owner_id",
}  # fmt: skip
READ_ONLY = {
    "id", "status", "size", "virtual_size", "checksum", "os_hash_algo", "os_hash_value", "created_at", "updated_at",
    "self", "file", "schema", "direct_url", "locations", "deleted", "deleted_at", "stores",
}  # fmt: skip
RESERVED = "os_glance_"
STORE = "default"  # the one store


def image(row: Row) -> Row:
    path = f"/v2/images/{row['id']}"
    shown = {name: row[column] for name, column in COLUMNS.items()}
    kept = {"stores": STORE} if row["size_bytes"] is not None else {}
    return {
        **(row["properties"] or {}), **kept, **shown, "tags": row["tags"] or [], "id": row["id"],
        "status": row["status"],
        "size": row["size_bytes"], "virtual_size": row["virtual_size_bytes"], "checksum": row["md5"],
        "os_hash_algo": "sha512" if row["sha512"] else None, "os_hash_value": row["sha512"],
        "created_at": time(row["created_at"]), "updated_at": time(row["updated_at"]),
        "self": path, "file": f"{path}/file", "schema": "/v2/schemas/image",
    }  # fmt: skip


def task(row: Row) -> Row:
    over = row["expires_at"]
    return {
        "id": row["id"], "type": "api_image_import", "status": row["status"], "owner": row["owner_id"],
        "image_id": row["image_id"], "user_id": row["user_id"], "request_id": row["request_id"],
        "input": {"image_id": row["image_id"], "import_req": row["request"]}, "message": row["message"],
        "result": {"image_id": row["image_id"]} if row["status"] == "success" else None,
        "expires_at": None if over is None else time(over), "created_at": time(row["created_at"]),
        "updated_at": time(row["updated_at"]), "self": f"/v2/tasks/{row['id']}", "schema": "/v2/schemas/task",
    }  # fmt: skip


def member(row: Row) -> Row:
    return {"image_id": row["image_id"], "member_id": row["project_id"], "status": row["status"],
            "created_at": time(row["created_at"]), "updated_at": time(row["updated_at"]),
            "schema": "/v2/schemas/member"}  # fmt: skip


def time(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
