"""Bodies of the network API."""

from typing import Any

from nova_like.api.common.schema import obj, wrapped

TEXT = {"type": "string", "maxLength": 255}
FLAG = {"type": "boolean"}
OWNER = {"type": "string", "maxLength": 255}
ID = {"type": "string", "maxLength": 36}
IP = {"type": "string", "format": "ipv4", "maxLength": 15}
_MINE = {"project_id": OWNER, "tenant_id": OWNER}

_NETWORK: dict[str, Any] = {
    "name": TEXT, "description": TEXT, "admin_state_up": FLAG, "shared": FLAG, "router:external": FLAG,
}  # fmt: skip
NETWORK_CREATE = wrapped("network", obj({
    **_NETWORK, **_MINE, "mtu": {"type": "integer", "minimum": 68, "maximum": 65535}, "port_security_enabled": FLAG,
}))  # fmt: skip
NETWORK_UPDATE = wrapped("network", obj(_NETWORK))

_POOL = obj({"start": IP, "end": IP}, ("start", "end"))
SUBNET_CREATE = wrapped("subnet", obj({
    **_MINE, "name": TEXT, "description": TEXT, "network_id": ID, "cidr": {"type": "string", "maxLength": 64},
    "ip_version": {"enum": [4]}, "gateway_ip": {"anyOf": [IP, {"type": "null"}]}, "enable_dhcp": FLAG,
    "dns_nameservers": {"type": "array", "items": IP, "maxItems": 5, "uniqueItems": True},
    "allocation_pools": {"type": "array", "items": _POOL, "maxItems": 1},
    "host_routes": {"type": "array", "maxItems": 0},
}, ("network_id", "cidr", "ip_version")))  # fmt: skip

_GROUP: dict[str, Any] = {"name": TEXT, "description": TEXT}
GROUP_CREATE = wrapped("security_group", obj({**_GROUP, **_MINE, "stateful": {"const": True}}, ("name",)))
GROUP_UPDATE = wrapped("security_group", obj(_GROUP))
PORT_UPDATE = wrapped("port", obj({**_GROUP, "security_groups": {"type": "array", "items": ID, "maxItems": 50}}))

_NUMBER = {"type": ["integer", "string", "null"], "maxLength": 12}
_MAYBE = {"type": ["string", "null"], "maxLength": 64}
RULE_CREATE = wrapped("security_group_rule", obj({
    **_MINE, "security_group_id": ID, "direction": {"type": "string", "maxLength": 16}, "ethertype": _MAYBE,
    "protocol": {"type": ["string", "integer", "null"], "maxLength": 64}, "port_range_min": _NUMBER,
    "port_range_max": _NUMBER, "remote_ip_prefix": _MAYBE, "remote_group_id": _MAYBE, "description": TEXT,
    "remote_address_group_id": {"type": "null"},
}, ("security_group_id", "direction")))  # fmt: skip

_LIMIT = {"type": "integer", "minimum": -1, "maximum": 2**31 - 1}
QUOTA = wrapped("quota", obj({
    "security_group": _LIMIT, "security_group_rule": _LIMIT, "check_limit": FLAG, "force": FLAG,
    **dict.fromkeys(("network", "subnet", "port"), {"const": -1}),
}, minProperties=1))  # fmt: skip
