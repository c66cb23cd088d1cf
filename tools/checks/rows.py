"""What the rows must say of each other: every counter recomputed, every holder alive. Plain SQL, both databases."""

from collections import Counter
from typing import Any

import sqlalchemy as sa

LIVE = ("running", "unwinding", "parked")
FILLING = ("snapshot", "backup", "shelve", "resize", "migrate")  # kinds of flows that bring an image its data
_LIVE_VOLUMES = "SELECT id, state FROM volumes WHERE state <> 'deleted'"


def select(connection: Any, sql: str) -> list[Any]:
    return list(connection.execute(sa.text(sql)))


def wrongs(connection: Any) -> list[str]:
    """All that is wrong with the rows alone, as sentences."""
    return [
        *_hosts(connection),
        *_quotas(connection),
        *_addresses(connection),
        *_locks(connection),
        *_images(connection),
        *_moves(connection),
        *_attachments(connection),
    ]


def _hosts(connection: Any) -> list[str]:
    used: dict[tuple[str, str], Counter[str]] = {}
    placed = "SELECT host, vcpus, ram_mib, disk_gib FROM instances WHERE state <> 'deleted' AND host IS NOT NULL"
    for host, vcpus, ram_mib, disk_gib in select(connection, placed):
        count = used.setdefault(("compute", host), Counter())
        count.update(vcpus=vcpus, ram_mib=ram_mib, disk_gib=disk_gib, instances=1)
    moving = "SELECT host, vcpus, ram_mib, disk_gib FROM moves WHERE host IS NOT NULL"
    for host, vcpus, ram_mib, disk_gib in select(connection, moving):
        count = used.setdefault(("compute", host), Counter())
        count.update(vcpus=vcpus, ram_mib=ram_mib, disk_gib=disk_gib, instances=1)
    kept = "SELECT host, size_gib FROM volumes WHERE state <> 'deleted' AND host IS NOT NULL"
    for host, size_gib in select(connection, kept):
        used.setdefault(("volume", host), Counter()).update(disk_gib=size_gib, instances=1)
    left = "SELECT host_kind, host, vcpus, ram_mib, disk_gib FROM tombstones WHERE claimed"
    for kind, host, vcpus, ram_mib, disk_gib in select(connection, left):
        count = used.setdefault((kind, host), Counter())
        count.update(vcpus=vcpus, ram_mib=ram_mib, disk_gib=disk_gib, instances=1)
    found = []
    counted = "SELECT kind, name, vcpus_used, ram_mib_used, disk_gib_used, instances FROM hosts"
    for kind, name, *numbers in select(connection, counted):
        count = used.get((kind, name), Counter())
        true = [count[field] for field in ("vcpus", "ram_mib", "disk_gib", "instances")]
        if numbers != true:
            found.append(f"{kind} host {name}: claimed {numbers}, should be {true} (vcpus, ram, disk, instances)")
    return found


def _quotas(connection: Any) -> list[str]:
    used: Counter[tuple[str, str]] = Counter()
    for project, vcpus, ram in select(
        connection, "SELECT project_id, vcpus, ram_mib FROM instances WHERE state NOT IN ('deleted', 'soft_deleted')"
    ):
        used.update({(project, "instances"): 1, (project, "cores"): vcpus, (project, "ram"): ram})
    for project, cores, ram in select(connection, "SELECT project_id, cores, ram FROM moves"):
        used.update({(project, "cores"): cores, (project, "ram"): ram})
    for project, size in select(connection, "SELECT project_id, size_gib FROM volumes WHERE state <> 'deleted'"):
        used.update({(project, "volumes"): 1, (project, "gigabytes"): size})
    counted = {(p, r): u for p, r, u in select(connection, "SELECT project_id, resource, used FROM quota_usages")}
    kinds = ("instances", "cores", "ram", "volumes", "gigabytes")
    keys = [key for key in {*used, *counted} if key[1] in kinds]
    return [
        f"quota of project {key[0]}: {key[1]} used {counted.get(key, 0)}, should be {used[key]}"
        for key in sorted(keys) if counted.get(key, 0) != used[key]
    ]  # fmt: skip


def _moves(connection: Any) -> list[str]:
    """An instance that waits for its user's word is in one finished move, any other (no flow is at work) in none."""
    live = "SELECT id, instance_id, state FROM moves WHERE state IN ('migrating', 'finished')"
    waiting = {id for (id,) in select(connection, "SELECT id FROM instances WHERE state = 'resized'")}
    busy = {id for (id,) in select(connection, f"SELECT resource_id FROM flows WHERE state IN {LIVE}")}
    found = select(connection, live)
    done = Counter(instance for _, instance, state in found if state == "finished")
    lines = [f"move {id} of {instance} is {state} for ever" for id, instance, state in found
             if instance not in busy and (state != "finished" or instance not in waiting)]  # fmt: skip
    return lines + [f"instance {id} is resized, with {done[id]} moves" for id in sorted(waiting) if done[id] != 1]


