"""The OpenStack tree (Compute's "Metadata service" guide): documents by version, and the files of a config drive."""

import base64
import ipaddress
import json
from typing import Any

from nova_like.metadata import ec2
from nova_like.metadata.guest import Guest, contents, subnet_of
from nova_like.model.orders import Address, GuestMetadata, Port, Subnet, tap_name

# version -> what it brought; each keeps what the earlier ones had
_NEW = {
    "2012-08-10": ("meta_data.json", "user_data"),
    "2013-04-04": (),
    "2013-10-17": ("vendor_data.json",),
    "2015-10-15": ("network_data.json",),
    "2016-06-30": (),
    "2016-10-06": ("vendor_data2.json",),
    "2017-02-22": (),
    "2018-08-27": (),
    "2020-10-14": (),
}
VERSIONS = (*_NEW, "latest")
CONTENT = "content"  # beside the versions: the files that are put into the guest


def documents(guest: Guest, version: str = "latest", random_seed: bytes = b"") -> dict[str, bytes]:
    """File name -> content of one version; empty for an unknown version."""
    if version not in VERSIONS:
        return {}
    every = {
        "meta_data.json": _json(_meta_data(guest, random_seed)),
        "network_data.json": _json(network_data(guest.ports)),
        "vendor_data.json": b"{}",
        "vendor_data2.json": b"{}",
    }
    user_data = guest.user_data()
    if user_data is not None:
        every["user_data"] = user_data
    names = [name for brought, new in _NEW.items() if version == "latest" or brought <= version for name in new]
    return {name: every[name] for name in names if name in every}


def files(metadata: GuestMetadata, ports: tuple[Port, ...], random_seed: bytes = b"") -> dict[str, bytes]:
    """All files of a config drive by path: `openstack/<version>/...` and `ec2/<version>/...`."""
    guest = Guest(metadata, tuple(ports))
    found = {
        f"openstack/{version}/{name}": content
        for version in VERSIONS
        for name, content in documents(guest, version, random_seed).items()
    }
    found |= {f"openstack/{CONTENT}/{name}": content for name, content in contents(metadata).items()}
    user_data = guest.user_data()
    for version in ("2009-04-04", "latest"):
        found[f"ec2/{version}/meta-data.json"] = _json(ec2.nested(guest))
        if user_data is not None:
            found[f"ec2/{version}/user-data"] = user_data
    return found


def network_data(ports: tuple[Port, ...]) -> dict[str, Any]:
    """Links, networks and services as cloud-init's `network_data.json` reader expects them."""
    networks = [
        _network(number, port, address)
        for number, (port, address) in enumerate((port, address) for port in ports for address in port.addresses)
    ]
    servers = dict.fromkeys(dns for port in ports for subnet in port.network.subnets for dns in subnet.dns)
    return {
        "links": [_link(port) for port in ports],
        "networks": networks,
        "services": [{"type": "dns", "address": address} for address in servers],
    }


def _meta_data(guest: Guest, random_seed: bytes) -> dict[str, Any]:
    facts = guest.metadata
    document: dict[str, Any] = {
        "uuid": facts.instance_id,
        "name": facts.name,
        "hostname": facts.hostname,
        "availability_zone": facts.zone,
        "launch_index": facts.launch_index,
        "project_id": facts.project_id,
        "meta": facts.meta,
        "devices": [],
        "dedicated_cpus": [],
    }
    if facts.keys:
        document["public_keys"] = facts.keys
    if facts.keys or facts.certificates:
        document["keys"] = [
            {"name": name, "type": kind, "data": key}
            for kind, keys in (("ssh", facts.keys), ("x509", facts.certificates))
            for name, key in keys.items()
        ]
    if facts.files:
        document["files"] = [
            {"path": path, "content_path": f"/{CONTENT}/{name}"}
            for path, name in zip(facts.files, contents(facts), strict=True)
        ]
    if random_seed:
        document["random_seed"] = base64.b64encode(random_seed).decode()
    return document


def _link(port: Port) -> dict[str, Any]:
    return {
        "id": tap_name(port.id),
        "vif_id": port.id,
        "type": "bridge",
        "mtu": port.network.mtu,
        "ethernet_mac_address": port.mac,
    }


def _network(number: int, port: Port, address: Address) -> dict[str, Any]:
    subnet = subnet_of(port.network, address.subnet_id)
    family = "ipv6" if ":" in address.address else "ipv4"
    facts: dict[str, Any] = {"id": f"network{number}", "link": tap_name(port.id), "network_id": port.network.id}
    if subnet is None or subnet.dhcp:
        return facts | {"type": f"{family}_dhcp"}
    return facts | {"type": family, **_static(subnet, address)}


def _static(subnet: Subnet, address: Address) -> dict[str, Any]:
    network = ipaddress.ip_network(subnet.cidr, strict=False)
    any_network = "::" if network.version == 6 else "0.0.0.0"
    routes = []
    if subnet.gateway:
        routes.append({"network": any_network, "netmask": any_network, "gateway": subnet.gateway})
    return {"ip_address": address.address, "netmask": str(network.netmask), "routes": routes}


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document).encode()
