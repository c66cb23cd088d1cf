"""An operator's word about a whole machine: fenced (it is off for sure). What its tombstones hold is then free."""

from typing import Any

from nova_like import concurrency
from nova_like.db import flows, hosts, instances, locks, tombstones
from nova_like.db.engine import Transaction
from nova_like.flows.tombstones import FENCED, release
from nova_like.model.errors import Conflict, NotFound
from nova_like.model.states import is_up


def fence(tx: Transaction, name: str, down_seconds: float) -> list[dict[str, Any]]:
    """Take it that a machine is off: it gets no new work until `host return`, what its tombstones hold is released,
    and deletes on it leave none. The tombstones that it had. Raises NotFound, Conflict (it is heard of)."""
    rows = hosts.all_of(tx, name)
    if not rows:
        raise NotFound("host", name)
    heard = [row["kind"] for row in rows if is_up({**row, "forced": "", "deaf": False}, down_seconds)]
    if heard:
        raise Conflict(f"Host {name} is not off: its {heard[0]} agent was heard of less than {down_seconds:g} seconds "
                       "ago. Two guests could have one address.", "host", code="up")  # fmt: skip
    for row in rows:  # what need not wait any longer goes on
        flows.hasten(tx, flows.waiting_for(tx, row["kind"], [name]))
    released = clear(tx, name)
    hosts.force(tx, name, FENCED)
    hosts.switch(tx, name, False, "fenced")
    return released


def clear(tx: Transaction, name: str) -> list[dict[str, Any]]:
    """Release the tombstones of a host that is fenced, and end their flows; but those of what was evacuated from it,
    which is purged when it is back."""
    return _end(tx, [row for row in tombstones.on_host(tx, name) if row["kind"] != tombstones.EVACUATED])


def forget(tx: Transaction, name: str) -> int:
    """Nor are those needed any more: the machine does not come back. How many there were."""
    return len(_end(tx, [row for row in tombstones.on_host(tx, name) if row["kind"] == tombstones.EVACUATED]))


def _end(tx: Transaction, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for tombstone in found:
        for flow in flows.live_of(tx, tombstone["id"]):
            flows.end(tx, flow, "fenced")
            locks.release(tx, flow["id"])
    for tombstone in found:
        if release(tx, tombstone) and _lives(tx, tombstone):
            _keep(tx, tombstone)
    return found


def _lives(tx: Transaction, tombstone: dict[str, Any]) -> bool:
    return tombstone["kind"] == "instance" and instances.get(tx, tombstone["resource_id"], None) is not None


def _keep(tx: Transaction, tombstone: dict[str, Any]) -> None:
    """Its instance lives elsewhere, so nobody would call it late when the host is back: the right to ask for its end
    stays. Schedulers attend to it."""
    facts = {name: value for name, value in tombstone.items() if not name.endswith("_at")}
    nothing = dict.fromkeys(hosts.CAPACITY, 0)
    tombstones.insert(tx, {**facts, **nothing, "id": concurrency.new_id(), "kind": tombstones.EVACUATED,
                           "claimed": False})  # fmt: skip
