"""Reads the fake world's log as a judge would: which guests are where, and what never should have happened.

Independent of the driver: it trusts the lines only, not the driver's idea of them.
"""

from nova_like.fakes import World


def guests(world: World) -> dict[str, dict[str, str]]:
    """What is there now: instance id -> {host: `running` | `shutdown` | `files`}."""
    found: dict[str, dict[str, str]] = {}
    for host in world.hosts():
        for line in world.replay(host):
            _follow(found.setdefault(line.get("instance", ""), {}), host, line["effect"])
    return {instance: places for instance, places in found.items() if places}


def faults(world: World) -> list[str]:
    """Every guest that ran twice at a time: started where it ran already, or on a second host."""
    lines = [line for host in world.hosts() for line in world.replay(host)]
    lines.sort(key=lambda line: line["time"])  # stable: the lines of one host stay in order
    found: dict[str, dict[str, str]] = {}
    said = []
    for line in lines:
        instance, host, effect = line.get("instance", ""), line["host"], line["effect"]
        places = found.setdefault(instance, {})
        if effect == "start":
            for place in sorted(place for place, state in places.items() if state == "running"):
                said.append(f"{instance} started on {host} while it ran on {place} (flow {line.get('flow')})")
        _follow(places, host, effect)
    return said


def _follow(places: dict[str, str], host: str, effect: str) -> None:
    if effect == "remove":
        places.pop(host, None)
    elif effect in ("start", "restore"):
        places[host] = "running"
    elif effect in ("define", "stop", "crash", "save"):
        places[host] = "shutdown"
    elif effect in ("prepare", "undefine"):
        places[host] = "files"
