"""Namespaces that stand for a host, the outside and guests. Everything is named `nlt...` and goes with the lab."""

import contextlib
import ctypes
import json
import os
import secrets
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from nova_like.model import errors, wire
from nova_like.model.orders import Plug, Port, tap_name

_LIBC = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWNET = 0x40000000
OUTSIDE, HOST_ADDRESS, PROTECTED = "192.0.2.1", "192.0.2.2", "192.0.2.9"
_UDHCPC = """#!/bin/sh
[ "$1" = bound ] || exit 0
ip addr add $ip/$mask dev $interface
ip route replace default via $router dev $interface
env > "$NLT_FACTS"
"""


def run(*argv: str, check: bool = True, **options: Any) -> str:
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, **options)
    if check and done.returncode:
        raise AssertionError(f"{' '.join(argv)}: {done.stderr}{done.stdout}")
    return done.stdout


@contextlib.contextmanager
def inside(namespace: str) -> Iterator[None]:
    """This thread works inside the namespace; sockets made there stay there."""
    with open("/proc/thread-self/ns/net") as home, open(f"/run/netns/{namespace}") as target:
        _setns(target.fileno())
        try:
            yield
        finally:
            _setns(home.fileno())


def _setns(number: int) -> None:
    if _LIBC.setns(number, _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def eventually(condition: Callable[[], Any], seconds: float = 20.0) -> Any:
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "never came true"
        time.sleep(0.02)
    return value


class Namespace:
    def __init__(self, name: str) -> None:
        self.name = name
        run("ip", "netns", "add", name)
        self.run("ip", "link", "set", "lo", "up")

    def run(self, *argv: str, check: bool = True, **options: Any) -> str:
        return run("ip", "netns", "exec", self.name, *argv, check=check, **options)

    def remove(self) -> None:
        run("ip", "netns", "del", self.name)

    def links(self) -> dict[str, Any]:
        return {entry["ifname"]: entry for entry in json.loads(self.run("ip", "-d", "-j", "link"))}

    def listen(self, port: int) -> socket.socket:
        with inside(self.name):
            return socket.create_server(("0.0.0.0", port))

    def connect(self, address: str, port: int, seconds: float = 10.0, source: str = "") -> bool:
        with inside(self.name):
            link = socket.socket()
        link.settimeout(seconds)
        with link:
            link.bind((source, 0))
            try:
                link.connect((address, port))
            except OSError:
                return False
            return True

    def http(self, path: str, method: str = "GET", **headers: str) -> tuple[int, bytes]:
        """Status and body from the metadata address."""
        with inside(self.name):
            link = socket.create_connection(("169.254.169.254", 80), timeout=10)
        head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        with link, link.makefile("rb") as answer:
            link.sendall(f"{method} {path} HTTP/1.1\r\nHost: x\r\n{head}\r\n".encode())
            data = answer.read()
        top, _, body = data.partition(b"\r\n\r\n")
        return int(top.split()[1]), body

    def wire(self, device: str = "eth0") -> socket.socket:
        """A raw socket on a card, for whole frames."""
        with inside(self.name):
            raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
            raw.bind((device, 0))
        raw.settimeout(10)
        return raw


class GuestNamespace(Namespace):
    """A guest: its card is the far end of what stands for the tap."""

    def __init__(self, name: str, host: Namespace, port: Port) -> None:
        super().__init__(name)
        self.port, self.address = port, port.addresses[0].address
        tap = tap_name(port.id)
        host.run("ip", "link", "add", tap, "type", "veth", "peer", "name", "eth0", "netns", name)
        self.run("ip", "link", "set", "eth0", "address", port.mac, "up")

    def dhcp(self, directory: Path, tries: int = 10) -> dict[str, str] | None:
        """What the DHCP server said, None when nobody answered; the address is then set."""
        script, facts = directory / "udhcpc", directory / f"facts-{self.name}"
        script.write_text(_UDHCPC)
        script.chmod(0o755)
        facts.unlink(missing_ok=True)
        argv = ["busybox", "udhcpc", "-i", "eth0", "-n", "-q", "-f", "-t", str(tries), "-T", "1", "-s", str(script)]
        asked = [option for name in ("mtu", "staticroutes", "dns", "hostname", "router") for option in ("-O", name)]
        self.run(*argv, *asked, check=False, env=dict(os.environ, NLT_FACTS=str(facts)))
        if not facts.exists():
            return None
        return dict(line.split("=", 1) for line in facts.read_text().splitlines() if "=" in line)

    def settle(self, gateway: str) -> None:
        """An address without asking DHCP."""
        self.run("ip", "addr", "add", f"{self.address}/24", "dev", "eth0")
        self.run("ip", "route", "add", "default", "via", gateway)


class Agent:
    """The agent's process in the host's namespace; speaks like a driver, so that the contract suite can use it."""

    def __init__(self, namespace: Namespace, state: Path) -> None:
        script = Path(__file__).with_name("network_host_process.py")
        argv = ["ip", "netns", "exec", namespace.name, sys.executable, str(script), str(state), f"{PROTECTED}/32"]
        environment = dict(os.environ, PYTHONPATH=str(script.parents[2]))
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)

    def ask(self, verb: str, plug: Plug | None = None) -> Any:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps([verb, wire.to_wire(plug)]) + "\n")
        self.process.stdin.flush()
        state, facts = json.loads(self.process.stdout.readline())
        if state != "done":
            raise errors.from_dict(facts)
        return facts

    def start(self, host: str = "") -> None:
        self.ask("start")

    def plug(self, host: str, plug: Plug) -> dict[str, str]:
        return self.ask("plug", plug)["taps"]

    def unplug(self, host: str, plug: Plug) -> None:
        self.ask("unplug", plug)

    def ports(self, host: str) -> set[str]:
        return set(self.ask("ports"))

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()


