"""Handlers of what hardly changes: the one volume type, zones, services; and what there is none of yet."""

from typing import Any

from nova_like.api.common.request import Request
from nova_like.api.native.volume import views
from nova_like.model.errors import NotFound

Json = dict[str, Any]
TYPE_ID = "5d2f9d5f-7e0a-4b1c-9c43-0f4a2f6a8d11"  # of every cloud: there is one type, and it is not stored
_BINARIES = {"volume": "cinder-volume", "scheduler": "cinder-scheduler"}


def _type() -> Json:
    return {"id": TYPE_ID, "name": views.TYPE, "description": "The one type there is", "is_public": True,
            "extra_specs": {}, "qos_specs_id": None, "os-volume-type-access:is_public": True}  # fmt: skip


def types(req: Request) -> Json:
    req.services.volumes.zones(req.ctx)  # the reader's right to look
    return {"volume_types": [_type()]}


def type(req: Request, type_id: str) -> Json:
    req.services.volumes.zones(req.ctx)
    if type_id != "default":
        require_type(type_id)
    return {"volume_type": _type()}


def require_type(name: str | None) -> None:
    """Raises NotFound unless it is the one type, by name or id."""
    if name not in (None, views.TYPE, TYPE_ID):
        raise NotFound("volume type", str(name)[:64], f"Volume type {str(name)[:64]} could not be found.")


def snapshots(req: Request) -> Json:
    req.services.volumes.zones(req.ctx)
    return {"snapshots": []}


def zones(req: Request) -> Json:
    found = req.services.volumes.zones(req.ctx)
    return {"availabilityZoneInfo": [{"zoneName": name, "zoneState": {"available": on}} for name, on in found.items()]}


def services(req: Request) -> Json:
    rows = [row for kind in _BINARIES for row in req.services.hosts.list(req.ctx, kind)]
    found = [_service(row) for row in rows]
    for name in ("host", "binary"):
        if name in req.GET:
            found = [view for view in found if view[name] == req.GET[name]]
    return {"services": found}


def _service(row: Json) -> Json:
    view = {
        "binary": _BINARIES[row["kind"]], "host": row["name"], "zone": row["zone"], "state": "up" if row["up"] else
        "down", "status": "enabled" if row["enabled"] else "disabled", "disabled_reason": row["disabled_reason"],
        "updated_at": views.time(row["seen_at"] or row["updated_at"]),
    }  # fmt: skip
    return (
        {**view, "frozen": False, "replication_status": "disabled", "active_backend_id": None}
        if (row["kind"] == "volume")
        else view
    )


def extensions(req: Request) -> Json:
    req.ctx  # noqa: B018  # the caller must be somebody
    return {"extensions": []}  # microversions took their place
