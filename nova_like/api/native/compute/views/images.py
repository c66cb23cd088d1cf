"""Images as compute showed them before 2.36."""

from nova_like.api.common.request import Request
from nova_like.api.native.compute.views.links import Json, bookmark, self_links
from nova_like.api.native.compute.views.times import stamp

# the Image API's status -> compute's word for it
STATUS = {"active": "ACTIVE", "queued": "SAVING", "saving": "SAVING", "uploading": "SAVING", "importing": "SAVING",
          "deactivated": "ERROR", "killed": "ERROR"}  # fmt: skip
PROGRESS = {"ACTIVE": 100, "SAVING": 25}
SERVER = "instance_uuid"  # the property of a snapshot that names its server


def brief(req: Request, row: Json) -> Json:
    return {"id": row["id"], "name": row["name"], "links": _links(req, row["id"])}


def _links(req: Request, id: str) -> list[Json]:
    away = {"rel": "alternate", "type": "application/vnd.openstack.image", "href": f"{req.base('image')}/images/{id}"}
    return [*self_links(req, "images", id), away]


def detail(req: Request, row: Json) -> Json:
    status = STATUS.get(row["status"], "UNKNOWN")
    view = {
        **brief(req, row), "status": status, "progress": PROGRESS.get(status, 0), "metadata": metadata(row),
        "minDisk": row["min_disk_gib"] or 0, "minRam": row["min_ram_mib"] or 0,
        "created": stamp(row["created_at"]), "updated": stamp(row["updated_at"]),
        "OS-EXT-IMG-SIZE:size": row["size_bytes"] or 0,
    }  # fmt: skip
    if server := metadata(row).get(SERVER):
        links = [{"rel": "self", "href": f"{req.base('compute')}/v2.1/servers/{server}"},
                 bookmark(req, "servers", server)]  # fmt: skip
        view["server"] = {"id": server, "links": links}
    return view


def metadata(row: Json) -> dict[str, str]:
    """The properties that are its owner's."""
    return {name: value for name, value in (row["properties"] or {}).items() if not name.startswith("os_glance_")}
