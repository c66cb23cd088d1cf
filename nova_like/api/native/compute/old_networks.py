"""Networks through compute, as clients did before 2.36: what of the Network API's records old clients read."""

from typing import Any

from nova_like.api.common.request import Request

Json = dict[str, Any]
# what networks had when compute itself made them
_NONE = ("bridge", "vpn_public_port", "dhcp_start", "bridge_interface", "share_address", "updated_at", "cidr_v6",
         "deleted_at", "gateway", "rxtx_base", "priority", "vpn_private_address", "deleted", "host", "created_at",
         "netmask", "vlan", "mtu", "vpn_public_address", "multi_host", "enable_dhcp", "dhcp_server", "dns1", "dns2",
         "gateway_v6", "netmask_v6", "broadcast", "injected", "project_id", "cidr")  # fmt: skip


def _network(row: Json) -> Json:
    return {**dict.fromkeys(_NONE), "id": row["id"], "label": row["name"]}


def _brief(row: Json) -> Json:
    """Its address range is the subnets', of which there may be several."""
    return {"id": row["id"], "label": row["name"], "cidr": None}


def networks(req: Request) -> Json:
    return {"networks": [_network(row) for row in req.services.networks.list(req.ctx)]}


def network(req: Request, network_id: str) -> Json:
    return {"network": _network(req.services.networks.get(req.ctx, network_id))}


def tenant_networks(req: Request) -> Json:
    return {"networks": [_brief(row) for row in req.services.networks.list(req.ctx)]}


def tenant_network(req: Request, network_id: str) -> Json:
    return {"network": _brief(req.services.networks.get(req.ctx, network_id))}
