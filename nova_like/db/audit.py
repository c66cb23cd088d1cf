"""Counters against rows, by grouping in the database: what nova-like-manage audit prints. Repairs nothing."""

from collections import Counter
from typing import Any

import sqlalchemy as sa

from nova_like.db import leaving
from nova_like.db.engine import Transaction
from nova_like.db.flows import LIVE
from nova_like.db.hosts import CAPACITY
from nova_like.db.schema.attachments import attachments
from nova_like.db.schema.compute import instances
from nova_like.db.schema.flows import flows, locks
from nova_like.db.schema.groups import server_groups
from nova_like.db.schema.hosts import hosts
from nova_like.db.schema.images import images
from nova_like.db.schema.moves import moves
from nova_like.db.schema.networks import addresses, ports
from nova_like.db.schema.quotas import quota_usages
from nova_like.db.schema.tombstones import tombstones
from nova_like.db.schema.volumes import volumes
from nova_like.model.states import DELETED, SOFT_DELETED

Row = dict[str, Any]
MOST_LEAVING = 1000  # instances that are told of at once


def discrepancies(tx: Transaction) -> list[str]:
    """One line for each thing that does not agree."""
    return [*_claims(tx), *_quotas(tx), *_addresses(tx), *_ports(tx), *_locks(tx), *_groups(tx), *_images(tx),
            *_attachments(tx)]  # fmt: skip


def _claims(tx: Transaction) -> list[str]:
    held = _held(tx)
    known = tx.rows(sa.select(hosts).where(hosts.c.kind.in_(("compute", "volume"))))
    strange = held.keys() - {(host["kind"], host["name"]) for host in known}
    lines = [f"{kind} host {name} holds {held[kind, name]['instances']} and is not known"
             for kind, name in sorted(strange)]  # fmt: skip
    for host in known:
        true = held.get((host["kind"], host["name"]), Counter())
        columns = {"instances": "instances", **{size: f"{size}_used" for size in CAPACITY}}
        wrong = [f"{size} {host[column]} should be {true[size]}" for size, column in columns.items()
                 if host[column] != true[size]]  # fmt: skip
        lines += [f"{host['kind']} host {host['name']}: {text}" for text in wrong]
    return lines


def _held(tx: Transaction) -> dict[tuple[str, str], "Counter[str]"]:
    """{(kind, host name): what instances, volumes and tombstones hold of it}."""
    held: dict[tuple[str, str], Counter[str]] = {}
    placed = [{**row, "host_kind": "compute"} for row in tx.rows(_placed(instances, list(CAPACITY)))]
    placed += [{**row, "host_kind": "volume", "disk_gib": row["size_gib"]}
               for row in tx.rows(_placed(volumes, ["size_gib"]))]  # fmt: skip
    placed += [{**row, "host_kind": "compute"} for row in tx.rows(_moving())]
    for row in [*placed, *tx.rows(_left())]:
        count = held.setdefault((row["host_kind"], row["host"]), Counter())
        count.update(instances=row["count"], **{size: int(row.get(size, 0)) for size in CAPACITY})
    return held


def _placed(table: sa.Table, sizes: list[str]) -> sa.Select:
    sums = [sa.func.sum(table.c[size]).label(size) for size in sizes]
    statement = sa.select(table.c.host, sa.func.count().label("count"), *sums).group_by(table.c.host)
    return statement.where(table.c.host.is_not(None), table.c.state != DELETED)


def _moving() -> sa.Select:
    """What moves hold of each host."""
    sums = [sa.func.sum(moves.c[size]).label(size) for size in CAPACITY]
    statement = sa.select(moves.c.host, sa.func.count().label("count"), *sums).group_by(moves.c.host)
    return statement.where(moves.c.host.is_not(None))


def _left() -> sa.Select:
    """What tombstones hold of each host."""
    table = tombstones.c
    sums = [sa.func.sum(table[size]).label(size) for size in CAPACITY]
    statement = sa.select(table.host_kind, table.host, sa.func.count().label("count"), *sums)
    return statement.where(table.claimed).group_by(table.host_kind, table.host)


def _quotas(tx: Transaction) -> list[str]:
    true: dict[tuple[str, str], int] = {}
    for row in tx.rows(_owned(instances, {"cores": "vcpus", "ram": "ram_mib"})):
        true |= {(row["project_id"], name): int(row[key]) for name, key in
                 (("instances", "count"), ("cores", "cores"), ("ram", "ram"))}  # fmt: skip
    for row in tx.rows(_wanted()):
        for name in ("cores", "ram"):
            true[row["project_id"], name] = true.get((row["project_id"], name), 0) + int(row[name])
    for row in tx.rows(_owned(volumes, {"gigabytes": "size_gib"})):
        true |= {(row["project_id"], "volumes"): row["count"], (row["project_id"], "gigabytes"): int(row["gigabytes"])}
    kinds = ("instances", "cores", "ram", "volumes", "gigabytes")
    counted = {(row["project_id"], row["resource"]): row["used"] for row in tx.rows(sa.select(quota_usages))
               if row["resource"] in kinds}  # fmt: skip
    return [f"quota of project {key[0]}: {key[1]} {counted.get(key, 0)} should be {true.get(key, 0)}"
            for key in sorted({*true, *counted}) if counted.get(key, 0) != true.get(key, 0)]  # fmt: skip


def _wanted() -> sa.Select:
    """What moves hold of each project's quota."""
    sums = [sa.func.sum(moves.c[name]).label(name) for name in ("cores", "ram")]
    return sa.select(moves.c.project_id, *sums).group_by(moves.c.project_id)


