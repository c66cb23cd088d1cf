"""Going into a guest by ssh from its host's namespace: the only place from which its network is reached."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from typing import Any

from tools.trial.client import Client
from tools.trial.layout import Layout
from tools.trial.netns import Namespaces, inside
from tools.trial.processes import Failed, until


def find(admin: Client, server: str) -> tuple[str, str]:
    """(host, fixed address) of the server with that id or name, whoever owns it."""
    listed = admin.get("/compute/v2.1/servers/detail?all_tenants=1")["servers"]
    same = [one for one in listed if server in (one["id"], one["name"])]
    if not same:
        raise Failed(f"there is no server {server}")
    if len(same) > 1:
        raise Failed(
            f"{len(same)} servers are called {server}: give an id out of {', '.join(one['id'] for one in same)}"
        )
    return same[0]["OS-EXT-SRV-ATTR:host"], _address(same[0])


def command(layout: Layout, host: str, address: str, words: Sequence[str]) -> list[str]:
    """The ssh command line into a guest."""
    options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "ConnectTimeout=10"]
    flags = [word for option in (*options, "PasswordAuthentication=no") for word in ("-o", option)]
    argv = ["ssh", "-i", str(layout.ssh_key), *flags, f"root@{address}", *words]
    return inside(Namespaces(layout.state).name(host), argv)


def wait(layout: Layout, host: str, address: str, limit_s: float = 240) -> None:
    """Until a command in the guest succeeds."""
    argv = command(layout, host, address, ["true"])

    def answers() -> bool:
        try:
            return subprocess.run(argv, capture_output=True, timeout=60, stdin=subprocess.DEVNULL).returncode == 0
        except subprocess.TimeoutExpired:
            return False

    until(answers, limit_s, f"the guest at {address} does not answer ssh", every_s=0.5)


def _address(server: dict[str, Any]) -> str:
    found = [
        address["addr"] for network in server["addresses"].values() for address in network if address["version"] == 4
    ]
    if not found:
        raise Failed(f"the server {server['name']} has no address")
    return str(found[0])
