"""Networks, subnets, ports, groups and rules as the API shows them."""

import datetime
import ipaddress
from typing import Any

Row = dict[str, Any]
View = dict[str, Any]


def _common(row: Row) -> View:
    return {
        "id": row["id"], "project_id": row["project_id"], "tenant_id": row["project_id"],
        "description": row["description"], "created_at": _time(row["created_at"]),
        "updated_at": _time(row["updated_at"]),
    }  # fmt: skip


def _time(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def network(row: Row, operator: bool) -> View:
    provider: View = {
        "provider:network_type": row["kind"], "provider:physical_network": None,
        "provider:segmentation_id": row["segment"],
    }  # fmt: skip
    return {
        **_common(row), "name": row["name"], "status": "ACTIVE", "admin_state_up": row["admin_up"],
        "shared": row["shared"], "router:external": row["external"], "mtu": row["mtu"], "port_security_enabled": True,
        "subnets": [subnet["id"] for subnet in row["subnets"]], "availability_zones": [],
        "availability_zone_hints": [], **(provider if operator else {}),
    }  # fmt: skip


def subnet(row: Row) -> View:
    first, last = (str(ipaddress.ip_address(row[end])) for end in ("first", "last"))
    return {
        **_common(row), "name": row["name"], "network_id": row["network_id"], "ip_version": row["ip_version"],
        "cidr": row["cidr"], "gateway_ip": row["gateway"], "enable_dhcp": row["dhcp"],
        "dns_nameservers": row["dns"] or [], "host_routes": [], "allocation_pools": [{"start": first, "end": last}],
        "ipv6_ra_mode": None, "ipv6_address_mode": None, "subnetpool_id": None,
    }  # fmt: skip


def port(row: Row, operator: bool) -> View:
    binding: View = {
        "binding:host_id": row["host"] or "", "binding:vif_type": "tap" if row["host"] else "unbound",
        "binding:vif_details": {}, "binding:profile": {},
    }  # fmt: skip
    return {
        **_common(row), "name": row["name"], "network_id": row["network_id"], "mac_address": row["mac"],
        "admin_state_up": row["admin_up"], "status": row["status"], "device_id": row["instance_id"] or "",
        "device_owner": row["device_owner"], "port_security_enabled": row["port_security"],
        "fixed_ips": [{"subnet_id": ip["subnet_id"], "ip_address": ip["address"]} for ip in row["addresses"]],
        "security_groups": [group["id"] for group in row["groups"]], "binding:vnic_type": "normal",
        **(binding if operator else {}),
    }  # fmt: skip


def group(row: Row) -> View:
    return {**_common(row), "name": row["name"], "security_group_rules": [rule(item) for item in row["rules"]]}


def rule(row: Row) -> View:
    return {
        **_common(row), "security_group_id": row["group_id"], "direction": row["direction"],
        "ethertype": row["ethertype"], "protocol": row["protocol"], "port_range_min": row["port_min"],
        "port_range_max": row["port_max"], "remote_ip_prefix": row["remote_cidr"],
        "remote_group_id": row["remote_group_id"], "normalized_cidr": _normal(row["remote_cidr"]),
    }  # fmt: skip


def _normal(cidr: str | None) -> str | None:
    """The range with the bits below its mask dropped."""
    return None if cidr is None else str(ipaddress.ip_network(cidr, strict=False))
