"""What a project may use and uses, in one sentence: GET /limits."""

from typing import Any

from nova_like.api.common.request import Request
from nova_like.api.native.compute.changes import CHANGES

Json = dict[str, Any]


def show(req: Request) -> Json:
    limits, used = req.services.limits.show(req.ctx, req.GET.get("tenant_id") or None)
    absolute = {
        "maxTotalInstances": limits["instances"], "maxTotalCores": limits["cores"], "maxTotalRAMSize": limits["ram"],
        "maxTotalKeypairs": limits["key_pairs"], "maxServerMeta": limits["metadata_items"],
        "maxServerGroups": limits["server_groups"], "maxServerGroupMembers": limits["server_group_members"],
        "totalServerGroupsUsed": used.get("server_groups", 0), "totalInstancesUsed": used.get("instances", 0),
        "totalCoresUsed": used.get("cores", 0), "totalRAMUsed": used.get("ram", 0),
    }  # fmt: skip
    if req.microversion < (2, 57):
        absolute["maxPersonality"] = limits["injected_files"]
        absolute["maxPersonalitySize"] = limits["injected_file_content_bytes"]
    return {"limits": {"absolute": CHANGES.apply("limits", absolute, req.microversion), "rate": []}}
