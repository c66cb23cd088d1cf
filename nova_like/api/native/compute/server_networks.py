"""Addresses and network cards of a server. One address more or less is an action of before 2.44."""

from typing import Any

from nova_like.api.common.request import Request
from nova_like.api.common.routing import Action
from nova_like.api.native.compute.schemas import networks as schemas
from nova_like.api.native.compute.views import servers as views
from nova_like.model.errors import Conflict, Invalid, NotFound

Json = dict[str, Any]


def addresses(req: Request, server_id: str) -> Json:
    return {"addresses": views.addresses(req.services.instances.get(req.ctx, server_id), brief=True)}


def network_addresses(req: Request, server_id: str, network_name: str) -> Json:
    found = views.addresses(req.services.instances.get(req.ctx, server_id), brief=True)
    if network_name not in found:
        raise NotFound("network", network_name, "Network not found")
    return {network_name: found[network_name]}


def interfaces(req: Request, server_id: str) -> Json:
    instance = req.services.instances.get(req.ctx, server_id)
    return {"interfaceAttachments": [_interface(instance, port) for port in instance["ports"]]}


def interface(req: Request, server_id: str, port_id: str) -> Json:
    instance = req.services.instances.get(req.ctx, server_id)
    for port in instance["ports"]:
        if port["id"] == port_id:
            return {"interfaceAttachment": _interface(instance, port)}
    raise NotFound("port", port_id)


def add_address(req: Request, server_id: str) -> None:
    try:
        req.services.fixed_addresses.add(req.ctx, server_id, req.body_json["addFixedIp"]["networkId"])
    except Conflict as fault:
        if fault.facts.get("code") == "no_more_addresses":
            raise Invalid(fault.reason, fault.noun) from None
        raise


def remove_address(req: Request, server_id: str) -> None:
    req.services.fixed_addresses.remove(req.ctx, server_id, req.body_json["removeFixedIp"]["address"])


ACTIONS = {
    "addFixedIp": Action(add_address, schemas.ADD_ADDRESS, until="2.43"),
    "removeFixedIp": Action(remove_address, schemas.REMOVE_ADDRESS, until="2.43"),
}


def _interface(instance: Json, port: Json) -> Json:
    fixed = [{"subnet_id": entry["subnet_id"], "ip_address": entry["address"]} for entry in port["addresses"]]
    state = port.get("status") or ("ACTIVE" if instance["state"] == "active" else "DOWN")
    return {"port_id": port["id"], "net_id": port["network_id"], "mac_addr": port["mac"], "port_state": state,
            "fixed_ips": fixed}  # fmt: skip
