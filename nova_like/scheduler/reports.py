"""What agents say, taken in: answers move flows on, host reports are gathered and written together."""

from functools import partial
from typing import Any

from nova_like import concurrency, logs
from nova_like.db import flows, hosts
from nova_like.db.engine import Database
from nova_like.flows.engine import Engine
from nova_like.model.commands import Event
from nova_like.model.context import Context
from nova_like.model.errors import Unavailable
from nova_like.model.orders import Answer, Capacity, HostReport
from nova_like.rpc.complaints import Complaints
from nova_like.scheduler.advancing import advance_each
from nova_like.scheduler.hearing import Hearing
from nova_like.scheduler.powers import sync_powers
from nova_like.scheduler.presence import Presence

LOG = logs.get(__name__)
KINDS = ("compute", "network", "volume")
MOST_CAPACITY = 1 << 40
LOOK_SECONDS = 30.0  # a host's agent that is not known here may have been told of to another scheduler meanwhile


class Reports:
    """Handler of the reports contract. A sender may speak only for hosts that its own address serves; `admits_new`:
    for a host that nobody has spoken for, too, which is then its own."""

    def __init__(self, database: Database, engine: Engine, admits_new: bool = True) -> None:
        self._database, self._engine, self._admits_new = database, engine, admits_new
        self._lock = concurrency.Lock()
        self._gathered: dict[tuple[str, str], HostReport] = {}
        self._addresses: dict[tuple[str, str], str] = {}  # as the rows have it: the first report decided
        self._looked: dict[str, float] = {}
        self._newest: dict[tuple[str, str], tuple[str, int]] = {}
        self.presence = Presence()
        self.hearing = Hearing(database, engine.agents, engine.pace.host_deaf_seconds)
        engine.answered = self.hearing.heard  # only the engine knows which kind of agent it had asked
        self._complaints = Complaints()
        self.counters = self._complaints.counters

    def answer(self, ctx: Context, answer: Answer, sender: str) -> None:
        """Move the flow on, if the sender serves the host that it waits for."""
        event = Event(
            answer.state, answer.step, answer.undo, answer.generation, answer.host, answer.facts, answer.fault,
            answer.started_at, answer.finished_at, answer.boot_id, kinds=self._served(answer.host, sender),
        )  # fmt: skip
        if not event.kinds:
            self._refuse(sender, answer.host)
        elif self._engine.advance(answer.flow, event):
            what = f"an answer about {answer.step:.100} of flow {answer.flow:.36}, which it was not asked for"
            self._complaints.note("refused", sender, what)

    def hosts(self, ctx: Context, reports: list[HostReport], sender: str) -> None:
        """Gather reports for the next write; a hello is written at once and makes the host's flows due."""
        self._look_for(reports, sender)
        known = [report for report in reports if self._may_report(report, sender)]
        with self._lock:
            known = [report for report in known if self._is_newest(report)]
            for report in known:
                self._gathered[report.kind, report.host] = report
        hellos = [report for report in known if report.hello]
        if hellos:
            self.flush()
            self._hasten(hellos)

    def flush(self) -> int:
        """Write what was gathered, in one statement; how many hosts. Raises Unavailable and keeps them then."""
        with self._lock:
            gathered, self._gathered = self._gathered, {}
        if not gathered:
            return 0
        rows = [_row(report) for report in gathered.values()]
        try:
            returned = self._silent(list(gathered))
            believed = self._write(rows)
        except Unavailable:
            with self._lock:
                self._gathered = {**gathered, **self._gathered}
            raise
        for _, host in gathered.keys() - self._addresses.keys():
            self._looked.pop(host, None)  # the row may be new; whether it is this sender's, it says itself
        gathered = {key: report for key, report in gathered.items() if key in believed}
        self._hasten([gathered[key] for key in gathered.keys() & returned])
        told = [report for report in gathered.values() if report.kind == "compute" and report.powers is not None]
        sync_powers(self._database, told)
        for report in gathered.values():
            self.presence.take(report)
        return len(gathered)

    def _silent(self, keys: list[tuple[str, str]]) -> set[tuple[str, str]]:
        """Which of these hosts were away until now: what waits for them was put off."""
        names, seconds = [name for _, name in keys], self._engine.pace.host_down_seconds
        return self._database.read(lambda tx: hosts.silent(tx, names, seconds))

    def _write(self, rows: list[dict[str, Any]]) -> set[tuple[str, str]]:
        """All in one statement; one by one when the database does not take them so, and what it refuses is dropped:
        one host's nonsense must not make all the others silent. (kind, name) of those that were believed."""
        try:
            return self._database.transact(lambda tx: hosts.upsert(tx, rows))
        except Unavailable:
            raise
        except Exception:
            if len(rows) == 1:
                self.counters["unwritable"] += 1
                LOG.exception("dropped a report of host %.64r", rows[0]["name"])
                return set()
            return set().union(*(self._write([row]) for row in rows))

    def _hasten(self, hellos: list[HostReport]) -> None:
        """An agent's new process knows nothing of what its forerunner was at: ask again now."""
        if hellos:
            self._engine.agents.forget()
        for kind in {report.kind for report in hellos}:
            names = [report.host for report in hellos if report.kind == kind]
            advance_each(self._engine, self._database.transact(partial(_due_now, kind=kind, names=names)))

    def _served(self, host: str, sender: str) -> tuple[str, ...]:
        """For which kinds of work the host's agent is at the sender's address."""
        known = [self._addresses.get((kind, host)) for kind in KINDS]
        since = concurrency.monotonic() - self._looked.get(host, float("-inf"))
        if sender not in known or (None in known and since > LOOK_SECONDS):
            self._look([host])
        return tuple(kind for kind in KINDS if self._addresses.get((kind, host)) == sender)

    def _look_for(self, reports: list[HostReport], sender: str) -> None:
        """Look at the rows of hosts that are not known here, and now and then of those that somebody else served: an
        operator may have changed it."""
        long_ago, strange = concurrency.monotonic() - LOOK_SECONDS, set()
        for report in (one for one in reports if _is_of(one, sender)):
            known = self._addresses.get((report.kind, report.host))
            if known is None or (known != sender and self._looked.get(report.host, float("-inf")) < long_ago):
                strange.add(report.host)
        if strange:
            self._look(sorted(strange))

    def _look(self, names: list[str]) -> None:
        self._addresses.update(self._database.read(lambda tx: hosts.addresses(tx, names)))
        self._looked.update(dict.fromkeys(names, concurrency.monotonic()))

    def _may_report(self, report: HostReport, sender: str) -> bool:
        """A host is served by whom it was first reported; a new one by whoever reports it, if new ones are wanted."""
        served = self._addresses.get((report.kind, report.host), sender if self._admits_new else None)
        if served == sender and _is_of(report, sender):
            return True
        self._refuse(sender, report.host)
        return False

    def _is_newest(self, report: HostReport) -> bool:
        """False for a report that an agent process made before one that was taken in."""
        boot_id, number = self._newest.get((report.kind, report.host), ("", 0))
        if report.boot_id == boot_id and 0 < report.number <= number:
            self._complaints.note("late", report.address, f"an old report, or one again, about host {report.host:.100}")
            return False
        self._newest[report.kind, report.host] = (report.boot_id, report.number)
        return True

    def _refuse(self, sender: str, host: str) -> None:
        self._complaints.note("refused", sender, f"a report about host {host:.100}, which it does not serve")


def _is_of(report: HostReport, sender: str) -> bool:
    return report.kind in KINDS and report.address == sender and _is_sane(report)


def _is_sane(report: HostReport) -> bool:
    """Whether its names and numbers fit where they are kept."""
    names = {report.host: 255, report.address: 255, report.boot_id: 36}
    capacity = report.capacity or Capacity()
    numbers = (capacity.vcpus, capacity.ram_mib, capacity.disk_gib)
    return all(0 < len(name) <= most and name.isprintable() for name, most in names.items()) and all(
        0 <= number <= MOST_CAPACITY for number in numbers
    )


def _due_now(tx: Any, kind: str, names: list[str]) -> list[str]:
    waiting = flows.waiting_for(tx, kind, names)
    if waiting:
        flows.hasten(tx, waiting)
    return waiting


def _row(report: HostReport) -> dict[str, Any]:
    capacity = report.capacity
    sizes = {"vcpus": capacity.vcpus, "ram_mib": capacity.ram_mib, "disk_gib": capacity.disk_gib} if capacity else {}
    return {"kind": report.kind, "name": report.host, "address": report.address, "boot_id": report.boot_id,
            "facts": report.facts or None, **sizes}  # fmt: skip
