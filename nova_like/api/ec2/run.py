"""RunInstances: Amazon's parameters as the command that the instances service takes."""

import base64
import binascii
import hashlib
from typing import Any

from nova_like import concurrency
from nova_like.api.ec2 import ids, images, instance_view, subnets, tag_view
from nova_like.api.ec2.call import Call
from nova_like.api.ec2.refused import Refused, missing
from nova_like.model.commands import BootInstances, NetworkRequest
from nova_like.model.errors import NotFound

USER_DATA_BYTES = 16384
TOKEN_LENGTH = 64
DEFAULT_TYPE = "m1.small"
# what is asked for is what every instance has anyway, or is about money or hardware that we do not have
_HARMLESS = {
    "AdditionalInfo", "CpuOptions", "CreditSpecification", "EbsOptimized", "InstanceInitiatedShutdownBehavior",
    "KernelId", "MaintenanceOptions", "MetadataOptions", "Monitoring", "PrivateDnsNameOptions", "RamdiskId",
    "CapacityReservationSpecification",
}  # fmt: skip
_USED = {
    "ClientToken", "DryRun", "ImageId", "InstanceType", "KeyName", "MaxCount", "MinCount", "Placement",
    "PrivateIpAddress", "SecurityGroupIds", "SecurityGroups", "SubnetId", "TagSpecifications", "UserData",
}  # fmt: skip


def run(call: Call) -> dict[str, Any]:
    """RunInstances: the reservation. The service raises for DryRun, having looked at everything."""
    _refuse_unsupported(call)
    command = _command(call)
    rows = call.services.instances.boot(call.ctx, command)
    return instance_view.reservation(rows, [instance_view.instance(row, command.tags) for row in rows])


def _refuse_unsupported(call: Call) -> None:
    """What we do not do is refused rather than left out; `false` and nothing ask for nothing."""
    for name, value in call.params.items():
        if name not in _USED and name not in _HARMLESS and value not in (False, [], {}, None, 0):
            raise Refused("UnsupportedOperation", f"The parameter {name} is not supported.")
    behavior = call.get("InstanceInitiatedShutdownBehavior", "stop")
    if behavior != "stop":
        raise Refused("UnsupportedOperation", "Instances stop when they shut down; they do not terminate.")


def _command(call: Call) -> BootInstances:
    least, most = _counts(call)
    tags = tag_view.specified(call.get("TagSpecifications", []), "instance")
    if not call.get("ImageId"):
        raise missing("ImageId")
    return BootInstances(
        name=tags.get("Name") or _made_up_name(call),
        flavor_id=_flavor(call),
        image_id=images.find(call, [call.params["ImageId"]])[0]["id"],
        min_count=least,
        max_count=most,
        networks=_networks(call),
        security_groups=_groups(call),
        key_name=call.get("KeyName") or None,
        user_data=_user_data(call),
        zone=_zone(call),
        client_token=_token(call),
        tags=tags,
        dry_run=call.get("DryRun", False),
    )


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


def _groups(call: Call) -> list[str]:
    """Ids of the groups that are named by id or by name."""
    wanted, names = call.get("SecurityGroupIds", []), call.get("SecurityGroups", [])
    if not wanted and not names:
        return []
    rows = [row for row in call.services.security_groups.list(call.ctx) if row["project_id"] == call.ctx.project_id]
    by_id = {ids.show("security_group", row["id"]): row["id"] for row in rows}
    by_name = {row["name"]: row["id"] for row in rows}
    for text in wanted:
        ids.span("security_group", text)
    for known, text in [*((by_id, text) for text in wanted), *((by_name, text) for text in names)]:
        if text not in known:
            raise Refused("InvalidGroup.NotFound", f"The security group '{text[:255]}' does not exist")
    return list(dict.fromkeys([*(by_id[text] for text in wanted), *(by_name[text] for text in names)]))


def _user_data(call: Call) -> str | None:
    text = call.get("UserData")
    if not text:
        return None
    try:
        data = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Refused("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.") from None
    if len(data) > USER_DATA_BYTES:
        raise Refused("InvalidParameterValue", f"User data is limited to {USER_DATA_BYTES} bytes")
    return base64.b64encode(data).decode()


def _zone(call: Call) -> str | None:
    placement = call.get("Placement", {})
    others = {name for name, value in placement.items() if value} - {"AvailabilityZone", "Tenancy", "GroupName"}
    if others or placement.get("GroupName") or placement.get("Tenancy", "default") != "default":
        raise Refused("UnsupportedOperation", "Of Placement only AvailabilityZone is supported.")
    name = placement.get("AvailabilityZone") or None
    if name and all(zone.name != name for zone in call.services.hosts.zones(call.ctx)):
        raise Refused("InvalidParameterValue", f"Invalid availability zone: [{name[:100]}]")
    return name


def _token(call: Call) -> str | None:
    token = call.get("ClientToken") or None
    if token and (len(token) > TOKEN_LENGTH or not token.isascii()):
        raise Refused("InvalidParameterValue", f"ClientToken is at most {TOKEN_LENGTH} ASCII characters.")
    return token