class Lab:
    def __init__(self, directory: Path) -> None:
        self.directory, self._prefix = directory, "nlt" + secrets.token_hex(2)
        self.state = directory / "state"
        self.host, self.outside = Namespace(self._prefix + "h"), Namespace(self._prefix + "x")
        self.guests: list[GuestNamespace] = []
        self.agents: list[Agent] = []
        self.host.run("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", self.outside.name)
        for space, addresses in ((self.host, [HOST_ADDRESS]), (self.outside, [OUTSIDE, PROTECTED])):
            for address in addresses:
                space.run("ip", "addr", "add", f"{address}/24", "dev", "eth0")
            space.run("ip", "link", "set", "eth0", "up")
        self.host.run("ip", "route", "add", "default", "via", OUTSIDE)

    def agent(self) -> Agent:
        """A new agent process; the one before is killed."""
        for old in self.agents:
            old.kill()
        self.agents = [Agent(self.host, self.state)]
        return self.agents[0]

    def guest(self, port: Port) -> GuestNamespace:
        self.guests.append(GuestNamespace(f"{self._prefix}g{len(self.guests)}", self.host, port))
        return self.guests[-1]

    def dnsmasqs(self) -> list[int]:
        """Pids of DHCP servers that run in the host's namespace."""
        pids = [int(pid) for pid in run("ip", "netns", "pids", self.host.name).split()]
        return [pid for pid in pids if _command(pid).startswith(b"dnsmasq\0")]

    def close(self) -> None:
        for agent in self.agents:
            agent.kill()
        for pid in self.dnsmasqs():
            os.kill(pid, 9)
        for space in (*self.guests, self.outside, self.host):
            space.remove()


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def mac(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))


def udp_frame(
    source_mac: str, target_mac: str, source: str, target: str, payload: bytes, ports: tuple[int, int] = (4000, 4001),
    tag: bytes = b"",
) -> bytes:  # fmt: skip
    """A whole Ethernet frame with a valid IPv4 checksum; `tag` goes before the type (a VLAN header)."""
    udp = struct.pack(">HHHH", *ports, 8 + len(payload), 0) + payload
    head = struct.pack(
        ">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0, *map(socket.inet_aton, (source, target))
    )
    total = sum(struct.unpack(">10H", head))
    total = (total & 0xFFFF) + (total >> 16)
    checksum = ~(total + (total >> 16)) & 0xFFFF
    head = head[:10] + struct.pack(">H", checksum) + head[12:]
    return mac(target_mac) + mac(source_mac) + tag + b"\x08\x00" + head + udp


def arp_frame(frame_mac: str, sender_mac: str, sender: str, target: str, payload: bytes, reply: bool = True) -> bytes:
    """An ARP packet to everybody; the payload trails it as padding."""
    body = struct.pack(">HHBBH", 1, 0x0800, 6, 4, 2 if reply else 1)
    body += mac(sender_mac) + socket.inet_aton(sender) + b"\xff" * 6 + socket.inet_aton(target)
    return b"\xff" * 6 + mac(frame_mac) + b"\x08\x06" + body + payload