def _attachments(connection: Any) -> list[str]:
    """A volume in use has an attachment, to an instance that lives; any other has none (no flow is at work)."""
    used = {id: state for id, state in select(connection, _LIVE_VOLUMES)}  # noqa: C416 - rows are not pairs
    alive = {id for (id,) in select(connection, "SELECT id FROM instances WHERE state <> 'deleted'")}
    found, held = [], set()
    for id, volume, instance in select(connection, "SELECT id, volume_id, instance_id FROM attachments"):
        held.add(volume)
        if used.get(volume) != "in-use" or instance not in alive:
            found.append(f"attachment {id} of volume {volume} ({used.get(volume)}) to {instance} should not be there")
    return found + [f"volume {id} is {state} without an attachment" for id, state in sorted(used.items())
                    if id not in held and state in ("attaching", "in-use", "detaching")]  # fmt: skip


def _addresses(connection: Any) -> list[str]:
    found = [
        f"address {address} is held by port {port}, which is not there"
        for address, port in select(
            connection, "SELECT address, port_id FROM addresses WHERE port_id NOT IN (SELECT id FROM ports)"
        )
    ]
    gone = (
        "SELECT id, instance_id FROM ports WHERE instance_id IS NOT NULL "
        "AND instance_id NOT IN (SELECT id FROM instances WHERE state <> 'deleted') "
        "AND instance_id NOT IN (SELECT resource_id FROM tombstones)"
    )
    found += [f"port {port} is held by instance {instance}, which is gone" for port, instance in
              select(connection, gone)]  # fmt: skip
    return found + _leaving(connection)


def _leaving(connection: Any) -> list[str]:
    """Addresses that were taken away and are not free, though no flow is at work that tells their host, and no host
    that is off may have them."""
    live = ", ".join(f"'{state}'" for state in LIVE)
    sql = (
        "SELECT a.address, p.instance_id FROM addresses a JOIN ports p ON p.id = a.port_id "
        "LEFT JOIN instances i ON i.id = p.instance_id "
        f"WHERE a.leaving AND p.instance_id NOT IN (SELECT resource_id FROM flows WHERE state IN ({live})) "
        "AND p.instance_id NOT IN (SELECT resource_id FROM tombstones) "
        "AND NOT EXISTS (SELECT 1 FROM hosts h WHERE h.name = i.host AND h.forced <> '')"
    )
    return [f"address {address} is leaving {instance}, and nobody is at it" for address, instance in
            select(connection, sql)]  # fmt: skip


def _locks(connection: Any) -> list[str]:
    live = ", ".join(f"'{state}'" for state in LIVE)
    sql = f"SELECT resource_id, flow_id FROM locks WHERE flow_id NOT IN (SELECT id FROM flows WHERE state IN ({live}))"
    return [f"{resource} is locked by flow {flow}, which has ended" for resource, flow in select(connection, sql)]


def _images(connection: Any) -> list[str]:
    """Images that instances were to be copied to, and that have no data though no flow is at it any more."""
    live = ", ".join(f"'{state}'" for state in LIVE)
    sql = (
        "SELECT i.id, f.id FROM images i JOIN flows f ON CAST(f.args AS TEXT) LIKE '%' || i.id || '%' "
        f"WHERE i.status IN ('queued', 'saving') AND f.kind IN {FILLING} AND f.state NOT IN ({live})"
    )
    lines = [f"image {image} waits for flow {flow}, which has ended" for image, flow in select(connection, sql)]
    sql = (
        "SELECT g.id, i.id, i.state FROM images g JOIN instances i ON i.shelved_image_id = g.id "
        "WHERE NOT g.protected AND i.state NOT IN ('shelved', 'offloaded', 'soft_deleted')"
    )
    busy = f"SELECT 1 FROM flows f WHERE CAST(f.args AS TEXT) LIKE '%' || i.id || '%' AND f.state IN ({live})"
    nobodys = f"SELECT i.id FROM images i WHERE i.owner_id = '' AND NOT EXISTS ({busy})"
    lines += [f"image {image} is nobody's, and no flow is at it" for (image,) in select(connection, nobodys)]
    return lines + [f"image {image} is what {instance} was shelved as, which is {state}" for image, instance, state in
                    select(connection, sql)]  # fmt: skip
