"""Rows against the world: what should be on which host, and what is. For a cloud at rest (no unfinished flow)."""

from pathlib import Path
from typing import Any

from tools.checks import rows
from tools.checks import world as worlds

POWERS = {
    "active": "running", "stopped": "shutdown", "paused": "paused", "suspended": "suspended", "rescued": "running",
    "shelved": "shutdown",
}  # fmt: skip


def audit(engine: Any, world_path: Path) -> list[str]:
    """Everything that is wrong, as sentences; empty when all is well. `engine` is a SQLAlchemy engine."""
    with engine.connect() as connection:
        world = worlds.read(world_path)
        found = [*rows.wrongs(connection), *world.wrongs, *_unfinished(connection)]
        found += _guests(connection, world)
        found += _ports(connection, world)
        found += _volumes(connection, world)
    return found


def _unfinished(connection: Any) -> list[str]:
    sql = "SELECT kind, id, resource_id, state FROM flows WHERE state IN ('running', 'unwinding', 'parked')"
    return [f"flow {kind} {id} of {resource} is {state}" for kind, id, resource, state in rows.select(connection, sql)]


def _guests(connection: Any, world: worlds.World) -> list[str]:
    sql = "SELECT id, host, state FROM instances WHERE state <> 'deleted'"
    should = {(host, id): state for id, host, state in rows.select(connection, sql) if host}
    found = [f"instance {id} ({state}) is not on {host}" for (host, id), state in should.items()
             if (host, id) not in world.guests]  # fmt: skip
    for (host, id), power in world.guests.items():
        state = should.get((host, id))
        if state is None:
            found.append(f"guest {id} is {power} on {host}, where none should be")
        elif POWERS.get(state, power) != power:
            found.append(f"instance {id} is {state}, its guest on {host} is {power}")
    found += [f"a copy of the disk of {id} is left on {host}" for host, id in sorted(world.copies)]
    resized = {place for place, state in should.items() if state == "resized"}
    found += [f"an earlier disk of {id} is kept on {host}" for host, id in sorted(world.kept - resized)]
    return found + [f"files of {id} are left on {host}" for host, id in sorted(world.files - set(should))]


def _ports(connection: Any, world: worlds.World) -> list[str]:
    sql = "SELECT i.host, p.id FROM ports p JOIN instances i ON i.id = p.instance_id WHERE i.host IS NOT NULL"
    should = {(host, id) for host, id in rows.select(connection, sql)}
    return [f"port {id} is not plugged on {host}" for host, id in sorted(should - world.ports)] + [
        f"port {id} is plugged on {host}, where none should be" for host, id in sorted(world.ports - should)
    ]


def _volumes(connection: Any, world: worlds.World) -> list[str]:
    sql = "SELECT host, id FROM volumes WHERE state IN ('available', 'in-use') AND host IS NOT NULL"
    should = {(host, id) for host, id in rows.select(connection, sql)}
    return [f"volume {id} is not on {host}" for host, id in sorted(should - world.volumes)] + [
        f"volume {id} is on {host}, where none should be" for host, id in sorted(world.volumes - should)
    ]
