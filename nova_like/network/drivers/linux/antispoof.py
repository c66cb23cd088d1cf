"""What may enter a bridge from a tap: frames from the port's own MAC and addresses, nothing that plays DHCP server.

Everything but ARP and IPv4 is dropped (VLAN tags, IPv6, router advertisements): IPv6 networks come later.
"""

from collections.abc import Iterable

from nova_like.network.drivers.linux import nft
from nova_like.network.drivers.linux.wanted import WantedNetwork, WantedPort

_PRIORITY = -300  # before br_netfilter hands the frame to the ip tables
_ANY = "0.0.0.0"  # noqa: S104 - the source of a guest without an address yet


def table(networks: Iterable[WantedNetwork]) -> nft.Table:
    """The whole bridge table of this host; none without networks."""
    networks = list(networks)
    if not networks:
        return nft.Table("bridge")
    guarded = [port for network in networks for port in network.ports if port.secure]
    taps = {f'"{port.tap}"': f"goto tap_{port.chain}" for port in guarded}
    return nft.Table(
        "bridge",
        [
            *(nft.chain(f"tap_{port.chain}", _frames(port)) for port in guarded),
            nft.verdict_map("taps", "ifname", taps),
            nft.base_chain("from_taps", "prerouting", _PRIORITY, ["iifname vmap @taps"]),
        ],
    )


def _frames(port: WantedPort) -> list[str]:
    lines = [f"ether saddr != {port.mac} drop"]
    if port.addresses:
        own = nft.braces(port.addresses)
        probing = nft.braces([*port.addresses, _ANY])  # RFC 5227: an address is probed from 0.0.0.0
        lines.append(f"ether type arp arp saddr ether {port.mac} arp saddr ip {probing} accept")
    lines.append("ether type != ip drop")
    lines.append(f"ip saddr {_ANY} ip daddr 255.255.255.255 udp sport 68 udp dport 67 accept")
    lines.append("udp sport 67 drop")
    if port.addresses:
        lines.append(f"ip saddr {own} accept")
    return [*lines, "drop"]
