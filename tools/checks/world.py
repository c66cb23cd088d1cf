"""What the fakes' logs say of the world: read as text, understood here and nowhere in the daemons."""

import json
from dataclasses import dataclass, field
from pathlib import Path

POWERS = {"stop": "shutdown", "crash": "shutdown", "pause": "paused", "save": "suspended"}


@dataclass
class World:
    """What exists now, by (host, id), and what must never have happened, as sentences."""

    guests: dict[tuple[str, str], str] = field(default_factory=dict)  # power
    files: set[tuple[str, str]] = field(default_factory=set)
    ports: dict[tuple[str, str], list[str]] = field(default_factory=dict)  # their addresses
    kept: set[tuple[str, str]] = field(default_factory=set)  # earlier disks
    volumes: set[tuple[str, str]] = field(default_factory=set)
    images: dict[tuple[str, str], str] = field(default_factory=dict)  # that volumes were filled with
    copies: set[tuple[str, str]] = field(default_factory=set)  # of instances' disks
    exports: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)  # of volumes: (attachment, name)
    disks: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)  # of guests: {volume: export}
    wrongs: list[str] = field(default_factory=list)


def read(path: Path) -> World:
    """The world below `path`: <path>/{compute,network,volume}/<host>.log."""
    world = World()
    for kind, apply in (("compute", _compute), ("network", _network), ("volume", _volume)):
        for log in sorted((path / kind).glob("*.log")):
            for line in lines(log):
                apply(world, log.stem, line)
    _doubles(world)
    return world


def lines(log: Path) -> list[dict]:
    """The whole lines of a log, the oldest first."""
    found = []
    for text in log.read_text(errors="replace").splitlines():
        try:
            found.append(json.loads(text))
        except ValueError:
            continue  # a torn line is not an effect
    return found


def _compute(world: World, host: str, line: dict) -> None:
    key = (host, line.get("instance", ""))
    effect = line["effect"]
    if effect == "prepare":
        world.files.add(key)
    elif effect == "start":
        if world.guests.get(key) in ("running", "paused"):
            world.wrongs.append(f"guest {key[1]} was started twice on {host}")
        world.guests[key] = "running"
    elif effect in ("restore", "unpause"):  # it goes on, and is no other run
        world.guests[key] = "running"
    elif effect == "discard":
        world.files.discard(key)
    elif effect == "define":
        world.guests.setdefault(key, "shutdown")  # defining a guest that runs does not stop it
        world.disks[key] = dict(line.get("volumes") or {})
    elif effect == "attach":
        world.disks.setdefault(key, {})[line["volume"]] = line["export"]
    elif effect == "detach":
        world.disks.get(key, {}).pop(line["volume"], None)
    elif effect in POWERS:
        world.guests[key] = POWERS[effect]
    elif effect == "keep":
        world.kept.add(key)
    elif effect in ("take-back", "give-up"):
        world.kept.discard(key)
    elif effect == "undefine":
        world.guests.pop(key, None)
    elif effect == "copy":
        world.copies.add(key)
    elif effect == "drop-copy":
        world.copies.discard(key)
    elif effect == "remove":
        world.files.discard(key)
        world.copies.discard(key)
        world.kept.discard(key)
        world.disks.pop(key, None)
        world.guests.pop(key, None)


def _network(world: World, host: str, line: dict) -> None:
    if line["effect"] == "plug":
        _network_id, _mac, *addresses = line["asked"]
        world.ports[host, line["port"]] = addresses
    elif line["effect"] == "unplug":
        world.ports.pop((host, line["port"]), None)


def _volume(world: World, host: str, line: dict) -> None:
    key, effect = (host, line["volume"]), line["effect"]
    if effect == "create":
        if key in world.volumes:
            world.wrongs.append(f"volume {key[1]} was made twice on {host}")
        world.volumes.add(key)
        world.images[key] = line.get("image", "")
    elif effect == "delete":
        world.volumes.discard(key)
    elif effect == "export":
        if key in world.exports:
            world.wrongs.append(f"volume {key[1]} was exported to a second attachment on {host}")
        world.exports[key] = (line["attachment"], line["name"])
    elif effect == "unexport":
        world.exports.pop(key, None)


def _doubles(world: World) -> None:
    seen: dict[str, str] = {}
    for host, guest in world.guests:
        if guest in seen:
            world.wrongs.append(f"guest {guest} is on {seen[guest]} and on {host}")
        seen[guest] = host
