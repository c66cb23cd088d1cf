"""R1 and R17 with real guests: whatever dies around them, they do not notice."""

import os
import random
import signal
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from tools.gates.gate import say
from tools.gates.judge import manage_audit, within
from tools.load.real import Guest, Guests, RealTrial
from tools.trial.processes import Failed, until

RIGHT_S = 10.0
CAUGHT_UP_S = 30.0
AGENTS = ("compute-c1", "network-c1")
OFF = "(sleep 0.5; poweroff) > /dev/null 2>&1 &"


def kills(cloud: RealTrial, sizes: SimpleNamespace) -> dict[str, Any]:
    """Agents and libvirtd of real guests are killed: guests live on, and states are right 10 s later."""
    guests, chance, right = Guests(cloud), random.Random(sizes.seed), [0.0]
    *kept, spare = guests.boot(int(sizes.guests) + 1)
    before = {guest: guests.identity(guest) for guest in kept}
    for number in range(int(sizes.kills)):
        name = ("compute-c1", "libvirtd", "network-c1")[number] if number < 3 else chance.choice([*AGENTS, "libvirtd"])
        seconds = _killed(cloud, name, guests, spare)
        say(f"kill {number + 1}: {name}, states right after {seconds} s")
        right.append(seconds)
    report = report_of(cloud, guests, before) | {"kills": int(sizes.kills), "states_right_s": max(right)}
    return report | within(report, "states_right_s", max(right), RIGHT_S)


def _killed(cloud: RealTrial, name: str, guests: Guests, spare: Guest) -> float:
    """Kill one; a guest goes off while it is away. Seconds after its return until the cloud says so."""
    hold = cloud.state / "run" / f"{name}.hold"
    pid = cloud.libvirtd.pid if name == "libvirtd" else cloud.pid(name)
    hold.touch()
    os.kill(pid or 0, signal.SIGKILL)
    guests.inside(spare, OFF)
    hold.unlink()
    if name == "libvirtd":
        cloud.libvirtd.start()
        cloud.libvirtd.wait()
    else:
        until(lambda: cloud.ready(name) not in (None, pid), 60, f"{name} is not back")
    seconds = seconds_until(lambda: guests.state(spare.id) == ("SHUTOFF", 4))
    cloud.api.post(f"/compute/v2.1/servers/{spare.id}/action", {"os-start": None})
    seconds_until(lambda: guests.state(spare.id) == ("ACTIVE", 1))
    until(lambda: guests.inside(spare, "true") is not None, 300, f"{spare.id} does not come up again")
    return seconds


def controller_off(cloud: RealTrial, sizes: SimpleNamespace) -> dict[str, Any]:
    """Api, schedulers, broker and database are off: guests ping, renew leases and read metadata all the while."""
    guests = Guests(cloud)
    *kept, spare = guests.boot(int(sizes.guests) + 1)
    before = {guest: guests.identity(guest) for guest in kept}
    held = _switch_off(cloud)
    complaints, back_s = _watch(cloud, guests, kept, sizes.off_s)
    guests.inside(spare, OFF)
    started = time.monotonic()
    cloud.postgres.start()
    cloud.rabbit.start()
    cloud.postgres.wait()
    cloud.rabbit.wait()
    for hold in held:
        hold.unlink()
    back = time.monotonic()
    say(f"broker and database are back after {back - started:.1f} s")
    seconds_until(lambda: _works_again(cloud, guests, spare), 120)
    cloud.api.post(f"/compute/v2.1/servers/{spare.id}/action", {"os-start": None})
    seconds_until(lambda: guests.state(spare.id) == ("ACTIVE", 1))
    caught = round(time.monotonic() - back, 1)
    report = report_of(cloud, guests, before) | {"kills": 2 * len(AGENTS), "off_s": sizes.off_s, "caught_up_s": caught,
                                                   "metadata_back_s": back_s}  # fmt: skip
    report |= within(report, "metadata_back_s", back_s, RIGHT_S)
    report["breaches"] = report["breaches"] + complaints
    return report | within(report, "caught_up_s", caught, CAUGHT_UP_S)


def _switch_off(cloud: RealTrial) -> list[Any]:
    """End the controller; the files that hold its daemons down."""
    names = [name for name in cloud.daemon_names() if name.startswith(("api", "scheduler"))]
    held = [cloud.state / "run" / f"{name}.hold" for name in names]
    pids = {name: cloud.pid(name) for name in names}
    for hold in held:
        hold.touch()
    for pid in pids.values():
        os.kill(pid, signal.SIGTERM)
    cloud.rabbit.stop()
    cloud.postgres.stop()
    say("api, schedulers, broker and database are off")
    return held


def _watch(cloud: RealTrial, guests: Guests, kept: list[Guest], off_s: float) -> tuple[list[str], float]:
    """What the guests missed while the controller was off, and for how long their agents were missed, which are killed
    in the middle."""
    found: list[str] = []
    started, restarted, rounds, back_s = time.monotonic(), False, 0, 0.0
    while time.monotonic() - started < off_s or rounds < 2:
        for guest in kept:
            found += guests.complaints(guest)
        rounds += 1
        if not restarted and time.monotonic() - started > off_s / 2:
            restarted, rounds = True, 0
            _restart_agents(cloud)
            back_s = seconds_until(lambda: not any(guests.complaints(guest) for guest in kept))
    say(f"watched for {time.monotonic() - started:.0f} s: {len(found)} complaints")
    return found, back_s


def _restart_agents(cloud: RealTrial) -> None:
    before = {name: cloud.pid(name) for name in AGENTS}
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    for name, pid in before.items():
        until(lambda name=name, pid=pid: _pid(cloud, name) not in (None, pid), 30, f"{name} does not start")  # type: ignore[misc]
    say("agents were killed and have started without a broker")


def _pid(cloud: RealTrial, name: str) -> int | None:
    try:
        return cloud.pid(name)
    except Failed:
        return None


def _works_again(cloud: RealTrial, guests: Guests, spare: Guest) -> bool:
    """Agents are known to be up, and what happened meanwhile is known too."""
    try:
        services = cloud.admin.get("/compute/v2.1/os-services")["services"]
        return all(row["state"] == "up" for row in services) and guests.state(spare.id) == ("SHUTOFF", 4)
    except Exception:
        cloud.api.hang_up()
        cloud.admin.hang_up()
        return False


def seconds_until(condition: Callable[[], bool], limit_s: float = 60) -> float:
    """Seconds until it holds; the limit and more when it never does."""
    started = time.monotonic()
    while time.monotonic() - started < limit_s and not condition():
        time.sleep(0.1)
    return round(time.monotonic() - started, 1)


def report_of(cloud: RealTrial, guests: Guests, before: dict[Guest, Any]) -> dict[str, Any]:
    """The judge's keys for guests that were never to be touched, and then for what their deletion leaves."""
    servers = {server["id"]: server["status"] for server in cloud.api.servers()}
    changed = [f"{guest.id} is another: {was} {now}" for guest, was in before.items()
               if (now := guests.identity(guest)) != was]  # fmt: skip
    told = manage_audit(cloud)
    left = guests.delete_all()
    error = sum(status == "ERROR" for status in servers.values())
    return {
        "accepted": len(before), "active": sum(servers.get(guest.id) == "ACTIVE" for guest in before), "deleted": 0,
        "error": error, "lost": sum(guest.id not in servers for guest in before), "stuck": 0,
        "leaked": len(left) + len(told), "doubled": sum(len(was[0]) != 1 for was in before.values()),
        "longest_wait_s": 0.0, "refused": [], "wrongs": left + told, "breaches": changed,
    }  # fmt: skip
