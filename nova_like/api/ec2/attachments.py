"""AttachVolume and DetachVolume."""

from typing import Any

from nova_like.api.ec2 import ids, instance_state, instances, volume_view, volumes
from nova_like.api.ec2.call import Call
from nova_like.api.ec2.refused import Refused
from nova_like.model.errors import Conflict, NotFound

Row = dict[str, Any]


def attach(call: Call) -> dict[str, Any]:
    """AttachVolume: as the device that is named."""
    (volume,), instance = volumes.find(call, [call.params["VolumeId"]]), _instance(call, call.params["InstanceId"])
    if volume["attachment"]:
        shown = ids.show("instance", volume["attachment"]["instance_id"])
        raise Refused("VolumeInUse", f"{call.params['VolumeId']} is already attached to an instance {shown}")
    row = call.services.attachments.attach(call.ctx, instance["id"], volume["id"], call.params["Device"])
    return volume_view.attachment(row)


def detach(call: Call) -> dict[str, Any]:
    """DetachVolume: from the instance that has it, which may be named. A volume is not torn from its guest (`Force`):
    that is done anyway when the host does not answer."""
    (volume,) = volumes.find(call, [call.params["VolumeId"]])
    found = volume["attachment"]
    if call.get("InstanceId"):
        named = _instance(call, call.params["InstanceId"])
        if found and found["instance_id"] != named["id"]:
            raise Refused("InvalidAttachment.NotFound", f"The volume '{call.params['VolumeId']}' is not attached to "
                          f"instance '{call.params['InstanceId']}'.")  # fmt: skip
    if not found:
        raise Refused("IncorrectState", f"Volume '{call.params['VolumeId']}' is in the 'available' state.")
    if call.get("Device") not in (None, f"/dev/{found['device']}", found["device"]):
        raise Refused("InvalidAttachment.NotFound", f"The volume is not attached as '{call.params['Device'][:64]}'.")
    try:
        return volume_view.attachment(call.services.attachments.detach(call.ctx, found["instance_id"], volume["id"]))
    except (Conflict, NotFound) as fault:
        if isinstance(fault, NotFound) or fault.facts.get("code") == "detaching":
            raise Refused("IncorrectState", f"Volume '{call.params['VolumeId']}' is being moved.") from None
        raise


def _instance(call: Call, shown: str) -> Row:
    (row,) = instances.find(call, [shown])
    if instance_state.name(row) in (instance_state.TERMINATED, instance_state.SHUTTING_DOWN):
        raise Refused("IncorrectState", f"Instance '{shown}' is not 'running'.")
    return row
