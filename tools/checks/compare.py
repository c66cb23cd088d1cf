"""Rows against the world: what should be on which host, and what is. For a cloud at rest (no unfinished flow)."""

from pathlib import Path
from typing import Any

from tools.checks import rows
from tools.checks import world as worlds

POWERS = {
    "active": "running", "stopped": "shutdown", "paused": "paused", "suspended": "suspended",
    "shelved": "shutdown", "soft_deleted": "shutdown",
}  # fmt: skip


def audit(engine: Any, world_path: Path) -> list[str]:
    """Everything that is wrong, as sentences; empty when all is well. `engine` is a SQLAlchemy engine."""
    with engine.connect() as connection:
        world = worlds.read(world_path)
        found = [*rows.wrongs(connection), *world.wrongs, *_unfinished(connection)]
        found += _guests(connection, world)
        found += _ports(connection, world)
        found += _addresses(connection, world)
        found += _volumes(connection, world)
        found += _attachments(connection, world)
    return found


def _unfinished(connection: Any) -> list[str]:
    sql = "SELECT kind, id, resource_id, state FROM flows WHERE state IN ('running', 'unwinding', 'parked')"
    return [f"flow {kind} {id} of {resource} is {state}" for kind, id, resource, state in rows.select(connection, sql)]


def _guests(connection: Any, world: worlds.World) -> list[str]:
    sql = "SELECT id, host, state, power FROM instances WHERE state <> 'deleted'"
    there = [row for row in rows.select(connection, sql) if row[1]]
    should = {(host, id): state for id, host, state, _ in there}
    told = {(host, id): power for id, host, state, power in there if state in ("rescued", "resized")}
    found = [f"instance {id} ({state}) is not on {host}" for (host, id), state in should.items()
             if (host, id) not in world.guests]  # fmt: skip
    for (host, id), power in world.guests.items():
        state = should.get((host, id))
        if state is None:
            found.append(f"guest {id} is {power} on {host}, where none should be")
        elif POWERS.get(state, power) != power and (state, power) != ("soft_deleted", "suspended"):
            found.append(f"instance {id} is {state}, its guest on {host} is {power}")
        elif told.get((host, id), power) != power:
            found.append(f"instance {id} is {state} and said to be {told[host, id]}, its guest on {host} is {power}")
    found += [f"a copy of the disk of {id} is left on {host}" for host, id in sorted(world.copies)]
    resized = {place for place, state in should.items() if state == "resized"}
    found += [f"an earlier disk of {id} is kept on {host}" for host, id in sorted(world.kept - resized)]
    parked = _parked(connection)
    found += [f"what {id} was is not on {host}, where it came from" for host, id in sorted(parked - world.files)]
    return found + [f"files of {id} are left on {host}" for host, id in sorted(world.files - set(should) - parked)]


def _parked(connection: Any) -> set[tuple[str, str]]:
    """(host, instance) where the disk is that an instance had, while its user has not said which he wants."""
    sql = "SELECT host, instance_id FROM moves WHERE state = 'finished' AND source <> target AND host IS NOT NULL"
    return {(host, id) for host, id in rows.select(connection, sql)}


def _ports(connection: Any, world: worlds.World) -> list[str]:
    sql = "SELECT i.host, p.id FROM ports p JOIN instances i ON i.id = p.instance_id WHERE i.host IS NOT NULL"
    should = {(host, id) for host, id in rows.select(connection, sql)}
    there = set(world.ports)
    return [f"port {id} is not plugged on {host}" for host, id in sorted(should - there)] + [
        f"port {id} is plugged on {host}, where none should be" for host, id in sorted(there - should)
    ]


def _addresses(connection: Any, world: worlds.World) -> list[str]:
    """What a host lets a port use is held for that port: nobody else can be given it."""
    held = {(port, address) for port, address in rows.select(connection, "SELECT port_id, address FROM addresses")}  # noqa: C416 - rows are not pairs
    return [f"port {port} uses {address} on {host}, which is not held for it"
            for (host, port), addresses in sorted(world.ports.items())
            for address in addresses if (port, address) not in held]  # fmt: skip


def _volumes(connection: Any, world: worlds.World) -> list[str]:
    states = "('available', 'attaching', 'in-use', 'detaching')"
    sql = f"SELECT host, id, image_id FROM volumes WHERE state IN {states} AND host IS NOT NULL"
    images = {(host, id): image or "" for host, id, image in rows.select(connection, sql)}
    should = set(images)
    return [f"volume {id} is not on {host}" for host, id in sorted(should - world.volumes)] + [
        f"volume {id} is on {host}, where none should be" for host, id in sorted(world.volumes - should)
    ] + [
        f"volume {place[1]} was filled with {world.images[place]!r}, not {images[place]!r}"
        for place in sorted(should & world.volumes) if world.images[place] != images[place]
    ]  # fmt: skip


def _attachments(connection: Any, world: worlds.World) -> list[str]:
    """A volume is exported to its attachment alone, and the guest that has it reaches it by that export."""
    sql = ("SELECT v.host, v.id, i.host, i.id, a.id, a.state FROM attachments a JOIN volumes v ON v.id = a.volume_id "
           "JOIN instances i ON i.id = a.instance_id")  # fmt: skip
    exports, disks, found = dict(world.exports), dict(world.disks), []
    wanted: dict[tuple[str, str], dict[str, str]] = {}
    for back_end, volume, host, instance, attachment, state in rows.select(connection, sql):
        told, name = exports.pop((back_end, volume), ("nobody", ""))
        if told != attachment or state != "attached":
            found.append(f"volume {volume} is {state} as {attachment} and is exported to {told}")
        if host:  # one that is shelved has its volumes, and no guest
            wanted.setdefault((host, instance), {})[volume] = name
    found += [f"volume {volume} is exported on {host} to {told}" for (host, volume), (told, _) in exports.items()]
    for place in sorted(wanted.keys() | disks.keys()):
        if disks.get(place, {}) != wanted.get(place, {}):
            found.append(f"guest {place[1]} on {place[0]} has volumes {disks.get(place)}, not {wanted.get(place)}")
    return found
