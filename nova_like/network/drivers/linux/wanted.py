"""Records as checked types: the only door between what the controller sent and what becomes a command or a rule."""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from nova_like.model.errors import HostFailure, Invalid
from nova_like.model.ids import is_uuid
from nova_like.model.orders import Network, Port, Rule, Subnet, tap_name
from nova_like.network.drivers.linux.records import Record

METADATA = IPv4Address("169.254.169.254")
TAP = re.compile(r"tap[0-9a-f]{8}-[0-9a-f]{2}\Z")
BRIDGE = re.compile(r"br[0-9a-f]{8}-[0-9a-f]{2}\Z")
_MAC = re.compile(r"[0-9a-f][02468ace](:[0-9a-f]{2}){5}\Z")
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\Z")


@dataclass(frozen=True)
class WantedPort:
    id: str
    tap: str
    bridge: str
    mac: str
    addresses: tuple[IPv4Address, ...]
    rules: tuple[Rule, ...]
    secure: bool
    hostname: str  # a DNS label, or empty
    groups: frozenset[str] = frozenset()

    @property
    def chain(self) -> str:
        """The part of a chain's name that stands for this port."""
        return self.id.replace("-", "_")


@dataclass(frozen=True)
class WantedSubnet:
    cidr: IPv4Network
    gateway: IPv4Interface | None
    dns: tuple[IPv4Address, ...]
    dhcp: bool


@dataclass(frozen=True)
class WantedNetwork:
    id: str
    bridge: str
    mac: str  # of the bridge: fixed, or Linux would change it with every tap
    mtu: int
    subnets: tuple[WantedSubnet, ...]
    ports: tuple[WantedPort, ...]

    def gateways(self) -> list[IPv4Interface]:
        return [subnet.gateway for subnet in self.subnets if subnet.gateway is not None]


def bridge_name(network_id: str) -> str:
    """`br` and 11 characters of the network id."""
    return "br" + network_id[:11]


def networks(records: Iterable[Record]) -> list[WantedNetwork]:
    """What the records ask for, by network. The newest record's facts of a network hold. Raises Invalid."""
    facts: dict[str, Network] = {}
    ports: dict[str, list[WantedPort]] = {}
    for record in records:
        network = record.port.network
        facts[network.id] = network
        ports.setdefault(network.id, []).append(_port(record))
    found = [_network(network, tuple(ports[network.id])) for network in facts.values()]
    _refuse_doubles("bridge", [network.bridge for network in found])
    _refuse_doubles("tap", [port.tap for network in found for port in network.ports])
    return found


def _network(network: Network, ports: tuple[WantedPort, ...]) -> WantedNetwork:
    _check(is_uuid(network.id), "network", network.id)
    _check(576 <= network.mtu <= 65000, "mtu", network.mtu)
    digits = network.id.replace("-", "")[:10]
    mac = ":".join(["fa", *(digits[i : i + 2] for i in range(0, 10, 2))])
    subnets = tuple(_subnet(subnet) for subnet in network.subnets if _is_v4(subnet.cidr))
    return WantedNetwork(network.id, bridge_name(network.id), mac, network.mtu, subnets, ports)


def _subnet(subnet: Subnet) -> WantedSubnet:
    try:
        cidr = IPv4Network(subnet.cidr, strict=False)
        gateway = IPv4Interface(f"{IPv4Address(subnet.gateway)}/{cidr.prefixlen}") if subnet.gateway else None
        dns = tuple(IPv4Address(address) for address in subnet.dns if _is_v4(address))
    except ValueError:
        raise Invalid("Not a subnet.", noun="subnet", value=subnet.id) from None
    if subnet.dhcp and gateway is None:
        raise HostFailure("A subnet with DHCP needs a gateway address.", noun="subnet", retry=False)
    return WantedSubnet(cidr, gateway, dns, subnet.dhcp)


def _port(record: Record) -> WantedPort:
    port: Port = record.port
    _check(is_uuid(port.id), "port", port.id)
    mac = port.mac.lower()
    _check(_MAC.match(mac), "mac", mac)
    try:
        addresses = tuple(IPv4Address(a.address) for a in port.addresses if _is_v4(a.address))
    except ValueError:
        raise Invalid("Not an address.", noun="port", value=port.id) from None
    label = record.metadata.hostname.partition(".")[0]
    hostname = label if _LABEL.match(label) else ""
    bridge = bridge_name(port.network.id)
    groups = frozenset(group for group in port.group_ids if is_uuid(group))
    return WantedPort(
        port.id, tap_name(port.id), bridge, mac, addresses, port.rules, port.port_security, hostname, groups
    )


def _is_v4(text: str) -> bool:
    """Whether it is of IP version 4, or of none (which is refused where it is read)."""
    try:
        return ipaddress.ip_interface(text).version == 4
    except ValueError:
        return True


def _check(good: object, what: str, value: object) -> None:
    if not good:
        raise Invalid(f"Not a {what}: {str(value)[:80]!r}.", noun="port", field=what)


def _refuse_doubles(what: str, names: list[str]) -> None:
    if len(set(names)) != len(names):
        raise HostFailure(f"Two ids share one {what} name on this host.", noun="port", retry=False)
