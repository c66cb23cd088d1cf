"""Flavors as compute shows them."""

from nova_like.api.common.request import Request
from nova_like.api.native.compute.changes import CHANGES
from nova_like.api.native.compute.views.links import Json, self_links


def brief(req: Request, row: Json) -> Json:
    view = {"id": row["id"], "name": row["name"], "description": row["description"],
            "links": self_links(req, "flavors", row["id"])}  # fmt: skip
    return CHANGES.apply("flavor", view, req.microversion)


def detail(req: Request, row: Json) -> Json:
    view = {
        "id": row["id"], "name": row["name"], "ram": row["ram_mib"], "disk": row["disk_gib"], "vcpus": row["vcpus"],
        "swap": row["swap_mib"], "OS-FLV-EXT-DATA:ephemeral": row["ephemeral_gib"],
        "OS-FLV-DISABLED:disabled": row["disabled"], "os-flavor-access:is_public": row["public"],
        "rxtx_factor": row["rxtx_factor"], "description": row["description"],
        "extra_specs": row["extra_specs"] or {},
        "links": self_links(req, "flavors", row["id"]),
    }  # fmt: skip
    return CHANGES.apply("flavor", view, req.microversion)
