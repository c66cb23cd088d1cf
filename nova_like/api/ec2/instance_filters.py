"""What instances can be filtered by: names of filters, and what of an instance's view each looks at. Asks nobody."""

from collections.abc import Callable
from typing import Any

from nova_like.api.ec2 import filters, instance_state, render

View = dict[str, Any]


def _nics(view: View) -> list[View]:
    return view.get("NetworkInterfaces", [])


def _card(look: Callable[[View], Any]) -> filters.Field:
    """Of each of its network interfaces."""
    return lambda view: [look(nic) for nic in _nics(view)]


def _address(name: str) -> filters.Field:
    """Of each address of each."""
    return lambda view: [address[name] for nic in _nics(view) for address in nic["PrivateIpAddresses"]]


def _time(value: Any) -> str | None:
    return render.timestamp(value) if value is not None else None


CARD_FIELDS: dict[str, filters.Field] = {
    "network-interface-id": _card(lambda nic: nic["NetworkInterfaceId"]),
    "mac-address": _card(lambda nic: nic["MacAddress"]),
    "subnet-id": _card(lambda nic: nic.get("SubnetId")),
    "vpc-id": _card(lambda nic: nic.get("VpcId")),
    "owner-id": _card(lambda nic: nic["OwnerId"]),
    "status": _card(lambda nic: nic["Status"]),
    "private-ip-address": _card(lambda nic: nic.get("PrivateIpAddress")),
    "source-dest-check": _card(lambda nic: nic["SourceDestCheck"]),
    "group-id": _card(lambda nic: [group["GroupId"] for group in nic["Groups"]]),
    "group-name": _card(lambda nic: [group["GroupName"] for group in nic["Groups"]]),
    "availability-zone": lambda view: [view["Placement"]["AvailabilityZone"] for _ in _nics(view)],
    "attachment.instance-id": lambda view: [view["InstanceId"] for _ in _nics(view)],
    "attachment.instance-owner-id": _card(lambda nic: nic["OwnerId"]),
    "attachment.device-index": _card(lambda nic: nic["Attachment"]["DeviceIndex"]),
    "attachment.status": _card(lambda nic: nic["Attachment"]["Status"]),
    "attachment.delete-on-termination": _card(lambda nic: nic["Attachment"]["DeleteOnTermination"]),
    "addresses.private-ip-address": _address("PrivateIpAddress"),
    "addresses.primary": _address("Primary"),
}
# what no instance has: nothing passes
_NEVER = (
    "affinity", "capacity-reservation-id", "host-id", "iam-instance-profile.arn", "iam-instance-profile.id",
    "instance-lifecycle", "ipv6-address", "kernel-id", "network-interface.addresses.association.public-ip",
    "network-interface.addresses.association.ip-owner-id", "network-interface.association.public-ip",
    "network-interface.association.ip-owner-id", "network-interface.association.allocation-id",
    "network-interface.association.association-id", "network-interface.ipv6-addresses.ipv6-address", "outpost-arn",
    "placement-partition-number", "platform", "product-code", "product-code.type", "ramdisk-id", "requester-id",
    "spot-instance-request-id",
)  # fmt: skip
FIELDS: dict[str, filters.Field] = {
    "instance-id": lambda view: view["InstanceId"],
    "instance-state-name": lambda view: view["State"]["Name"],
    "instance-state-code": lambda view: view["State"]["Code"],
    "instance-type": lambda view: view["InstanceType"],
    "image-id": lambda view: view["ImageId"],
    "key-name": lambda view: view["KeyName"],
    "availability-zone": lambda view: view["Placement"]["AvailabilityZone"],
    "private-ip-address": lambda view: view.get("PrivateIpAddress"),
    "private-dns-name": lambda view: view.get("PrivateDnsName"),
    "vpc-id": lambda view: view.get("VpcId"),
    "subnet-id": lambda view: view.get("SubnetId"),
    "instance.group-id": lambda view: [group["GroupId"] for group in view.get("SecurityGroups", ())],
    "instance.group-name": lambda view: [group["GroupName"] for group in view.get("SecurityGroups", ())],
    "group-id": lambda view: [group["GroupId"] for group in view.get("SecurityGroups", ())],
    "group-name": lambda view: [group["GroupName"] for group in view.get("SecurityGroups", ())],
    "ip-address": lambda view: view.get("PublicIpAddress"),
    "dns-name": lambda view: view["PublicDnsName"],
    "launch-index": lambda view: view["AmiLaunchIndex"],
    "architecture": lambda view: view["Architecture"],
    "hypervisor": lambda view: view["Hypervisor"],
    "virtualization-type": lambda view: view["VirtualizationType"],
    "root-device-name": lambda view: view["RootDeviceName"],
    "root-device-type": lambda view: view["RootDeviceType"],
    "metadata-options.http-tokens": lambda view: view["MetadataOptions"]["HttpTokens"],
    "metadata-options.http-endpoint": lambda view: view["MetadataOptions"]["HttpEndpoint"],
    "metadata-options.http-put-response-hop-limit": lambda view: view["MetadataOptions"]["HttpPutResponseHopLimit"],
    "monitoring-state": lambda view: view["Monitoring"]["State"],
    "placement-group-name": lambda view: view["Placement"]["GroupName"] or None,
    "placement-group-id": lambda view: view["Placement"].get("GroupId"),
    "tenancy": lambda view: view["Placement"]["Tenancy"],
    "state-reason-code": lambda view: (view["StateReason"] or {}).get("Code"),
    "reservation-id": lambda view: view["ReservationId"],
    "owner-id": lambda view: view["OwnerId"],
    "availability-zone-id": lambda view: view["Placement"]["AvailabilityZone"],
    "launch-time": lambda view: _time(view["LaunchTime"]),
    "reason": lambda view: view["StateTransitionReason"] or None,
    "state-reason-message": lambda view: (view["StateReason"] or {}).get("Message"),
    "source-dest-check": lambda view: view.get("SourceDestCheck"),
    "ebs-optimized": lambda view: view["EbsOptimized"],
    "block-device-mapping.device-name": lambda view: [each["DeviceName"] for each in view["BlockDeviceMappings"]],
    "block-device-mapping.volume-id": lambda view: [each["Ebs"]["VolumeId"] for each in view["BlockDeviceMappings"]],
    "block-device-mapping.attach-time": lambda view: [
        render.timestamp(each["Ebs"]["AttachTime"]) for each in view["BlockDeviceMappings"]
    ],
    "block-device-mapping.delete-on-termination": lambda view: [
        each["Ebs"]["DeleteOnTermination"] for each in view["BlockDeviceMappings"]
    ],
    "block-device-mapping.status": lambda view: [each["Ebs"]["Status"] for each in view["BlockDeviceMappings"]],
    **{f"network-interface.{name}": field for name, field in CARD_FIELDS.items()},
    **{name: lambda view: None for name in _NEVER},
    "Tags": lambda view: view["Tags"],
}


def health(view: View) -> str:
    """The status that DescribeInstanceStatus tells."""
    return "ok" if view["State"]["Name"] == instance_state.RUNNING else "not-applicable"


def _reachable(view: View) -> str | None:
    return "passed" if view["State"]["Name"] == instance_state.RUNNING else None


STATUS_FIELDS: dict[str, filters.Field] = {
    **{name: FIELDS[name] for name in ("availability-zone", "availability-zone-id", "instance-id",
                                       "instance-state-code", "instance-state-name", "Tags")},
    "instance-status.status": health,
    "instance-status.reachability": _reachable,
    "system-status.status": health,
    "system-status.reachability": _reachable,
    "event.code": lambda view: None,
    "event.description": lambda view: None,
    "event.instance-event-id": lambda view: None,
    "event.not-after": lambda view: None,
    "event.not-before": lambda view: None,
}  # fmt: skip
