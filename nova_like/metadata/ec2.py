"""The EC2 tree (Amazon EC2 User Guide, "Instance metadata categories"): the part below a version."""

import json
import re
from typing import Any

from nova_like.metadata.guest import Guest, fixed_addresses, subnet_of
from nova_like.model.ids import is_uuid, to_ec2
from nova_like.model.orders import GuestMetadata, Port

VERSIONS = (
    "1.0", "2007-01-19", "2007-03-01", "2007-08-29", "2007-10-10", "2007-12-15", "2008-02-01", "2008-09-01",
    "2009-04-04", "2011-01-01", "2011-05-01", "2012-01-12", "2014-02-25", "2014-11-05", "2015-10-20", "2016-04-19",
    "2016-06-30", "2016-09-02", "2018-03-28", "2018-08-17", "2018-09-24", "2019-10-01", "2020-10-27", "2021-01-03",
    "2021-03-23", "latest",
)  # fmt: skip
_ZONE = re.compile(r"(.*\d)[a-z]\Z")


def tree(guest: Guest) -> dict[str, bytes]:
    """Leaves by path, such as `meta-data/instance-id`; directories are what the paths imply."""
    leaves = {f"meta-data/{path}": text.encode() for path, text in _meta_data(guest).items()}
    leaves["dynamic/instance-identity/document"] = json.dumps(_identity(guest), indent=2).encode()
    user_data = guest.user_data()
    if user_data is not None:
        leaves["user-data"] = user_data
    return leaves


def nested(guest: Guest) -> dict[str, Any]:
    """`meta-data` as one object, as a config drive's `ec2/latest/meta-data.json` holds it."""
    root: dict[str, Any] = {}
    for path, text in _meta_data(guest).items():
        *parents, leaf = path.split("/")
        node = root
        for parent in parents:
            node = node.setdefault(parent, {})
        node[leaf] = text
    return root


def listing(leaves: dict[str, bytes], guest: Guest, directory: str) -> bytes | None:
    """The names below `directory`, one a line, directories with a slash; None when there is no such directory."""
    if directory == "meta-data/public-keys" and guest.metadata.keys:
        return "\n".join(f"{n}={name}" for n, name in enumerate(guest.metadata.keys)).encode()
    prefix = directory + "/" if directory else ""
    names = set()
    for path in leaves:
        if path.startswith(prefix):
            head, slash, _ = path[len(prefix) :].partition("/")
            names.add(head + slash)
    return "\n".join(sorted(names)).encode() if names else None


def _meta_data(guest: Guest) -> dict[str, str]:
    facts = guest.metadata
    first = guest.ports[0] if guest.ports else None
    return {
        **_instance(facts),
        **(_first_port(first) if first else {}),
        **_placement(facts),
        **{f"public-keys/{n}/openssh-key": key for n, key in enumerate(facts.keys.values())},
        **{f"tags/instance/{key}": value for key, value in facts.tags.items() if "/" not in key},
        **_interfaces(guest),
    }


def _instance(facts: GuestMetadata) -> dict[str, str]:
    return {
        "ami-id": _id("ami", facts.image_id),
        "ami-launch-index": str(facts.launch_index),
        "ami-manifest-path": "(unknown)",
        "block-device-mapping/ami": "vda",
        "block-device-mapping/root": "/dev/vda",
        "hostname": facts.hostname,
        "instance-action": "none",
        "instance-id": _id("i", facts.instance_id),
        "instance-life-cycle": "on-demand",
        "instance-type": facts.flavor_name,
        "local-hostname": facts.hostname,
        "public-hostname": "",
        "public-ipv4": "",
        "reservation-id": _id("r", facts.reservation_id),
        "services/domain": "amazonaws.com",
        "services/partition": "aws",
    }


def _first_port(port: Port) -> dict[str, str]:
    addresses = fixed_addresses(port)
    return {
        "local-ipv4": addresses[0] if addresses else "",
        "mac": port.mac,
        "security-groups": "\n".join(port.security_groups),
    }


def _placement(facts: GuestMetadata) -> dict[str, str]:
    return {"placement/availability-zone": facts.zone, "placement/region": _region(facts.zone)}


def _interfaces(guest: Guest) -> dict[str, str]:
    leaves = {}
    for number, port in enumerate(guest.ports):
        for name, text in _interface(guest, number, port).items():
            leaves[f"network/interfaces/macs/{port.mac}/{name}"] = text
    return leaves


def _interface(guest: Guest, number: int, port: Port) -> dict[str, str]:
    addresses = fixed_addresses(port)
    facts = {
        "device-number": str(number),
        "interface-id": _id("eni", port.id),
        "local-hostname": guest.metadata.hostname,
        "local-ipv4s": "\n".join(addresses),
        "mac": port.mac,
        "owner-id": guest.metadata.project_id,
        "security-groups": "\n".join(port.security_groups),
    }
    subnet = subnet_of(port.network, port.addresses[0].subnet_id) if port.addresses else None
    if subnet is not None:
        facts["subnet-id"] = _id("subnet", subnet.id)
        facts["subnet-ipv4-cidr-block"] = subnet.cidr
    return facts


def _identity(guest: Guest) -> dict[str, Any]:
    facts = guest.metadata
    addresses = fixed_addresses(guest.ports[0]) if guest.ports else []
    return {
        "accountId": facts.project_id,
        "architecture": "x86_64",
        "availabilityZone": facts.zone,
        "billingProducts": None,
        "devpayProductCodes": None,
        "imageId": _id("ami", facts.image_id),
        "instanceId": _id("i", facts.instance_id),
        "instanceType": facts.flavor_name,
        "kernelId": None,
        "marketplaceProductCodes": None,
        "pendingTime": facts.created_at,
        "privateIp": addresses[0] if addresses else None,
        "ramdiskId": None,
        "region": _region(facts.zone),
        "version": "2017-09-30",
    }


def _id(prefix: str, id: str) -> str:
    return to_ec2(prefix, id) if is_uuid(id) else id


def _region(zone: str) -> str:
    match = _ZONE.match(zone)
    return match.group(1) if match else zone
