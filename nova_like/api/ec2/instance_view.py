"""An instance as Amazon describes it, and the reservations that instances are grouped by. Renders; asks nobody."""

from typing import Any

from nova_like.api.ec2 import ids, instance_state, option_view, tag_view, volume_view
from nova_like.model import options

Row = dict[str, Any]
View = dict[str, Any]
ROOT_DEVICE = "/dev/vda"
IMAGE = "ec2:image"  # the hint that tells what the root volume was made of


def instance(row: Row, tags: dict[str, str], group: str = "") -> View:
    """One Instance; `group` is the name of its placement group. What only a placed and plugged one has is left out
    until then."""
    state = instance_state.name(row)
    return {
        "InstanceId": ids.show("instance", row["id"]),
        "ImageId": _image(row),
        "State": instance_state.state(state),
        "StateReason": instance_state.reason(row),
        "StateTransitionReason": "",
        "InstanceType": kind(row),
        "KeyName": row.get("key_name"),
        "AmiLaunchIndex": row.get("launch_index", 0),
        "LaunchTime": row.get("launched_at") or row["created_at"],
        "Placement": _placement(row, group),
        "Monitoring": option_view.monitoring(options.of_row(row)),
        "MetadataOptions": option_view.metadata(row),
        "PublicDnsName": "",
        "ProductCodes": [],
        "Tags": tag_view.tags(tags),
        **_machine(),
        "RootDeviceType": "instance-store" if row.get("image_id") else "ebs",
        "BlockDeviceMappings": [_disk(each) for each in row.get("volumes") or []],
        **({} if state == instance_state.TERMINATED else _network(row)),
    }


def _placement(row: Row, group: str) -> View:
    view = {"AvailabilityZone": zone(row), "GroupName": group, "Tenancy": "default"}
    return {**view, "GroupId": ids.show("placement_group", row["group_id"])} if group else view


def kind(row: Row) -> str:
    """Its type: the one that it is just being given, if it is."""
    becomes = (row.get("task") or {}).get("becomes")
    return str(becomes or (row.get("flavor") or {}).get("name", ""))


def zone(row: Row) -> str:
    """The zone it is in, or is to be in."""
    return row.get("zone") or row.get("wanted_zone") or ""


def _machine() -> View:
    return {
        "Architecture": "x86_64", "Hypervisor": "xen", "VirtualizationType": "hvm", "EbsOptimized": False,
        "RootDeviceName": ROOT_DEVICE,
    }  # fmt: skip


def _image(row: Row) -> str | None:
    """What its disk was made of, or its root volume, where that is known."""
    id = row.get("image_id") or (row.get("hints") or {}).get(IMAGE)
    return ids.show("image", id) if id else None


def _disk(attachment: Row) -> View:
    """A volume that it has, as an InstanceBlockDeviceMapping."""
    about = volume_view.attachment(attachment)
    ebs = {
        "Status": about["State"],
        **{name: about[name] for name in ("VolumeId", "AttachTime", "DeleteOnTermination")},
    }
    return {"DeviceName": about["Device"], "Ebs": ebs}


def _network(row: Row) -> View:
    ports = row.get("ports") or []
    view: View = {
        "PrivateDnsName": row.get("hostname") or "",
        "SecurityGroups": _groups(ports),
        "NetworkInterfaces": [_interface(row, port, index) for index, port in enumerate(ports)],
        "SourceDestCheck": True,
    }
    if ports:
        view["VpcId"] = ids.show("network", ports[0]["network_id"])
        first = next((address for port in ports for address in port["addresses"]), None)
        if first:
            view |= {"PrivateIpAddress": first["address"], "SubnetId": ids.show("subnet", first["subnet_id"])}
    return view


def _groups(ports: list[Row]) -> list[View]:
    """The groups of all ports, once each."""
    groups = {group["id"]: group["name"] for port in ports for group in port.get("groups", ())}
    return [{"GroupId": ids.show("security_group", id), "GroupName": name} for id, name in groups.items()]


def _interface(row: Row, port: Row, index: int) -> View:
    addresses = port["addresses"]
    view: View = {
        "NetworkInterfaceId": ids.show("port", port["id"]),
        "MacAddress": port["mac"],
        "OwnerId": ids.account(row["project_id"]),
        "VpcId": ids.show("network", port["network_id"]),
        "Status": "in-use",
        "SourceDestCheck": True,
        "Groups": _groups([port]),
        "Attachment": {"DeviceIndex": index, "Status": "attached", "DeleteOnTermination": True},
        "PrivateIpAddresses": [
            {"PrivateIpAddress": address["address"], "Primary": place == 0} for place, address in enumerate(addresses)
        ],
    }
    if addresses:
        view["PrivateIpAddress"] = addresses[0]["address"]
        view["SubnetId"] = ids.show("subnet", addresses[0]["subnet_id"])
    return view


def reservation(rows: list[Row], views: list[View]) -> View:
    """The Reservation that these instances, at least one, were started by; they are in the order of their launch."""
    return {
        "ReservationId": ids.show("reservation", rows[0]["reservation_id"]),
        "OwnerId": ids.account(rows[0]["project_id"]),
        "Groups": [],
        "Instances": sorted(views, key=lambda view: view["AmiLaunchIndex"]),
    }


def reservations(shown: list[tuple[Row, View]]) -> list[View]:
    """Instances by their reservations, in the order of their first instance."""
    grouped: dict[str, list[tuple[Row, View]]] = {}
    for row, view in shown:
        grouped.setdefault(row["reservation_id"], []).append((row, view))
    return [reservation([row for row, _ in pairs], [view for _, view in pairs]) for pairs in grouped.values()]


def change(row: Row, now: str) -> View:
    """An InstanceStateChange from what the row is to the state `now`."""
    return {
        "InstanceId": ids.show("instance", row["id"]),
        "PreviousState": instance_state.state(instance_state.name(row)),
        "CurrentState": instance_state.state(now),
    }
