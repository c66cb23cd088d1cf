"""Limits and quota sets: two forms of what a project may use."""

from typing import Any

from nova_like.api.common.request import Request
from nova_like.api.native.compute.changes import CHANGES
from nova_like.api.native.compute.schemas.operators import QUOTAS
from nova_like.model.errors import Invalid

Json = dict[str, Any]
UNLIMITED = {"server_groups": -1, "server_group_members": -1}  # there are no server groups to limit


def show(req: Request) -> Json:
    limits, used = req.services.limits.show(req.ctx, req.GET.get("tenant_id") or None)
    absolute = {
        "maxTotalInstances": limits["instances"], "maxTotalCores": limits["cores"], "maxTotalRAMSize": limits["ram"],
        "maxTotalKeypairs": limits["key_pairs"], "maxServerMeta": limits["metadata_items"],
        "maxServerGroups": -1, "maxServerGroupMembers": -1, "totalServerGroupsUsed": 0,
        "totalInstancesUsed": used.get("instances", 0), "totalCoresUsed": used.get("cores", 0),
        "totalRAMUsed": used.get("ram", 0),
    }  # fmt: skip
    return {"limits": {"absolute": CHANGES.apply("limits", absolute, req.microversion), "rate": []}}


def _set(req: Request, view: Json) -> Json:
    return {"quota_set": CHANGES.apply("quota_set", view, req.microversion)}


def _plain(limits: dict[str, int]) -> Json:
    return {**{name: limits[name] for name in QUOTAS}, **UNLIMITED}


def quota_set(req: Request, project_id: str) -> Json:
    limits, _ = req.services.limits.show(req.ctx, project_id)
    return _set(req, {"id": project_id, **_plain(limits)})


def quota_detail(req: Request, project_id: str) -> Json:
    limits, used = req.services.limits.show(req.ctx, project_id)
    detailed = {name: {"limit": limit, "in_use": used.get(name, 0), "reserved": 0}
                for name, limit in _plain(limits).items()}  # fmt: skip
    return _set(req, {"id": project_id, **detailed})


def quota_defaults(req: Request, project_id: str) -> Json:
    req.services.limits.show(req.ctx)
    return _set(req, {"id": project_id, **_plain(req.services.limits.defaults)})


def update_quota_set(req: Request, project_id: str) -> Json:
    asked = {name: int(value) for name, value in req.body_json["quota_set"].items() if name != "force"}
    for name, value in asked.items():
        if value < -1:
            raise Invalid(f"Invalid input for field/attribute {name}. Value: {value}.", field=name)
    return _set(req, _plain(req.services.limits.set(req.ctx, project_id, asked)))


def extensions(req: Request) -> Json:
    return {"extensions": []}  # microversions took their place
