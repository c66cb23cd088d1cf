"""The linux datapath: writes the records, then makes the host as they say. Serves exactly one host: its namespace's."""

import ipaddress
import logging
from collections.abc import Collection, Iterable
from ipaddress import IPv4Network
from pathlib import Path

from nova_like import concurrency
from nova_like.model.errors import Fault, HostFailure
from nova_like.model.orders import GuestMetadata, Plug, Port, tap_name
from nova_like.network.drivers.linux import antispoof, links, traffic, wanted
from nova_like.network.drivers.linux.commands import Commands, sysctl
from nova_like.network.drivers.linux.dhcp import Dhcp
from nova_like.network.drivers.linux.records import Record, Records, of_plug
from nova_like.network.drivers.linux.ruleset import Ruleset

LOG = logging.getLogger(__name__)
Guest = tuple[GuestMetadata, tuple[Port, ...]]


class LinuxDatapath:
    """`directory`: this host's own, mode 0700; `uplink`: device for SNAT; `protected`: what guests may not reach."""

    def __init__(
        self,
        directory: Path,
        commands: Commands,
        dhcp: Dhcp,
        uplink: str = "",
        protected: Iterable[str] = (),
    ) -> None:
        self._directory = directory
        self._commands = commands
        self._dhcp = dhcp
        self._ruleset = Ruleset(commands)
        self._uplink = uplink
        self._protected = [IPv4Network(cidr, strict=False) for cidr in protected]
        self._records = Records(directory / "ports")
        self._lock = concurrency.Lock()
        self._wanted: list[wanted.WantedNetwork] = []
        self._guests: dict[tuple[str, str], Guest] = {}

    def start(self, host: str) -> None:
        """Adopt, repair, and remove what no record names."""
        self._commands.require()
        with self._lock:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._records.load()
            self._set_bad_aside()
            self._apply(whole=True)

    def verify(self) -> None:
        """Make the host as the records say once more: what somebody else changed or ended is repaired."""
        with self._lock:
            self._apply(whole=True)

    def plug(self, host: str, plug: Plug) -> dict[str, str]:
        fresh = of_plug(plug)
        wanted.networks(fresh)  # refuses before anything is written
        with self._lock:
            before = {port.id: self._records.get(port.id) for port in plug.ports}
            try:
                for record in fresh:
                    self._records.put(record)
                self._apply({port.network.id for port in plug.ports})
            except Fault:
                self._take_back(before)  # what cannot be applied must not stop the others
                raise
            self._forget_flows(address for old in before.values() if old for address in _lost(old, self._records))
        return {port.id: tap_name(port.id) for port in plug.ports}

    def unplug(self, host: str, plug: Plug) -> None:
        with self._lock:
            gone = self._records.named(plug)
            for record in gone:
                self._records.remove(record.port.id)
            self._apply()
            self._forget_flows(address for record in gone for address in _addresses(record))

    def ports(self, host: str) -> set[str]:
        with self._lock:
            return {record.port.id for record in self._records.all()}

    def instances(self, host: str) -> set[str]:
        with self._lock:
            return {record.metadata.instance_id for record in self._records.all()}

    def bridges(self) -> set[str]:
        """The bridges on which metadata is to be served."""
        return {network.bridge for network in self._wanted}

    def guest_at(self, bridge: str, address: str) -> Guest | None:
        """The guest with this address on this bridge, and all its ports; anti-spoofing makes the address true."""
        return self._guests.get((bridge, address))

    def _apply(self, asked: Collection[str] = (), whole: bool = False) -> None:
        """Make the host as the records say. A network that fails is raised if it is among the `asked`, else logged:
        `verify` tries it again. `whole`: filters are replaced, not only changed."""
        networks = wanted.networks(self._records.all())
        _prepare_kernel()
        there = links.present(self._commands)
        links.run(self._commands, links.stale_taps(networks, there))
        tables = [traffic.table(networks, self._uplink, self._protected), antispoof.table(networks)]
        (self._ruleset.replace if whole else self._ruleset.change)(tables)  # before any tap goes up
        for network in networks:
            try:
                self._make(network, there, whole)
            except Fault as fault:
                if network.id in asked:
                    raise
                LOG.error("network %s is not as it should be: %s", network.id, fault.reason)
        self._dhcp.remove_others(networks)
        links.run(self._commands, links.stale_bridges(networks, there))
        self._wanted, self._guests = networks, self._guest_index(networks)

    def _make(self, network: wanted.WantedNetwork, there: dict[str, links.Link], whole: bool) -> None:
        links.run(self._commands, links.bridge_lines([network], there))
        self._dhcp.ensure(network)
        links.run(self._commands, links.tap_lines([network], there))
        links.harden(network, {} if whole else there)

    def _guest_index(self, networks: list[wanted.WantedNetwork]) -> dict[tuple[str, str], Guest]:
        """Whole and new each time, so that it is read without the lock."""
        guests = self._records.guests()
        index = {}
        for network in networks:
            for port in network.ports:
                index.update({(network.bridge, str(address)): guests[port.id] for address in port.addresses})
        return index

    def _take_back(self, before: dict[str, Record | None]) -> None:
        for port_id, old in before.items():
            if old is None:
                self._records.remove(port_id)
            else:
                self._records.put(old)
        try:
            self._apply(whole=True)
        except Fault as fault:
            LOG.error("what was begun could not be taken back yet: %s", fault.reason)

    def _set_bad_aside(self) -> None:
        """A record that this version cannot read as facts must not keep the host's other guests from their network."""
        for record in self._records.all():
            try:
                wanted.networks([record])
            except Fault as fault:
                LOG.error("set aside port %s: %s", record.port.id, fault.reason)
                self._records.set_aside(record.port.id)

    def _forget_flows(self, addresses: Iterable[str]) -> None:
        """End tracked connections of these: their next owner, or stricter rules, must not inherit them."""
        for address in addresses:
            if ipaddress.ip_address(address).version == 4:
                for side in ("--orig-src", "--orig-dst"):
                    self._commands.run(["conntrack", "-D", side, address], allowed=(0, 1))


def _lost(old: Record, records: Records) -> list[str]:
    """The addresses whose connections end with this change: all where rules or groups went, else those that went."""
    new = records.get(old.port.id)
    if new is None:
        return []
    if set(old.port.rules) - set(new.port.rules) or set(old.port.group_ids) - set(new.port.group_ids):
        return _addresses(old)
    stays = set(_addresses(new))
    return [address for address in _addresses(old) if address not in stays]


def _addresses(record: Record) -> list[str]:
    return [address.address for address in record.port.addresses]


def _prepare_kernel() -> None:
    if not Path("/proc/sys/net/bridge").is_dir():
        raise HostFailure("The kernel has no br_netfilter: security groups would not hold.", noun="host", retry=False)
    sysctl("net/bridge/bridge-nf-call-iptables", "1")
    sysctl("net/ipv4/ip_forward", "1")
