"""CopyImage, CreateImage, DeregisterImage and RegisterImage."""

import re
from typing import Any

from nova_like.api.ec2 import ids, images, instances, once, tag_view
from nova_like.api.ec2.call import Call
from nova_like.api.ec2.refused import Refused, missing

_NAME = re.compile(r"[A-Za-z0-9 ()\[\]./'@_-]{3,128}\Z")
_UNSUPPORTED = ("DestinationAvailabilityZone", "DestinationAvailabilityZoneId", "DestinationOutpostArn", "Encrypted",
                "KmsKeyId", "SnapshotCopyCompletionDurationMinutes")  # fmt: skip


def copy(call: Call) -> dict[str, Any]:
    """CopyImage, within the one region that there is; with a client token once."""
    if call.params["SourceRegion"] != call.conf.api.region:
        raise Refused("InvalidParameterValue", f"There is no region {call.params['SourceRegion'][:100]}.")
    for name in _UNSUPPORTED:
        if call.get(name):
            raise Refused("UnsupportedOperation", f"The parameter {name} is not supported.")
    tags = tag_view.specified(call.get("TagSpecifications", []), "image")
    (source,) = images.find(call, [call.params["SourceImageId"]])
    if call.get("CopyImageTags"):
        tags = {**call.services.tags.of(call.ctx, [source["id"]]).get(source["id"], {}), **tags}
    text = call.get("Description") or images.description(source)
    with once.token(call):
        row = call.services.image_copies.create(
            call.ctx, source["id"], call.params["Name"], {images.DESCRIPTION: text}, tags
        )
    return {"ImageId": ids.show("image", row["id"])}


def create(call: Call) -> dict[str, Any]:
    """CreateImage: of an instance's disk. One that runs is shut down for it, unless NoReboot; of other volumes nothing
    is taken."""
    name = call.params["Name"]
    if not _NAME.match(name):
        raise Refused("InvalidAMIName.Malformed", "AMI names have 3 to 128 letters, digits, spaces or ()[].-/'@_")
    if call.get("BlockDeviceMappings"):
        raise Refused("UnsupportedOperation", "The parameter BlockDeviceMappings is not supported.")
    specifications = call.get("TagSpecifications", [])
    tags = tag_view.specified([each for each in specifications if each.get("ResourceType") != "snapshot"], "image")
    (row,) = instances.find(call, [call.params["InstanceId"]])
    text = call.get("Description")
    properties = {images.DESCRIPTION: text} if text else {}
    halt = not call.get("NoReboot")
    id = call.services.snapshots.create(call.ctx, row["id"], name, properties, halt=halt, tags=tags)
    return {"ImageId": ids.show("image", id)}


def deregister(call: Call) -> dict[str, Any]:
    """DeregisterImage: its data go too; instances keep what they were made from."""
    row = images.own(call)
    if row["protected"]:
        raise Refused("OperationNotPermitted", f"The image '{call.params['ImageId']}' is protected.")
    call.services.images.delete(call.ctx, row["id"])
    return {"Return": True}


def register(call: Call) -> Any:
    """RegisterImage: of a snapshot or of a store's object, of which there are none; data come by the Image API."""
    if not call.get("ImageLocation") and not call.get("BlockDeviceMappings"):
        raise missing("ImageLocation")
    raise Refused("UnsupportedOperation", "Images are uploaded by the Image API.")
