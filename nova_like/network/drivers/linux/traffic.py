"""The ip table of a host: security groups (stateful, by bridge and fixed address), what guests may reach on the host,
and SNAT to the outside. Sees bridged traffic too, because br_netfilter is on.

Host to guest passes the same inbound rules as anybody's: only answers, DHCP and what a rule allows.
"""

from collections.abc import Iterable
from ipaddress import IPv4Network

from nova_like.network.drivers.linux import groups, nft
from nova_like.network.drivers.linux.wanted import METADATA, WantedNetwork, WantedPort

_FILTER, _SRCNAT = 0, 100
_TRACKED = ["ct state invalid drop", "ct state established,related accept"]


def table(networks: list[WantedNetwork], uplink: str = "", protected: Iterable[IPv4Network] = ()) -> nft.Table:
    """The whole ip table of this host; none without networks. `uplink`: SNAT only there; `protected`: what no guest
    may reach."""
    if not networks:
        return nft.Table("ip")
    ports = [port for network in networks for port in network.ports]
    return nft.Table(
        "ip",
        [
            *_sets(networks, protected),
            *(nft.named_set(name, "ifname . ipv4_addr", keys) for name, keys in groups.members(ports).items()),
            *(block for port in ports if port.secure for block in _port_chains(port)),
            nft.verdict_map("ingress", "ifname . ipv4_addr", _keys(ports, "in")),
            nft.verdict_map("egress", "ifname . ipv4_addr", _keys(ports, "out")),
            nft.chain("from_guest", _FROM_GUEST),
            nft.chain("to_guest", [*_TRACKED, "oifname . ip daddr vmap @ingress", "drop"]),
            nft.chain("to_host", _TO_HOST),
            nft.base_chain(
                "forward", "forward", _FILTER, ["iifname @bridges jump from_guest", "oifname @bridges jump to_guest"]
            ),
            nft.base_chain("input", "input", _FILTER, ["iifname @bridges jump to_host"]),
            nft.base_chain("output", "output", _FILTER, _OUTPUT),
            nft.base_chain("postrouting", "postrouting", _SRCNAT, [_masquerade(uplink)], kind="nat"),
        ],
    )


_FROM_GUEST = [
    "ct state invalid drop",
    "oifname @bridges iifname . oifname != @hairpins drop",  # one network does not reach another through the host
    "ct state established,related accept",
    "ip daddr 169.254.0.0/16 drop",
    "ip daddr @protected drop",
    "iifname . ip saddr vmap @egress",
]
_TO_HOST = [
    *_TRACKED,
    "udp sport 68 udp dport 67 accept",
    f"ip daddr {METADATA} tcp dport 80 accept",
    "icmp type echo-request iifname . ip daddr @gateways accept",
    "drop",
]
_OUTPUT = ["oifname @bridges udp sport 67 udp dport 68 accept", "oifname @bridges jump to_guest"]


def _sets(networks: list[WantedNetwork], protected: Iterable[IPv4Network]) -> list[nft.Collection]:
    names = [f'"{network.bridge}"' for network in networks]
    gateways = [f'"{network.bridge}" . {gateway.ip}' for network in networks for gateway in network.gateways()]
    cidrs = {str(subnet.cidr) for network in networks for subnet in network.subnets}
    return [
        nft.named_set("bridges", "ifname", names),
        nft.named_set("hairpins", "ifname . ifname", [f"{name} . {name}" for name in names]),
        nft.named_set("gateways", "ifname . ipv4_addr", gateways),
        nft.named_set("cidrs", "ipv4_addr", sorted(cidrs), intervals=True),
        nft.named_set("protected", "ipv4_addr", sorted(str(net) for net in protected), intervals=True),
    ]


def _port_chains(port: WantedPort) -> list[nft.Chain]:
    inbound = [f"{match} accept" for match in groups.matches(port.rules, "ingress")]
    outbound = [f"{match} return" for match in groups.matches(port.rules, "egress")]
    return [
        nft.chain(f"in_{port.chain}", [*inbound, "drop"]),
        nft.chain(f"out_{port.chain}", [*outbound, "drop"]),
    ]


def _keys(ports: list[WantedPort], direction: str) -> dict[str, str]:
    """Bridge and address -> verdict; of two ports with one address the newer has it."""
    verdicts = {}
    for port in ports:
        for address in port.addresses:
            jump = f"jump {direction}_{port.chain}" if port.secure else ("accept" if direction == "in" else "continue")
            verdicts[f'"{port.bridge}" . {address}'] = jump
    return verdicts


def _masquerade(uplink: str) -> str:
    out = f'oifname "{uplink}"' if uplink else "oifname != @bridges"
    return f"ip saddr @cidrs {out} masquerade"
