"""The network namespaces of one trial cloud: a host each, and an "outside" that they are wired to. No link leads to the
machine's own network, and no name can clash with another trial cloud: names carry the hash of the state directory."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools.trial.processes import birth, end, every_pid, run, until

UPLINK = "up0"
_NETNS_DIR = Path("/run/netns")
_CLONE_NEWNET = 0x40000000
_OUTSIDE = "out"


class Namespaces:
    """The namespaces that belong to one state directory."""

    def __init__(self, state: Path) -> None:
        digest = hashlib.sha256(str(Path(state).absolute()).encode()).digest()
        self.prefix = f"nl{digest[:3].hex()}-"
        self._state = Path(state).absolute()
        self._mounted = self._state / "mounted-netns"
        self.subnet = f"172.31.{digest[3]}"

    def name(self, short: str) -> str:
        """The namespace's full name for ``c1`` or ``out``."""
        return self.prefix + short

    @property
    def outside(self) -> str:
        """The namespace that plays the world: it has the gateway address and answers ping."""
        return self.name(_OUTSIDE)

    @property
    def gateway(self) -> str:
        """The outside's address on the wire that joins all hosts."""
        return f"{self.subnet}.1"

    def address(self, number: int) -> str:
        """The uplink address of host ``number`` (from 1)."""
        return f"{self.subnet}.{10 + number}"

    def up(self, hosts: Sequence[str]) -> list[str]:
        """Make what is missing for hosts such as ``c1``, ``c2``; returns the names of namespaces that were made."""
        made = []
        self._remember()
        if not self.exists(self.outside):
            self._make_outside()
            made.append(self.outside)
        for number, host in enumerate(hosts, start=1):
            if not self.exists(self.name(host)):
                self._make_host(host, number)
                made.append(self.name(host))
        return made

    def down(self) -> None:
        """End every process inside and remove all namespaces of this state directory, with their links and rules."""
        names = self.existing()
        if not names:
            return
        end(self.pids(), patience_s=3)
        for name in names:
            run(["ip", "netns", "del", name])
        # the kernel takes links down a moment after the name is gone
        until(lambda: not self.existing(), 10, "namespaces do not go away")
        self._unmount()

    def exists(self, name: str) -> bool:
        """True when the namespace is there and usable."""
        return (_NETNS_DIR / name).exists() and identity(name) is not None

    def existing(self) -> list[str]:
        """Names of all our namespaces."""
        if not _NETNS_DIR.is_dir():
            return []
        return sorted(path.name for path in _NETNS_DIR.iterdir() if path.name.startswith(self.prefix))

    def pids(self) -> list[int]:
        """Every process that lives in one of our namespaces."""
        ours = {identity(name) for name in self.existing()} - {None}
        return [pid for pid in every_pid() if _netns_of(pid) in ours and birth(pid)]

    def _remember(self) -> None:
        """Note when ip(8) is about to make its directory of names a mount: who made it takes it away."""
        points = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
        if str(_NETNS_DIR) not in points:
            self._state.mkdir(parents=True, exist_ok=True)
            self._mounted.touch()

    def _unmount(self) -> None:
        if self._mounted.exists() and not any(_NETNS_DIR.iterdir()):
            subprocess.run(["umount", str(_NETNS_DIR)], capture_output=True)
            self._mounted.unlink()

    def _make_outside(self) -> None:
        outside = self.outside
        _add(outside)
        _ip(outside, "link", "add", "br0", "type", "bridge", "stp_state", "0", "forward_delay", "0")
        _ip(outside, "addr", "add", f"{self.gateway}/24", "dev", "br0")
        _ip(outside, "link", "set", "br0", "up")

    def _make_host(self, host: str, number: int) -> None:
        name, wire = self.name(host), f"w-{host}"
        _add(name)
        _ip(self.outside, "link", "add", wire, "type", "veth", "peer", "name", UPLINK, "netns", name)
        _ip(self.outside, "link", "set", wire, "master", "br0", "up")
        _ip(name, "addr", "add", f"{self.address(number)}/24", "dev", UPLINK)
        _ip(name, "link", "set", UPLINK, "up")
        _ip(name, "route", "add", "default", "via", self.gateway)
        with entered(name):
            Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
            with contextlib.suppress(FileNotFoundError):
                Path("/proc/sys/net/bridge/bridge-nf-call-iptables").write_text("1")


@contextlib.contextmanager
def entered(name: str) -> Iterator[None]:
    """The calling thread is in that namespace for the while; sockets made there stay there."""
    libc = ctypes.CDLL(None, use_errno=True)
    with Path("/proc/thread-self/ns/net").open() as home, (_NETNS_DIR / name).open() as there:
        _setns(libc, there.fileno())
        try:
            yield
        finally:
            _setns(libc, home.fileno())


def inside(name: str | None, argv: Sequence[str]) -> list[str]:
    """The command line that runs argv in that namespace (as it is when the name is None)."""
    return list(argv) if name is None else ["ip", "netns", "exec", name, *argv]


def ping(name: str, address: str, limit_s: int = 5) -> bool:
    """True when the address answers one echo request sent from that namespace."""
    argv = inside(name, ["ping", "-q", "-c", "1", "-W", str(limit_s), address])
    return subprocess.run(argv, capture_output=True).returncode == 0


def identity(name: str) -> int | None:
    """The namespace's inode; None when the name is stale."""
    try:
        return (_NETNS_DIR / name).stat().st_ino
    except OSError:
        return None


def _netns_of(pid: int) -> int | None:
    try:
        return Path(f"/proc/{pid}/ns/net").stat().st_ino
    except OSError:
        return None


def _add(name: str) -> None:
    run(["ip", "netns", "add", name])
    _ip(name, "link", "set", "lo", "up")


def _ip(name: str, *arguments: str) -> None:
    run(["ip", "-n", name, *arguments])


def _setns(libc: ctypes.CDLL, descriptor: int) -> None:
    if libc.setns(descriptor, _CLONE_NEWNET):
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
