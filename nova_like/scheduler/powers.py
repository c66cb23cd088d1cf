"""Power states as hosts report them, compared with the rows: a guest that went down by itself is STOPPED.

A report may be read after the answer to an order that it knows nothing of. It says which order each guest had last
finished when it was looked at; the row says for which order its power was written. A process that began after the one
that carried out that order is believed; where nobody can say which was first (the machine was started anew), when the
row has long been as it is.
"""

from functools import partial
from typing import Any

from nova_like.db import flows, instances
from nova_like.db.engine import Database, Transaction
from nova_like.model import boots, states
from nova_like.model.orders import HostReport

LATE_SECONDS = 50.0  # no report of an agent process that is no more is read so long after
_DOWN = {"shutdown": "stopped", "crashed": "stopped"}
EVENTS = {  # {state of the row: {power that is reported: what has happened}}
    states.ACTIVE: {**_DOWN, "running": "started", "paused": "paused", "suspended": "suspended"},
    states.STOPPED: {**_DOWN, "running": "started"},
    states.PAUSED: {**_DOWN, "running": "unpaused", "suspended": "suspended"},
    states.SUSPENDED: {**_DOWN, "running": "resumed"},  # down: what was saved is gone
    # what waits for its user's word waits on, whatever its guest does; only the power is written
    states.RESCUED: dict.fromkeys(("shutdown", "crashed", "running"), "seen"),
    states.RESIZED: dict.fromkeys(("shutdown", "crashed", "running"), "seen"),
}


def sync_powers(database: Database, reports: list[HostReport]) -> int:
    """Write what differs, of instances that no flow is at work on; how many rows changed."""
    if not reports:
        return 0
    rows = database.read(lambda tx: instances.on_hosts(tx, [report.host for report in reports]))
    differing = [report for report in reports if _changes(rows.get(report.host, []), report)]
    return sum(database.transact(partial(_sync, report=report)) for report in differing)


def _changes(rows: list[dict[str, Any]], report: HostReport) -> dict[str, tuple[str, str]]:
    """{instance id: (event, power)} for rows that are not as their host says."""
    found = {}
    for row in rows:
        power = (report.powers or {}).get(row["id"])
        if power is None or row["power"] == power:
            continue
        event = EVENTS.get(row["state"], {}).get(power)
        if event and not _is_late(report, row):
            found[row["id"]] = (event, power)
    return found


def _is_late(report: HostReport, row: dict[str, Any]) -> bool:
    """Whether the guest was looked at before the order was carried out that its power was last written for."""
    if report.generations is None:
        return False  # an agent of the release before
    finished = report.generations.get(row["id"])
    if finished is not None:
        return bool(finished < row["power_generation"])
    order = boots.order(report.boot_id, row["power_boot"])  # nothing yet, of this process
    return bool(row["quiet_seconds"] < LATE_SECONDS) if order is None else order <= 0


def _sync(tx: Transaction, report: HostReport) -> int:
    busy = flows.of_resources(tx, list(report.powers or {}))  # before the rows, which say how a flow has ended since
    changes = _changes(instances.on_hosts(tx, [report.host]).get(report.host, []), report)
    quiet = {id: change for id, change in changes.items() if id not in busy}
    return sum(instances.move(tx, id, event, power=power) for id, (event, power) in quiet.items())
