"""What a security group rule may say. Pure: turns a wish into canonical columns, or says what is wrong with it."""

import ipaddress
from typing import Any

from nova_like.model.errors import Invalid

Row = dict[str, Any]
NOUN = "security group rule"
PROTOCOLS = {
    "icmp": 1, "igmp": 2, "ipip": 4, "tcp": 6, "egp": 8, "udp": 17, "dccp": 33, "ipv6-encap": 41, "ipv6-route": 43,
    "ipv6-frag": 44, "rsvp": 46, "gre": 47, "esp": 50, "ah": 51, "ipv6-icmp": 58, "ipv6-nonxt": 59, "ipv6-opts": 60,
    "ospf": 89, "vrrp": 112, "pgm": 113, "sctp": 132, "udplite": 136,
}  # fmt: skip
_ALIASES = {"icmpv6": "ipv6-icmp", "icmp6": "ipv6-icmp", "any": None, "": None, "0": None, "-1": None}
_NAMES = {str(number): name for name, number in PROTOCOLS.items()}
WITH_PORTS = {"tcp", "udp", "dccp", "sctp", "udplite"}
_ICMP = {"icmp", "ipv6-icmp"}
_ONE_FAMILY = {"ipv6-icmp": "IPv6", "ipv6-encap": "IPv6", "ipv6-route": "IPv6", "ipv6-frag": "IPv6",
               "ipv6-nonxt": "IPv6", "ipv6-opts": "IPv6"}  # fmt: skip


def normal(
    direction: str, ethertype: str = "IPv4", protocol: str | int | None = None, port_min: int | None = None,
    port_max: int | None = None, remote_cidr: str | None = None, remote_group_id: str | None = None,
    description: str = "",
) -> Row:  # fmt: skip
    """The columns of a rule that means exactly what is asked. Raises Invalid."""
    if direction not in ("ingress", "egress"):
        raise _wrong(f"Invalid direction '{direction[:64]}'.", "direction")
    if ethertype not in ("IPv4", "IPv6"):
        raise _wrong(f"Security group rule for ethertype '{ethertype[:64]}' not supported. Allowed values are "
                     "['IPv4', 'IPv6'].", "ethertype")  # fmt: skip
    if remote_cidr is not None and remote_group_id is not None:
        raise _wrong("Only remote_ip_prefix or remote_group_id may be provided.", "remote_group_id")
    name = _protocol(protocol, ethertype)
    _check_ports(name, port_min, port_max)
    return {
        "direction": direction, "ethertype": ethertype, "protocol": name, "port_min": port_min, "port_max": port_max,
        "remote_cidr": _cidr(remote_cidr, ethertype), "remote_group_id": remote_group_id, "description": description,
    }  # fmt: skip


def same(one: Row, other: Row) -> bool:
    """Whether two rules of a group allow the same; everywhere by name or by default is one thing."""
    return _meaning(one) == _meaning(other)


def _meaning(row: Row) -> tuple[Any, ...]:
    cidr = row["remote_cidr"]
    block = None if cidr is None else str(ipaddress.ip_network(cidr, strict=False))
    keys = ("direction", "ethertype", "protocol", "port_min", "port_max", "remote_group_id")
    return (*(row[key] for key in keys), None if block in ("0.0.0.0/0", "::/0") else block)


def _protocol(protocol: str | int | None, ethertype: str) -> str | None:
    """The canonical name, or the number of one without a name; None is all."""
    if protocol is None:
        return None
    text = str(protocol).lower()
    if text in _ALIASES:
        return _ALIASES[text] and _family(_ALIASES[text], ethertype)
    if text in PROTOCOLS:
        return _family(text, ethertype)
    if text.isascii() and text.isdigit() and len(text) < 4 and int(text) <= 255:
        plain = str(int(text))
        return _family(_NAMES.get(plain, plain), ethertype) if plain != "0" else None
    raise _wrong(f"Security group rule protocol {text[:64]} not supported. Only protocol values "
                 f"{sorted(PROTOCOLS)} and integer representations [0 to 255] are supported.", "protocol")  # fmt: skip


def _family(name: str | None, ethertype: str) -> str | None:
    if name == "icmp" and ethertype == "IPv6":
        return "ipv6-icmp"
    if _ONE_FAMILY.get(str(name), ethertype) != ethertype:
        raise _wrong(f"Invalid ethertype {ethertype} for protocol {name}.", "ethertype")
    return name


def _check_ports(protocol: str | None, low: int | None, high: int | None) -> None:
    if low is None and high is None:
        return
    if protocol in _ICMP:
        _check_icmp(low, high)
        return
    if protocol not in WITH_PORTS:
        raise _wrong(f"Ports cannot be given for protocol {protocol or 'any'}; they can for: "
                     f"{', '.join(sorted(WITH_PORTS))}.", "port_range_min")  # fmt: skip
    for field, value in (("port_range_min", low), ("port_range_max", high)):
        if value is not None and not 0 <= value <= 65535:
            raise _wrong(f"Invalid value for port {value}", field)
    if low is None or high is None or low > high:
        raise _wrong("For TCP/UDP protocols, port_range_min must be <= port_range_max", "port_range_min")


def _check_icmp(kind: int | None, code: int | None) -> None:
    for field, value, what in (("port_range_min", kind, "type"), ("port_range_max", code, "code")):
        if value is not None and not 0 <= value <= 255:
            raise _wrong(f"Invalid value for ICMP {what} ({field}) {value}. It must be 0 to 255.", field)
    if kind is None:
        raise _wrong(f"ICMP code (port-range-max) {code} is provided but ICMP type (port-range-min) is missing.",
                     "port_range_min")  # fmt: skip


def _cidr(text: str | None, ethertype: str) -> str | None:
    """The range as it was asked for, bits below its mask included; a lone address is a range of one."""
    if text is None:
        return None
    try:
        block = ipaddress.ip_interface(text)
    except ValueError:
        raise _wrong(f"'{text[:64]}' is not a valid CIDR.", "remote_ip_prefix") from None
    if f"IPv{block.version}" != ethertype:
        raise _wrong(f"Conflicting value ethertype {ethertype} for CIDR {text[:64]}", "remote_ip_prefix")
    return block.with_prefixlen


def _wrong(reason: str, field: str) -> Invalid:
    return Invalid(reason, NOUN, field=field, code="rule")