def _owned(table: sa.Table, sums: dict[str, str]) -> sa.Select:
    totals = [sa.func.sum(table.c[column]).label(name) for name, column in sums.items()]
    statement = sa.select(table.c.project_id, sa.func.count().label("count"), *totals)
    return statement.where(table.c.state.not_in((DELETED, SOFT_DELETED))).group_by(table.c.project_id)


def _addresses(tx: Transaction) -> list[str]:
    orphans = sa.select(addresses).where(addresses.c.port_id.not_in(sa.select(ports.c.id)))
    left = sa.select(addresses.c.address, ports.c.instance_id).join(ports, ports.c.id == addresses.c.port_id)
    left = left.where(addresses.c.leaving, ports.c.instance_id.in_(leaving.unattended(tx, MOST_LEAVING)))
    return [
        *(f"address {row['address']} is held by port {row['port_id']}, which does not exist" for row in
          tx.rows(orphans)),
        *(f"address {row['address']} is leaving {row['instance_id']}, whose host has not been told" for row in
          tx.rows(left)),
    ]  # fmt: skip


def _ports(tx: Transaction) -> list[str]:
    live = sa.select(instances.c.id).where(instances.c.state != DELETED)
    orphans = sa.select(ports.c.id, ports.c.instance_id).where(
        ports.c.instance_id.is_not(None),
        ports.c.instance_id.not_in(live),
        ports.c.instance_id.not_in(sa.select(tombstones.c.resource_id)),
    )
    return [f"port {row['id']} belongs to instance {row['instance_id']}, which is gone" for row in tx.rows(orphans)]


def _locks(tx: Transaction) -> list[str]:
    unfinished = sa.select(flows.c.id).where(flows.c.state.in_(LIVE))
    rows: list[Any] = tx.rows(sa.select(locks).where(locks.c.flow_id.not_in(unfinished)))
    return [f"{row['resource_id']} is locked by flow {row['flow_id']}, which has ended" for row in rows]


def _groups(tx: Transaction) -> list[str]:
    """Hard policies that do not hold: members together that are to be apart, or the other way round."""
    table, members = server_groups.c, sa.func.count().label("members")
    placed = (instances.c.group_id == table.id, instances.c.host.is_not(None), instances.c.state != DELETED)
    on_host = sa.select(table.id, table.policy, table.most_per_host, instances.c.host, members).where(*placed)
    found: dict[str, list[Row]] = {}
    for row in tx.rows(on_host.group_by(table.id, instances.c.host)):
        found.setdefault(row["id"], []).append(row)
    return [f"server group {id}: {rows[0]['policy']} does not hold on {', '.join(sorted(r['host'] for r in rows))}"
            for id, rows in sorted(found.items()) if _broken(rows)]  # fmt: skip


def _broken(rows: list[Row]) -> bool:
    if rows[0]["policy"] == "affinity":
        return len(rows) > 1
    return rows[0]["policy"] == "anti-affinity" and any(r["members"] > (r["most_per_host"] or 1) for r in rows)


def _images(tx: Transaction) -> list[str]:
    """Those that an instance was to be copied to, by a flow that has ended, and that have no data."""
    named = sa.cast(flows.c.args, sa.Text).contains(images.c.id)
    ended = sa.and_(
        flows.c.kind.in_(("snapshot", "backup", "shelve", "resize", "migrate")), flows.c.state.not_in(LIVE), named
    )
    left = sa.select(images.c.id, flows.c.id.label("flow")).join(flows, ended)
    rows: list[Row] = tx.rows(left.where(images.c.status.in_(("queued", "saving"))))
    gone = sa.and_(instances.c.shelved_image_id == images.c.id, instances.c.state == DELETED)
    kept = tx.rows(sa.select(images.c.id, instances.c.id.label("of")).join(instances, gone).where(~images.c.protected))
    lines = [f"image {row['id']} waits for its data from flow {row['flow']}, which has ended" for row in rows]
    return lines + [f"image {row['id']} is of instance {row['of']} as it was shelved, which is gone" for row in kept]


def _attachments(tx: Transaction) -> list[str]:
    """Volumes that say they are in use and have no attachment, and attachments that nobody will ever end: of an
    instance that is gone (no flow is at them), or of a volume that is in nobody's use."""
    used = ("attaching", "in-use", "detaching")
    joined = sa.select(volumes.c.id, volumes.c.state).join(attachments, attachments.c.volume_id == volumes.c.id)
    made = ("creating", "error")  # for an instance that waits for it, or is about to let go of it
    free: list[Row] = tx.rows(joined.where(volumes.c.state.not_in((*used, *made))))
    held = sa.select(attachments.c.volume_id)
    alone: list[Row] = tx.rows(sa.select(volumes.c.id, volumes.c.state).where(volumes.c.state.in_(used),
                                                                              volumes.c.id.not_in(held)))  # fmt: skip
    live = sa.select(instances.c.id).where(instances.c.state != DELETED)
    busy = sa.select(flows.c.resource_id).where(flows.c.state.in_(LIVE))
    left = sa.select(attachments.c.id, attachments.c.instance_id).where(attachments.c.instance_id.not_in(live))
    lost: list[Row] = tx.rows(left.where(attachments.c.id.not_in(busy)))
    return [
        *(f"volume {row['id']} is {row['state']}, and has an attachment" for row in free),
        *(f"volume {row['id']} is {row['state']}, and has no attachment" for row in alone),
        *(f"attachment {row['id']} is of instance {row['instance_id']}, which is gone" for row in lost),
    ]
