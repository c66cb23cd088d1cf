"""Bridges, their addresses, and taps: compares what should be with what is and writes lines for `ip -batch`.

Never touches a link whose name is not of our making.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from nova_like.network.drivers.linux.commands import Commands, sysctl
from nova_like.network.drivers.linux.wanted import BRIDGE, METADATA, TAP, WantedNetwork, WantedPort


@dataclass(frozen=True)
class Link:
    """A link as the kernel has it; `addresses` as `10.0.0.1/24`."""

    mtu: int
    mac: str
    master: str
    up: bool
    addresses: frozenset[str]


def present(commands: Commands) -> dict[str, Link]:
    """All links of this namespace by name."""
    return {entry["ifname"]: _link(entry) for entry in json.loads(commands.run(["ip", "-json", "address", "show"]))}


def bridge_lines(networks: Iterable[WantedNetwork], links: dict[str, Link]) -> list[str]:
    """What makes the bridges so: made, addressed, up."""
    return [line for network in networks for line in _bridge(network, links.get(network.bridge))]


def tap_lines(networks: Iterable[WantedNetwork], links: dict[str, Link]) -> list[str]:
    """What makes the taps so. Filters must be in place before."""
    return [line for network in networks for port in network.ports for line in _tap(port, network, links.get(port.tap))]


def stale_taps(networks: Iterable[WantedNetwork], links: dict[str, Link]) -> list[str]:
    wanted = {port.tap for network in networks for port in network.ports}
    return [f"link delete dev {name}" for name in links if TAP.match(name) and name not in wanted]


def stale_bridges(networks: Iterable[WantedNetwork], links: dict[str, Link]) -> list[str]:
    wanted = {network.bridge for network in networks}
    return [f"link delete dev {name}" for name in links if BRIDGE.match(name) and name not in wanted]


def run(commands: Commands, lines: list[str]) -> None:
    if lines:
        commands.run(["ip", "-batch", "-"], "\n".join(lines) + "\n")


def harden(network: WantedNetwork, links: dict[str, Link]) -> None:
    """A bridge answers ARP for its own addresses only and believes no redirect; no IPv6 on it nor on its taps. Taps
    that were right in `links` are left out: they were hardened when they were made so."""
    sysctl(f"net/ipv4/conf/{network.bridge}/arp_ignore", "1")
    sysctl(f"net/ipv4/conf/{network.bridge}/accept_redirects", "0")
    fresh = [port.tap for port in network.ports if _tap(port, network, links.get(port.tap))]
    for name in (network.bridge, *fresh):
        if Path(f"/proc/sys/net/ipv6/conf/{name}").is_dir():
            sysctl(f"net/ipv6/conf/{name}/disable_ipv6", "1")


def _bridge(network: WantedNetwork, link: Link | None) -> list[str]:
    name, lines = network.bridge, []
    if link is None:
        lines.append(
            f"link add name {name} address {network.mac} type bridge stp_state 0 forward_delay 0 mcast_snooping 0"
        )
    elif link.mac != network.mac:
        lines.append(f"link set dev {name} address {network.mac}")
    if link is None or link.mtu != network.mtu:
        lines.append(f"link set dev {name} mtu {network.mtu}")
    wanted = {f"{METADATA}/32", *(str(gateway) for gateway in network.gateways())}
    there = link.addresses if link else frozenset()
    lines += [f"address delete {address} dev {name}" for address in sorted(there - wanted)]
    lines += [f"address add {address} dev {name}" for address in sorted(wanted - there)]
    if link is None or not link.up:
        lines.append(f"link set dev {name} up")
    return lines


def _tap(port: WantedPort, network: WantedNetwork, link: Link | None) -> list[str]:
    lines = [f"tuntap add dev {port.tap} mode tap"] if link is None else []
    if link is None or (link.mtu, link.master, link.up) != (network.mtu, port.bridge, True):
        lines.append(f"link set dev {port.tap} mtu {network.mtu} master {port.bridge} up")
    return lines


def _link(entry: dict) -> Link:
    addresses = [f"{a['local']}/{a['prefixlen']}" for a in entry.get("addr_info", ()) if a.get("family") == "inet"]
    return Link(
        entry.get("mtu", 0),
        entry.get("address", ""),
        entry.get("master", ""),
        "UP" in entry.get("flags", ()),
        frozenset(addresses),
    )
