"""A trial cloud with a real host, and its guests as a judge outside sees them: QEMU's process, the kernel's boot id."""

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tools.load.trial import Trial
from tools.trial import reach
from tools.trial.daemons import libvirtd
from tools.trial.layout import Layout
from tools.trial.libvirtd import Libvirtd
from tools.trial.netns import Namespaces, inside, ping
from tools.trial.processes import every_pid, until
from tools.trial.seed import KEY

HOST = "c1"
BOOT_S = 600  # without KVM many guests boot slowly together


class RealTrial(Trial):
    """Real hosts c1, c2 ...: each with a namespace, libvirtd and agents of its own."""

    def __init__(self, computes: int = 1, options: dict[str, str] | None = None) -> None:
        super().__init__(options=options)
        self._options = ["--hypervisor", "libvirt", "--computes", str(computes), "--schedulers", "2",
                         "--api-workers", "2", "--no-guest", "--state", str(self.state)]  # fmt: skip
        for name, value in (options or {}).items():
            self._options += ["--set", f"{name}={value}"]

    @property
    def libvirtd(self) -> Libvirtd:
        return libvirtd(Layout(self.state), HOST)


@dataclass(frozen=True)
class Guest:
    """A server that has answered ssh at least once."""

    id: str
    address: str
    host: str


class Guests:
    """The guests of one real cloud."""

    def __init__(self, cloud: RealTrial) -> None:
        self._cloud, self._layout = cloud, Layout(cloud.state)

    def boot(self, count: int) -> list[Guest]:
        """So many guests, each reached over ssh by the key from metadata."""
        return [self._reached(server) for server in [self._ask(number) for number in range(count)]]

    def _ask(self, number: int) -> str:
        server = {"name": f"guest-{number}", "flavorRef": self._cloud.flavor, "imageRef": self._cloud.image,
                  "key_name": KEY, "networks": "auto"}  # fmt: skip
        headers = {"X-OpenStack-Nova-API-Version": "2.37"}
        answer = self._cloud.api.request("POST", "/compute/v2.1/servers", {"server": server}, **headers)[2]
        return str(answer["server"]["id"])

    def _reached(self, server: str) -> Guest:
        until(lambda: self.state(server) == ("ACTIVE", 1), BOOT_S, f"{server} is not ACTIVE", every_s=0.5)
        addresses = self.show(server)["addresses"]
        host = self._cloud.admin.get(f"/compute/v2.1/servers/{server}")["server"]["OS-EXT-SRV-ATTR:host"]
        guest = Guest(server, next(one["addr"] for network in addresses.values() for one in network), host)
        reach.wait(self._layout, host, guest.address, BOOT_S)
        return guest

    def show(self, server: str) -> dict[str, Any]:
        """The server as its owner sees it."""
        shown: dict[str, Any] = self._cloud.api.get(f"/compute/v2.1/servers/{server}")["server"]
        return shown

    def state(self, server: str) -> tuple[str, int]:
        """(status, power state)."""
        shown = self.show(server)
        return shown["status"], shown["OS-EXT-STS:power_state"]

    def inside(self, guest: Guest, command: str, limit_s: float = 60) -> str | None:
        """What a shell command says in the guest; None when it failed or the guest was not reached."""
        argv = reach.command(self._layout, guest.host, guest.address, [command])
        try:
            done = subprocess.run(argv, capture_output=True, text=True, timeout=limit_s, stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            return None
        return done.stdout if done.returncode == 0 else None

    def identity(self, guest: Guest) -> tuple[list[int], str | None]:
        """(pids of its QEMU, its kernel's boot id): the same as long as it was never off."""
        return qemus(guest.id), self.inside(guest, "cat /proc/sys/kernel/random/boot_id")

    def complaints(self, guest: Guest) -> list[str]:
        """What a guest misses: ping from its host, its lease renewed, its metadata."""
        space = Namespaces(self._cloud.state).name(guest.host)
        wants: dict[str, Callable[[], object]] = {
            "does not answer ping": lambda: ping(space, guest.address),
            "cannot renew its lease": partial(self.inside, guest, RENEW),
            "does not read its metadata": lambda: guest.id in (self.inside(guest, METADATA) or ""),
        }
        return [f"{guest.id} {text}" for text, works in wants.items() if works() in (False, None)]

    def delete(self, guest: Guest) -> None:
        """Delete one and wait until its QEMU is gone."""
        self._cloud.api.delete(guest.id)
        until(lambda: not qemus(guest.id), 60, f"{guest.id} is not deleted")

    def delete_all(self) -> list[str]:
        """Delete every server; what is left a while later, in sentences."""
        ids = [server["id"] for server in self._cloud.api.servers()]
        for server in ids:
            self._cloud.api.delete(server)
        deadline = time.monotonic() + 60
        while self._cloud.api.servers() and time.monotonic() < deadline:
            time.sleep(0.5)
        left = [f"{server['id']} is not deleted" for server in self._cloud.api.servers()]
        return left + [f"{server} still has a QEMU" for server in ids if qemus(server)] + self._files(ids)

    def _files(self, ids: list[str]) -> list[str]:
        found = [path for server in ids for path in self._layout.host("").rglob(f"*{server}*")]
        return [f"{path} is left" for path in found if path.suffix != ".log"]  # libvirt keeps its logs


def in_namespace(cloud: RealTrial, host: str, *argv: str) -> None:
    """Run a command in a host's namespace; it must succeed."""
    words = inside(Namespaces(cloud.state).name(host), list(argv))
    subprocess.run(words, capture_output=True, text=True, check=True)


RENEW = "udhcpc -i $(ls /sys/class/net | grep -v '^lo$') -n -q -t 5 -T 3 -s /usr/share/udhcpc/default.script"
METADATA = "timeout 10 wget -q -O - http://169.254.169.254/openstack/latest/meta_data.json"


def qemus(server: str) -> list[int]:
    """Pids of the QEMU processes of a server, by the id in their command line."""
    found = []
    for pid in every_pid():
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"qemu-system" in words[0] and server.encode() in words:
            found.append(pid)
    return found
