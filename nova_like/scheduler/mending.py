"""Compares all that should be on hosts with all that is, by the clock: late guests, leaked ports, forgotten tombstones,
addresses that a host was not told to let go of.

Takes no input: what is missed in one round is found in the next. Only what belonged to a deleted instance of ours is
taken away; a guest that the database does not know is counted and shown, never touched.
"""

import logging
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

from nova_like import concurrency, logs
from nova_like.db import flows, hosts, instances, leaving, ports, tombstones
from nova_like.db.engine import Database, Transaction
from nova_like.flows import fencing
from nova_like.flows.engine import Engine
from nova_like.flows.replug import retell
from nova_like.flows.tombstones import FENCED, attend, raise_stone
from nova_like.model import wire
from nova_like.model.context import SYSTEM
from nova_like.model.errors import Unavailable
from nova_like.model.orders import Guest, GuestMetadata, Plug
from nova_like.scheduler.presence import Presence

LOG = logs.get(__name__)
ROUND_SECONDS = 30.0
LATE_SECONDS = 60.0  # a guest is late when its instance was deleted this long ago: a report may be that old
TRANSIT_SECONDS = 20.0  # a report that was heard this much later was made later, too
REMEMBERED_SECONDS = 600.0  # with several schedulers, each hears of a host now and then only
MOST = 500  # of anything in one round
SHOWN = 20  # unknown guests named in a host's row
EXPECTED = ("retold",)  # a host that fails or is away leaves it to us: nothing was wrong


