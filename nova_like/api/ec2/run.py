"""RunInstances: Amazon's parameters as the command that the instances service takes."""

import hashlib
from typing import Any

from nova_like import concurrency
from nova_like.api.ec2 import (
    block_devices,
    groups,
    images,
    instance_options,
    instance_view,
    launch_template_versions,
    once,
    placement_groups,
    subnets,
    tag_view,
    user_data,
)
from nova_like.api.ec2.call import Call
from nova_like.api.ec2.refused import Refused, missing
from nova_like.model.commands import BootInstances, NetworkRequest
from nova_like.model.errors import NotFound

DEFAULT_TYPE = "m1.small"
# what is asked for is what every instance has anyway, or is about money or hardware that we do not have
_HARMLESS = {
    "AdditionalInfo", "CpuOptions", "CreditSpecification", "EbsOptimized", "InstanceInitiatedShutdownBehavior",
    "KernelId", "MaintenanceOptions", "PrivateDnsNameOptions", "RamdiskId",
    "CapacityReservationSpecification",
}  # fmt: skip
_USED = {
    "BlockDeviceMappings", "ClientToken", "DisableApiTermination", "DryRun", "ImageId", "InstanceType", "KeyName",
    "MaxCount", "MetadataOptions", "MinCount", "Monitoring", "Placement", "PrivateIpAddress",
    "SecurityGroupIds", "SecurityGroups", "SubnetId", "TagSpecifications", "UserData",
}  # fmt: skip

_PLACES = {"AvailabilityZone", "GroupId", "GroupName", "Tenancy"}


def run(call: Call) -> dict[str, Any]:
    """RunInstances: the reservation. The service raises for DryRun, having looked at everything."""
    call = launch_template_versions.applied(call)
    _refuse_unsupported(call)
    group = _group(call)
    command = _command(call, group)
    rows = call.services.instances.boot(call.ctx, command)
    name = group["name"] if group else ""
    return instance_view.reservation(rows, [instance_view.instance(row, command.tags, name) for row in rows])


def _refuse_unsupported(call: Call) -> None:
    """What we do not do is refused rather than left out; `false` and nothing ask for nothing."""
    for name, value in call.params.items():
        if name not in _USED and name not in _HARMLESS and value not in (False, [], {}, None, 0):
            raise Refused("UnsupportedOperation", f"The parameter {name} is not supported.")
    behavior = call.get("InstanceInitiatedShutdownBehavior", "stop")
    if behavior != "stop":
        raise Refused("UnsupportedOperation", "Instances stop when they shut down; they do not terminate.")


def _command(call: Call, group: dict[str, Any] | None) -> BootInstances:
    least, most = _counts(call)
    tags, volume_tags = _tags(call)
    if not call.get("ImageId"):
        raise missing("ImageId")
    image = images.find(call, [call.params["ImageId"]])[0]
    disks = block_devices.disks(call.get("BlockDeviceMappings", []), image, volume_tags)
    born = any(disk.is_root for disk in disks)
    return BootInstances(
        name=tags.get("Name") or _made_up_name(call),
        flavor_id=_flavor(call),
        image_id="" if born else image["id"],
        disks=disks,
        hints={instance_view.IMAGE: image["id"]} if born else {},
        min_count=least,
        max_count=most,
        networks=_networks(call),
        security_groups=groups.find(call, call.get("SecurityGroupIds", []), call.get("SecurityGroups", [])),
        key_name=call.get("KeyName") or None,
        user_data=user_data.of_text(call.get("UserData")),
        zone=_zone(call),
        group_id=group["id"] if group else None,
        client_token=once.checked(call),
        tags=tags,
        dry_run=call.get("DryRun", False),
        options=instance_options.of_request(call.params),
    )


def _tags(call: Call) -> tuple[dict[str, str], dict[str, str]]:
    """(those of the instances, those of the volumes that are made for them)"""
    given = call.get("TagSpecifications", [])
    of_volumes = [each for each in given if each.get("ResourceType") == "volume"]
    rest = [each for each in given if each not in of_volumes]
    return tag_view.specified(rest, "instance"), tag_view.specified(of_volumes, "volume")


def _made_up_name(call: Call) -> str:
    """A name for instances that are given none: a host's name should be its own. The same for the same client token,
    since the same request must be the same command."""
    token = call.get("ClientToken") or concurrency.new_id()
    return f"instance-{hashlib.sha256(token.encode()).hexdigest()[:8]}"


def _counts(call: Call) -> tuple[int, int]:
    least, most = call.params["MinCount"], call.params["MaxCount"]
    if least < 1:
        raise Refused("InvalidParameterValue", f"Value ({least}) for parameter minCount is invalid.")
    if most < least:
        raise Refused("InvalidParameterValue", f"Value ({most}) for parameter maxCount is below minCount.")
    return least, most


def _flavor(call: Call) -> str:
    name = call.get("InstanceType") or DEFAULT_TYPE
    try:
        flavor = call.services.flavors.by_name(call.ctx, name)
    except NotFound:
        raise Refused("InvalidParameterValue", f"Invalid value '{name[:100]}' for InstanceType.") from None
    return flavor["id"]


def _networks(call: Call) -> list[NetworkRequest] | str:
    subnet, address = call.get("SubnetId"), call.get("PrivateIpAddress")
    if subnet:
        return [NetworkRequest(network_id=subnets.find(call, subnet)["network_id"], fixed_ip=address)]
    if address:
        raise Refused("InvalidParameterCombination", "PrivateIpAddress needs SubnetId.")
    return "auto"


def _group(call: Call) -> dict[str, Any] | None:
    placement = call.get("Placement", {})
    wanted, name = placement.get("GroupId"), placement.get("GroupName")
    return placement_groups.one(call, wanted, name) if wanted or name else None


def _zone(call: Call) -> str | None:
    placement = call.get("Placement", {})
    others = {name for name, value in placement.items() if value} - _PLACES
    if others or placement.get("Tenancy", "default") != "default":
        raise Refused("UnsupportedOperation", "Of Placement only the zone and the group are supported.")
    name = placement.get("AvailabilityZone") or None
    if name and all(zone.name != name for zone in call.services.hosts.zones(call.ctx)):
        raise Refused("InvalidParameterValue", f"Invalid availability zone: [{name[:100]}]")
    return name
