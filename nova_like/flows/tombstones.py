"""Tombstones: what is left on a host that is away, who holds what meanwhile, and how it ends.

A tombstone takes over the claim of its host. The ports of a deleted instance stay, with their addresses, as long as
there is a tombstone of it: nobody else gets what a guest that may still run is using.
"""

from typing import Any

from nova_like import concurrency
from nova_like.db import hosts, instances, ports, tombstones
from nova_like.db.engine import Transaction
from nova_like.flows import facts
from nova_like.flows.recipe import Work
from nova_like.model import wire
from nova_like.model.orders import Volume

Row = dict[str, Any]
FENCED = "fenced"
# steps, of whatever recipe, on the host of a move that the instance's own row does not name
THERE = frozenset({"plug_there", "spawn_there", "clear", "clear_ports"})


def left(work: Work) -> list[str]:
    """Names of the steps that were not taken back because their host is away."""
    found: list[str] = work.facts.get("left", [])
    return found


def leave_instance(work: Work) -> None:
    """The end of an instance on its host: the claim goes back, or to a tombstone if a step was left."""
    row = facts.instance(work)
    if not row["host"]:
        return
    if not set(left(work)) - THERE:
        hosts.unclaim(work.tx, "compute", row["host"], row)
        return
    if _settled(work, "compute", row, row):
        if work.flow["kind"] != "delete":  # of a deleted one it is found anyway
            leave_evacuated(work, row["host"])
        return
    _leave(work, "instance", "compute", row, {size: row[size] for size in hosts.CAPACITY}, _all(work))


def leave_there(work: Work, host: str, claim: dict[str, int]) -> None:
    """The same on another host than the instance's row names, where a step was left."""
    row = {**facts.instance(work), "host": host}
    if _is_fenced(work.tx, "compute", host):
        hosts.unclaim(work.tx, "compute", host, claim)
        leave_evacuated(work, host)
    else:
        _leave(work, "instance", "compute", row, claim, _all(work))


def leave_evacuated(work: Work, host: str) -> None:
    """What an instance that lives elsewhere was on a host that is off: nothing but the right to ask for its end."""
    row = {**facts.instance(work), "host": host}
    nothing = dict.fromkeys(hosts.CAPACITY, 0)
    _leave(work, tombstones.EVACUATED, "compute", row, {**nothing, "claimed": False}, _all(work))


def _all(work: Work) -> Row:
    """What a host is asked to purge of an instance: its guest and its ports."""
    return {"guest": wire.to_wire(facts.bare_guest(work)), "plug": wire.to_wire(facts.bare_plug(work))}


def leave_volume(work: Work, row: Row, claim: dict[str, int]) -> None:
    """The same of a volume on its back end."""
    if row["host"] and not _settled(work, "volume", row, claim):
        payload = {"volume": wire.to_wire(Volume(row["id"], row["project_id"], row["size_gib"]))}
        _leave(work, "volume", "volume", row, claim, payload)


def _settled(work: Work, host_kind: str, row: Row, claim: Row) -> bool:
    """Give the claim back if nothing can be left on the host; false when something may be."""
    if left(work) and not _is_fenced(work.tx, host_kind, row["host"]):
        return False
    hosts.unclaim(work.tx, host_kind, row["host"], claim)
    return True


def _leave(work: Work, kind: str, host_kind: str, row: Row, claim: Row, payload: Row) -> None:
    tombstone = {
        "id": concurrency.new_id(), "kind": kind, "resource_id": row["id"], "project_id": row["project_id"],
        "host_kind": host_kind, "host": row["host"], "generation": work.flow["generation"], "facts": payload,
        **claim,
    }  # fmt: skip
    raise_stone(work.tx, work.starter, work.context, tombstone)


def raise_stone(tx: Transaction, starter: Any, ctx: Any, tombstone: Row) -> None:
    """Write a tombstone, and start the flow that asks its host until all is gone there."""
    tombstones.insert(tx, tombstone)
    attend(tx, starter, ctx, tombstone)


def attend(tx: Transaction, starter: Any, ctx: Any, tombstone: Row) -> None:
    """Start the flow of a tombstone that has none."""
    kind = "volume_purge" if tombstone["kind"] == "volume" else "purge"
    starter.start_fresh(tx, ctx, kind, [(tombstone["id"], {}, tombstone["generation"])])


def _is_fenced(tx: Transaction, kind: str, host: str) -> bool:
    row = hosts.by_name(tx, kind, host)
    return row is not None and row["forced"] == FENCED


def release(tx: Transaction, tombstone: Row) -> bool:
    """All is gone from the host, or the host is fenced: the claim goes back, and with an instance's last tombstone
    the ports of one that is deleted. False when another has released it."""
    if tombstone["kind"] == "instance":
        instances.hold(tx, tombstone["resource_id"], deleted=True)  # two of its tombstones end one after the other
    if not tombstones.remove(tx, tombstone["id"]):
        return False  # two cleared the host at once: the other has given all back
    if tombstone["kind"] == "instance" and instances.get(tx, tombstone["resource_id"], None) is None:
        ports.release(tx, tombstone["resource_id"])
    if tombstone["claimed"]:
        hosts.unclaim(tx, tombstone["host_kind"], tombstone["host"], tombstone)
    return True
