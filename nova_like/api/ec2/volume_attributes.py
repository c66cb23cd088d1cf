"""DescribeVolumeAttribute, ModifyVolumeAttribute, and what is said of modifications, of which there are none yet."""

from typing import Any

from nova_like.api.ec2 import filters, paging, volumes
from nova_like.api.ec2.call import Call
from nova_like.api.ec2.refused import Refused

MODIFICATION_FIELDS: dict[str, filters.Field] = {
    name: lambda view: None
    for name in ("volume-id", "modification-state", "original-iops", "original-size", "original-volume-type",
                 "originalMultiAttachEnabled", "start-time", "target-iops", "target-size", "target-volume-type",
                 "targetMultiAttachEnabled")
}  # fmt: skip


def describe(call: Call) -> dict[str, Any]:
    """DescribeVolumeAttribute: volumes are never closed to reads and writes for caution's sake."""
    volumes.find(call, [call.params["VolumeId"]])
    if call.params["Attribute"] == "autoEnableIO":
        return {"VolumeId": call.params["VolumeId"], "AutoEnableIO": {"Value": False}}
    return {"VolumeId": call.params["VolumeId"], "ProductCodes": []}


def modify(call: Call) -> None:
    """ModifyVolumeAttribute: there is nothing that could be switched on."""
    volumes.find(call, [call.params["VolumeId"]])
    if call.get("AutoEnableIO", {}).get("Value"):
        raise Refused("UnsupportedOperation", "AutoEnableIO is not supported.")


def describe_modifications(call: Call) -> dict[str, Any]:
    """DescribeVolumesModifications: none, of volumes that there are."""
    paging.page(call, "VolumeIds")
    filters.predicate(call.get("Filters"), MODIFICATION_FIELDS)
    volumes.find(call, call.get("VolumeIds", []))
    return {"VolumesModifications": []}
