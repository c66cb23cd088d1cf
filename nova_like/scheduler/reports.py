"""What agents say, taken in: answers move flows on, host reports are gathered and written together."""

from collections import Counter
from functools import partial
from typing import Any

from nova_like import concurrency, logs
from nova_like.db import flows, hosts
from nova_like.db.engine import Database
from nova_like.flows.engine import Engine
from nova_like.model.commands import Event
from nova_like.model.context import Context
from nova_like.model.orders import Answer, HostReport
from nova_like.scheduler.powers import sync_powers

LOG = logs.get(__name__)
KINDS = ("compute", "network", "volume")


class Reports:
    """Handler of the reports contract. A sender may speak only for hosts that its own address serves."""

    def __init__(self, database: Database, engine: Engine) -> None:
        self._database, self._engine = database, engine
        self._lock = concurrency.Lock()
        self._gathered: dict[tuple[str, str], HostReport] = {}
        self._addresses: dict[tuple[str, str], str] = {}
        self.counters: Counter[str] = Counter()

    def answer(self, ctx: Context, answer: Answer, sender: str) -> None:
        """Move the flow on, if the sender serves the host that it waits for."""
        event = Event(
            answer.state, answer.step, answer.undo, answer.generation, answer.host, answer.facts, answer.fault,
            answer.started_at, answer.finished_at,
        )  # fmt: skip
        if not self._serves(answer.host, sender):
            self._refuse(sender, answer.host)
            return
        self._engine.advance(answer.flow, event)

    def hosts(self, ctx: Context, reports: list[HostReport], sender: str) -> None:
        """Gather reports for the next write; a hello is written at once and makes the host's flows due."""
        known = [report for report in reports if self._may_report(report, sender)]
        with self._lock:
            for report in known:
                self._gathered[report.kind, report.host] = report
        hellos = [report for report in known if report.hello]
        if hellos:
            self.flush()
            self._engine.agents.forget()
            self._hasten(hellos)

    def flush(self) -> int:
        """Write what was gathered, in one statement; how many hosts. Raises Unavailable and keeps them then."""
        with self._lock:
            gathered, self._gathered = self._gathered, {}
        if not gathered:
            return 0
        rows = [_row(report) for report in gathered.values()]
        try:
            self._database.transact(lambda tx: hosts.upsert(tx, rows))
        except Exception:
            with self._lock:
                self._gathered = {**gathered, **self._gathered}
            raise
        for key, report in gathered.items():
            self._addresses[key] = report.address
        told = [report for report in gathered.values() if report.kind == "compute" and report.powers is not None]
        sync_powers(self._database, told)
        return len(rows)

    def _hasten(self, hellos: list[HostReport]) -> None:
        """An agent's new process knows nothing of what its forerunner was at: ask again now."""
        for kind in {report.kind for report in hellos}:
            names = [report.host for report in hellos if report.kind == kind]
            for flow in self._database.transact(partial(_due_now, kind=kind, names=names)):
                self._engine.advance(flow)

    def _serves(self, host: str, sender: str) -> bool:
        """Whether any of the host's agents is at the sender's address."""
        if all(self._addresses.get((kind, host)) != sender for kind in KINDS):
            found = self._database.read(lambda tx: hosts.addresses(tx, [host]))
            self._addresses.update(found)
        return any(self._addresses.get((kind, host)) == sender for kind in KINDS)

    def _may_report(self, report: HostReport, sender: str) -> bool:
        """A host is served by whom it was first reported; a new one by whoever reports it."""
        key = (report.kind, report.host)
        if report.kind in KINDS and report.address == sender:
            if key not in self._addresses:
                self._serves(report.host, sender)
            if self._addresses.get(key, sender) == sender:
                return True
        self._refuse(sender, report.host)
        return False

    def _refuse(self, sender: str, host: str) -> None:
        self.counters["refused"] += 1
        LOG.warning("refused a report of %s about host %s, which it does not serve", sender, host)


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
