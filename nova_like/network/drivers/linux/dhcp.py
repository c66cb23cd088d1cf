"""One dnsmasq per network for this host's own ports. It outlives the agent and is adopted by pid and argv.

Owns `<directory>/<bridge>/{hosts,leases,pid}`. Serves no DNS and no host that it was not told of.
"""

import os
import shutil
import signal
from collections.abc import Iterable
from pathlib import Path

from nova_like import concurrency
from nova_like.model.errors import HostFailure
from nova_like.network.drivers.linux.commands import SEARCH_PATH, Commands
from nova_like.network.drivers.linux.wanted import METADATA, WantedNetwork, WantedPort, WantedSubnet

_DEATH_SECONDS = 3.0


class Dhcp:
    """`lease_seconds`: length of a lease; `user`: who dnsmasq runs as (it reads the hosts file again on SIGHUP)."""

    def __init__(self, directory: Path, commands: Commands, user: str = "root", lease_seconds: int = 86400) -> None:
        self._directory = directory
        self._commands = commands
        self._user = user
        self._lease_seconds = lease_seconds

    def ensure(self, network: WantedNetwork) -> None:
        """Make the network's server run with exactly its ports."""
        ranges = [subnet for subnet in network.subnets if subnet.dhcp]
        if ranges:
            self._serve(network, ranges)
        else:
            self.remove(network.bridge)

    def _serve(self, network: WantedNetwork, ranges: list[WantedSubnet]) -> None:
        home = self._directory / network.bridge
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        changed = _write(home / "hosts", hosts_text(network))
        argv = self._argv(network.bridge, network.mtu, ranges)
        pid = _running(home / "pid")
        if pid and (_argv_of(pid) != argv or _stale_leases(home / "leases", network)):
            _end(pid)
            pid = 0
        if not pid:
            _drop_stale_leases(home / "leases", network)
            self._commands.run([*_scope(), *argv])
        elif changed:
            os.kill(pid, signal.SIGHUP)

    def remove(self, bridge: str) -> None:
        home = self._directory / bridge
        pid = _running(home / "pid")
        if pid:
            _end(pid)
        shutil.rmtree(home, ignore_errors=True)

    def remove_others(self, networks: Iterable[WantedNetwork]) -> None:
        """End the servers of networks that have no port here any more."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        wanted = {network.bridge for network in networks}
        for home in list(self._directory.iterdir()):
            if home.name not in wanted:
                self.remove(home.name)

    def _argv(self, bridge: str, mtu: int, subnets: list[WantedSubnet]) -> list[str]:
        home = self._directory / bridge
        return [
            "dnsmasq",
            "--conf-file=/dev/null",
            "--no-hosts",
            "--no-resolv",
            "--port=0",
            "--bind-interfaces",
            f"--interface={bridge}",
            "--except-interface=lo",
            f"--user={self._user}",
            f"--pid-file={home / 'pid'}",
            f"--dhcp-hostsfile={home / 'hosts'}",
            f"--dhcp-leasefile={home / 'leases'}",
            "--dhcp-lease-max=65535",
            "--dhcp-authoritative",
            "--no-ping",
            "--quiet-dhcp",
            f"--dhcp-option-force=option:mtu,{mtu}",
            *(option for number, subnet in enumerate(subnets) for option in self._range(number, subnet)),
        ]

    def _range(self, number: int, subnet: WantedSubnet) -> list[str]:
        tag, cidr = f"s{number}", subnet.cidr
        options = [f"--dhcp-range=set:{tag},{cidr.network_address},static,{cidr.netmask},{self._lease_seconds}s"]
        if subnet.gateway:
            gateway = subnet.gateway.ip
            options.append(f"--dhcp-option=tag:{tag},option:router,{gateway}")
            routes = f"{METADATA}/32,{gateway},0.0.0.0/0,{gateway}"
            options.append(f"--dhcp-option=tag:{tag},option:classless-static-route,{routes}")
        if subnet.dns:
            servers = ",".join(str(address) for address in subnet.dns)
            options.append(f"--dhcp-option=tag:{tag},option:dns-server,{servers}")
        return options


def hosts_text(network: WantedNetwork) -> str:
    """dnsmasq's hosts file: `MAC,address[,name]` a line, for each address that lies in a subnet of ours."""
    return "".join(_host(port, network) for port in network.ports)


def _host(port: WantedPort, network: WantedNetwork) -> str:
    inside = [a for a in port.addresses if any(a in subnet.cidr for subnet in network.subnets if subnet.dhcp)]
    if not inside:
        return ""
    name = f",{port.hostname}" if port.hostname else ""
    return f"{port.mac},{inside[0]}{name}\n"


def _write(path: Path, text: str) -> bool:
    """Whether the file had to be changed."""
    if path.exists() and path.read_text() == text:
        return False
    fresh = path.with_suffix(".new")
    fresh.write_text(text)
    fresh.rename(path)
    return True


def _keep(line: str, network: WantedNetwork) -> bool:
    """A lease of an address that now belongs to another MAC would keep dnsmasq from giving it out."""
    fields = line.split()
    owners = {str(address): port.mac for port in network.ports for address in port.addresses}
    return len(fields) < 3 or owners.get(fields[2], fields[1]) == fields[1]


def _lease_lines(path: Path) -> list[str]:
    return path.read_text().splitlines(keepends=True) if path.exists() else []


def _stale_leases(path: Path, network: WantedNetwork) -> bool:
    return any(not _keep(line, network) for line in _lease_lines(path))


def _drop_stale_leases(path: Path, network: WantedNetwork) -> None:
    if _stale_leases(path, network):
        _write(path, "".join(line for line in _lease_lines(path) if _keep(line, network)))


def _running(pid_file: Path) -> int:
    """Pid of the dnsmasq that this pid file names, 0 when there is none (pids are reused: argv is asked)."""
    try:
        pid = int(pid_file.read_text())
    except (OSError, ValueError):
        return 0
    return pid if f"--pid-file={pid_file}" in _argv_of(pid) else 0


def _argv_of(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").rstrip("\0").split("\0")
    except OSError:
        return []


def _end(pid: int) -> None:
    """Returns when it is dead (a zombie has no argv)."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        deadline = concurrency.monotonic() + _DEATH_SECONDS
        while concurrency.monotonic() < deadline:
            if _argv_of(pid) in ([], [""]):
                return
            concurrency.sleep(0.005)
    raise HostFailure("dnsmasq does not end.", noun="host", retry=True)


def _scope() -> list[str]:
    """Under systemd a process of a service dies with it, unless it has a scope of its own."""
    if Path("/run/systemd/system").is_dir() and shutil.which("systemd-run", path=SEARCH_PATH):
        return ["systemd-run", "--scope", "--quiet", "--collect"]
    return []
