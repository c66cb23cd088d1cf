"""Reads the body of POST /servers as the command to boot. Looks nothing up."""

import ipaddress
from typing import Any

from nova_like.api.native.compute import block_devices
from nova_like.api.native.compute.schemas.booleans import truth
from nova_like.model.commands import BootDisk, BootInstances, NetworkRequest
from nova_like.model.errors import Invalid
from nova_like.model.ids import normal_uuid

Json = dict[str, Any]
NO_HINTS: Json = {}
SHOWN_AGAIN = ("accessIPv4", "accessIPv6", "OS-DCF:diskConfig")


def boot(server: Json, scheduler_hints: Json = NO_HINTS) -> BootInstances:
    """Raises Invalid where the body contradicts itself or asks for what is not there yet."""
    least, most = _counts(server)
    image_id, disks = _disks(server)
    zone, wishes = _place(server, scheduler_hints)
    return BootInstances(
        name=server["name"], flavor_id=_last(server["flavorRef"]), image_id=image_id, disks=disks,
        min_count=least, max_count=most, networks=_networks(server.get("networks")),
        security_groups=[group["name"] for group in server.get("security_groups") or () if group.get("name")],
        key_name=server.get("key_name"), user_data=server.get("user_data") or None,
        metadata=server.get("metadata") or {}, config_drive=truth(server.get("config_drive")),
        zone=zone, wishes=wishes, group_id=normal_uuid(scheduler_hints.get("group")),
        hostname=server.get("hostname"), description=server.get("description"),
        tags=dict.fromkeys(server.get("tags") or (), ""), hints=hints(server),
    )  # fmt: skip


def _place(server: Json, scheduler_hints: Json) -> tuple[str | None, Json]:
    """(zone, wishes). A zone may be followed by a host, `zone:host`."""
    zone, _, host = (server.get("availability_zone") or "").partition(":")
    host = server.get("host") or server.get("hypervisor_hostname") or host.partition(":")[0]
    if host and ":" in (server.get("availability_zone") or "") and (server.keys() & {"host", "hypervisor_hostname"}):
        raise Invalid("A host is named in availability_zone and in host or hypervisor_hostname.", field="host")
    wishes: Json = {"host": host} if host else {}
    for name in ("same_host", "different_host"):
        asked = scheduler_hints.get(name) or []
        if ids := [id for one in ([asked] if isinstance(asked, str) else asked) if (id := normal_uuid(one))]:
            wishes[name] = ids
    return zone or None, wishes


def hints(server: Json) -> dict[str, str]:
    """What is only shown again, of a body that creates or changes a server."""
    found = {name: server[name] for name in SHOWN_AGAIN if name in server}
    return {name: _normal(value) if name.startswith("accessIP") else value for name, value in found.items()}


def _normal(address: str) -> str:
    return str(ipaddress.ip_address(address)) if address else ""


def wants_reservation(server: Json) -> bool:
    return truth(server.get("return_reservation_id"))


def _counts(server: Json) -> tuple[int, int]:
    least = int(server.get("min_count") or 1)
    most = int(server.get("max_count") or least)
    if least < 1 or most < 1:
        raise Invalid("min_count and max_count must be at least 1", field="min_count")
    if least > most:
        raise Invalid("min_count must be <= max_count", field="min_count")
    return least, most


def _last(reference: Any) -> str:
    """The id in a reference: itself, or the end of a link."""
    return str(reference).rstrip("/").rsplit("/", 1)[-1]


def _disks(server: Json) -> tuple[str, tuple[BootDisk, ...]]:
    """(the image of its own disk, empty when it starts from a volume; the volumes that it is to have)."""
    reference, devices = server.get("imageRef") or "", server.get("block_device_mapping_v2")
    id = normal_uuid(_last(reference)) or ""
    if not id and (reference or not devices):
        raise Invalid("Invalid imageRef provided.", field="imageRef")
    return block_devices.read(devices, id) if devices else (id, ())


def _networks(networks: Any) -> list[NetworkRequest] | str:
    if isinstance(networks, str):
        return networks
    return [_network(network) for network in networks or ()] or "auto"


def _network(network: Json) -> NetworkRequest:
    if network.get("port"):
        return NetworkRequest(port_id=normal_uuid(network["port"]), fixed_ip=network.get("fixed_ip"))
    if not network.get("uuid"):
        raise Invalid("Each network needs a uuid or a port.", field="networks")
    return NetworkRequest(network_id=normal_uuid(network["uuid"]), fixed_ip=network.get("fixed_ip"))
