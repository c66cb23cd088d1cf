"""Security groups: rules as nftables matches, and each group that a rule names as a set of its members' addresses.

Knows the members that this host has, which on flat networks (one bridge a host) are all that can reach each other;
members on other hosts come with VXLAN, and will have to be told by the controller.
A rule that cannot be read is left out and said: it opens nothing. So does a group without members.
"""

import ipaddress
import logging
from collections.abc import Iterable

from nova_like.model.ids import is_uuid
from nova_like.model.orders import Rule
from nova_like.network.drivers.linux.wanted import WantedPort

LOG = logging.getLogger(__name__)
_ALL = (None, "", "any", "all", "-1", "0")
_WITH_PORTS = {6, 17, 33, 132, 136}
_ICMP = 1
_NUMBERS = {
    "icmp": 1, "igmp": 2, "ipip": 4, "ipencap": 4, "tcp": 6, "egp": 8, "udp": 17, "dccp": 33, "rsvp": 46, "gre": 47,
    "esp": 50, "ah": 51, "ospf": 89, "pgm": 113, "vrrp": 112, "sctp": 132, "udplite": 136,
}  # fmt: skip


def members(ports: Iterable[WantedPort]) -> dict[str, list[str]]:
    """By set name, for each group that a rule of these ports names: `bridge . address` of the ports in it. The bridge
    is part of it, because another network may have the same addresses. An unguarded port is nobody's member: it may
    lie about its address."""
    guarded = [port for port in ports if port.secure]
    named = {rule.remote_group for port in guarded for rule in port.rules if is_uuid(rule.remote_group)}
    found: dict[str, list[str]] = {_set_name(group): [] for group in sorted(filter(None, named))}
    for port in guarded:
        for group in named.intersection(port.groups):
            found[_set_name(str(group))] += [f'"{port.bridge}" . {address}' for address in port.addresses]
    return {name: sorted(set(keys)) for name, keys in found.items()}


def matches(rules: Iterable[Rule], direction: str) -> list[str]:
    """One match (without verdict) for each IPv4 rule of `direction`, doubles once, in order; "" matches all."""
    found: dict[str, None] = {}
    for rule in rules:
        if rule.direction != direction or rule.ethertype != "IPv4":
            continue
        try:
            found[_match(rule)] = None
        except ValueError as error:
            LOG.warning("left out a security group rule: %s", error)
    return list(found)


def _match(rule: Rule) -> str:
    parts = [_remote(rule), _protocol(rule)]
    return " ".join(part for part in parts if part)


def _remote(rule: Rule) -> str:
    if rule.remote_group is not None:
        return _group(rule.remote_group, rule.direction)
    if not rule.remote_cidrs:
        return ""
    read = [ipaddress.ip_network(text, strict=False) for text in rule.remote_cidrs]
    nets = [net for net in read if isinstance(net, ipaddress.IPv4Network)]
    if not nets:
        raise ValueError("no IPv4 remote")
    if any(net.prefixlen == 0 for net in nets):
        return ""
    side = "saddr" if rule.direction == "ingress" else "daddr"
    return f"ip {side} {{ {', '.join(str(net) for net in ipaddress.collapse_addresses(nets))} }}"


def _group(group: str, direction: str) -> str:
    if not is_uuid(group):
        raise ValueError("no group")
    key = "iifname . ip saddr" if direction == "ingress" else "oifname . ip daddr"
    return f"{key} @{_set_name(group)}"


def _set_name(group: str) -> str:
    return "group_" + group.replace("-", "_")


def _protocol(rule: Rule) -> str:
    if rule.protocol in _ALL:
        return ""
    number = _NUMBERS.get(str(rule.protocol).lower())
    if number is None:
        number = _within(int(str(rule.protocol)), 0, 255, "protocol")
    if number == _ICMP:
        return _icmp(_given(rule.port_min), _given(rule.port_max))
    if number in _WITH_PORTS:
        return f"meta l4proto {number}" + _ports(_given(rule.port_min), _given(rule.port_max))
    return f"meta l4proto {number}"


def _ports(low: int | None, high: int | None) -> str:
    if low is None and high is None:
        return ""
    low = _within(high if low is None else low, 0, 65535, "port")
    high = _within(low if high is None else high, 0, 65535, "port")
    if low > high:
        raise ValueError(f"ports {low} to {high}")
    return f" th dport {low}" if low == high else f" th dport {low}-{high}"


def _icmp(type: int | None, code: int | None) -> str:
    if type is None:
        return "meta l4proto 1"
    text = f"icmp type {_within(type, 0, 255, 'icmp type')}"
    return text if code is None else f"{text} icmp code {_within(code, 0, 255, 'icmp code')}"


def _given(number: int | None) -> int | None:
    return None if number == -1 else number


def _within(number: int | None, low: int, high: int, what: str) -> int:
    if number is None or not low <= number <= high:
        raise ValueError(f"{what} {number}")
    return number
