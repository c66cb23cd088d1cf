"""R12 and R13: the network between the controller and one host drops packets, both ways or one way."""

import time
from types import SimpleNamespace
from typing import Any

from tools.gates.gate import say
from tools.gates.guests import report_of, seconds_until
from tools.gates.judge import within
from tools.load.real import HOST, Guest, Guests, RealTrial, in_namespace, qemus

RESYNC_S = 10.0
DEAF_S = 75.0  # after this nothing more is placed on a silent host
TABLE = "gate"
DROPS = {  # seen from the host: what it sends goes to the broker's port, what it hears comes from there
    "both ways": ("tcp dport {port} drop", "tcp sport {port} drop"),
    "hears nothing": ("tcp sport {port} drop",),
    "says nothing": ("tcp dport {port} drop",),
}


def partition(cloud: RealTrial, sizes: SimpleNamespace) -> dict[str, Any]:
    """A host is cut off: its guests live on, nothing new is placed on it, and it is in step 10 s after its return."""
    guests = Guests(cloud)
    kept = guests.boot(4)
    before = {guest: guests.identity(guest) for guest in kept}
    ways = list(DROPS)[: int(sizes.ways)]
    times = {f"{way}, 5 s": _short(cloud, guests, way) for way in ways}
    breaches: list[str] = []
    for way in ways:
        times[f"{way}, {sizes.long_s:g} s"] = _long(cloud, guests, way, sizes.long_s, breaches)
    report = report_of(cloud, guests, before)
    report["breaches"] += breaches
    report |= {"kills": len(times), "resync_s": max(times.values()), "resync": times}
    return report | within(report, "resync_s", report["resync_s"], RESYNC_S)


def _short(cloud: RealTrial, guests: Guests, way: str) -> float:
    """A guest is booted, and ordered to stop while the host is cut off for five seconds; seconds from the cut's end
    until it is stopped."""
    guest = _on_host(guests)
    _cut(cloud, way)
    cloud.api.post(f"/compute/v2.1/servers/{guest.id}/action", {"os-stop": None})
    time.sleep(5)
    _mend(cloud)
    seconds = seconds_until(lambda: guests.state(guest.id) == ("SHUTOFF", 4))
    guests.delete(guest)
    say(f"{way} for 5 s: in step after {seconds} s")
    return seconds


def _long(cloud: RealTrial, guests: Guests, way: str, long_s: float, breaches: list[str]) -> float:
    """A guest is deleted on a host that is cut off, another booted once the host counts as away."""
    victim, started = _on_host(guests), time.monotonic()
    _cut(cloud, way)
    cloud.api.delete(victim.id)
    time.sleep(max(0.0, DEAF_S + 3 - (time.monotonic() - started)))
    if victim.id in {server["id"] for server in cloud.api.servers()}:
        breaches.append(f"{way}: {victim.id} is still shown to its user after {DEAF_S:g} s")
    newcomer = guests.boot(1)[0]
    if newcomer.host == HOST:
        breaches.append(f"{way}: {newcomer.id} was placed on the host that is cut off")
    time.sleep(max(0.0, long_s - (time.monotonic() - started)))
    _mend(cloud)
    seconds = seconds_until(lambda: not qemus(victim.id) and _is_up(cloud))
    cloud.api.delete(newcomer.id)
    say(f"{way} for {time.monotonic() - started:.0f} s: in step after {seconds} s")
    return seconds


def _on_host(guests: Guests) -> Guest:
    """A new guest on the host that will be cut off; those that land elsewhere are deleted again."""
    for _ in range(8):
        (guest,) = guests.boot(1)
        if guest.host == HOST:
            return guest
        guests.delete(guest)
    raise SystemExit(f"no guest lands on {HOST}")


def _cut(cloud: RealTrial, way: str) -> None:
    in_namespace(cloud, HOST, "nft", "add", "table", "inet", TABLE)
    chain = "{ type filter hook input priority -300; }"
    in_namespace(cloud, HOST, "nft", "add", "chain", "inet", TABLE, "input", chain)
    for rule in DROPS[way]:
        words = rule.format(port=cloud.rabbit.port).split()
        in_namespace(cloud, HOST, "nft", "add", "rule", "inet", TABLE, "input", *words)


def _mend(cloud: RealTrial) -> None:
    in_namespace(cloud, HOST, "nft", "delete", "table", "inet", TABLE)


def _is_up(cloud: RealTrial) -> bool:
    services = cloud.admin.get(f"/compute/v2.1/os-services?host={HOST}")["services"]
    return bool(services) and all(row["state"] == "up" for row in services)