class Mending:
    """`counters`: late, leaked, forgotten, fenced, misplaced, retold; `unknown`: {host: number of guests that nobody
    knows}."""

    def __init__(self, database: Database, engine: Engine, presence: Presence) -> None:
        self._database, self._engine, self._presence = database, engine, presence
        self.counters: Counter[str] = Counter()
        self.unknown: dict[str, int] = {}
        self._misplaced: dict[str, set[str]] = {}  # by host: counted already
        self._late: dict[tuple[str, str], float] = {}  # when it was first seen: purged if it is told once more

    def mend(self) -> None:
        """One round."""
        for tombstone in self._database.read(lambda tx: tombstones.unattended(tx, MOST)):
            self._each("forgotten", partial(self._attend, id=tombstone["id"]))
        for host in self._database.read(lambda tx: tombstones.hosts_forced(tx, FENCED)):
            self._each("fenced", partial(_clear, name=host))
        for instance in self._database.read(lambda tx: ports.leaked(tx, MOST)):
            self._each("leaked", partial(_release, instance_id=instance))
        for instance in self._database.read(lambda tx: leaving.unattended(tx, MOST)):
            self._each("retold", partial(self._retell, instance_id=instance))
        self._look()

    def _each(self, what: str, work: Callable[[Transaction], int]) -> None:
        """Mend one thing. What fails is logged, and keeps nothing else from being mended."""
        try:
            self._count(what, self._database.transact(work))
        except Unavailable:
            raise
        except Exception:
            LOG.exception("one that is %s cannot be mended", what)

    def _count(self, what: str, number: int, *about: Any) -> None:
        if number:
            self.counters[what] += number
            LOG.log(logging.INFO if what in EXPECTED else logging.WARNING, "mended: %d %s %s", number, what,
                    " ".join(map(str, about)))  # fmt: skip

    def _attend(self, tx: Transaction, id: str) -> int:
        tombstone = tombstones.hold(tx, id)
        if tombstone is None or flows.live_ids(tx, id):  # not held: the engine holds flows before tombstones
            return 0
        attend(tx, self._engine.starter, SYSTEM, tombstone)
        return int(tombstone["kind"] != tombstones.EVACUATED)  # fencing leaves those to us

    def _retell(self, tx: Transaction, instance_id: str) -> int:
        def reachable(host: str) -> bool:
            serving = self._engine.agents.find(tx, "network", host)
            return not (serving.away or serving.silent)

        return retell(tx, self._engine.starter, instance_id, reachable)

    def _look(self) -> None:
        """All that the hosts said lately: strangers are shown, late guests purged if they are told of again."""
        fresh = self._presence.fresh()
        ids = sorted(set().union(*(present for _, _, present in fresh)))
        everything = self._database.read(lambda tx: instances.whereabouts(tx, ids))
        shown = self._database.read(hosts.strangers)
        for host, heard, present in fresh:
            known = {id: everything[id] for id in present & everything.keys()}
            self._show(host, present - known.keys(), shown.get(host))
            self._late_on(host, heard, self._late_of(host, known))
        oldest = concurrency.monotonic() - REMEMBERED_SECONDS
        self._late = {key: since for key, since in self._late.items() if since > oldest}

    def _late_on(self, host: str, heard: float, late: list[str]) -> None:
        """Purge those that were told again since it is known that they are late. Another scheduler may hear of the
        host in between, so they are remembered until the host says otherwise here."""
        now = concurrency.monotonic()
        self._late = {key: since for key, since in self._late.items() if key[0] != host or key[1] in late}
        for id in late:
            if heard > self._late.setdefault((host, id), now) + TRANSIT_SECONDS:
                self._count("late", self._database.transact(partial(self._purge, id=id, host=host)), id, host)
                self._late[host, id] = now

    def _late_of(self, host: str, known: dict[str, dict[str, Any]]) -> list[str]:
        """Which of the instances that a host told of are late there."""
        live = [row for row in known.values() if row["state"] != "deleted" and not row["left"]]
        self._misplaced_on(host, {row["id"] for row in live if host not in (row["host"], row["beside"])})
        gone = [row for row in known.values() if row["state"] == "deleted" and not row["left"]]
        return [row["id"] for row in gone if row["deleted_seconds"] >= LATE_SECONDS]

    def _misplaced_on(self, host: str, misplaced: set[str]) -> None:
        """Count what is on another host than its row says: once, until the host says that it is gone."""
        known = self._misplaced.pop(host, set())
        for id in sorted(misplaced - known):
            self.counters["misplaced"] += 1
            LOG.info("%s is on %s, where its row does not have it", id, host)
        if misplaced:
            self._misplaced[host] = misplaced

    def _purge(self, tx: Transaction, id: str, host: str) -> int:
        """Order a late guest's purge, by a tombstone that holds nothing but the right to ask."""
        row = instances.hold(tx, id, deleted=True)
        if row is None or row["state"] != "deleted" or any(s["host"] == host for s in tombstones.of_resource(tx, id)):
            return 0
        raise_stone(tx, self._engine.starter, SYSTEM, _stone(row, host))
        return 1

    def _show(self, host: str, unknown: frozenset[str], shown: dict[str, Any] | None) -> None:
        """Say once, and in the host's row, that nobody knows these. `shown` is what the row has."""
        self.unknown[host] = len(unknown)
        if (shown or {}).get("number", 0) == len(unknown):
            return
        LOG.warning("%d guests on %s belong to nobody whom the database knows", len(unknown), host)
        named = sorted(unknown)[:SHOWN]
        self._database.transact(lambda tx: hosts.set_strangers(tx, host, named, len(unknown)))


def _stone(row: dict[str, Any], host: str) -> dict[str, Any]:
    guest = Guest(row["id"], row["name"], row["vcpus"], row["ram_mib"], row["disk_gib"])
    plug = Plug(row["id"], (), GuestMetadata(row["id"], row["project_id"], row["name"], row["hostname"]))
    return {
        "id": concurrency.new_id(), "kind": "instance", "resource_id": row["id"], "project_id": row["project_id"],
        "host_kind": "compute", "host": host, "generation": row["generation"], "claimed": False,
        "facts": {"guest": wire.to_wire(guest), "plug": wire.to_wire(plug)},
    }  # fmt: skip


def _clear(tx: Transaction, name: str) -> int:
    return len(fencing.clear(tx, name))


def _release(tx: Transaction, instance_id: str) -> int:
    row = instances.hold(tx, instance_id, deleted=True)
    if row is not None and row["state"] != "deleted":
        return 0
    return ports.release(tx, instance_id)
