"""Power states as hosts report them, compared with the rows: a guest that went down by itself is STOPPED."""

from functools import partial
from typing import Any

from nova_like.db import flows, instances
from nova_like.db.engine import Database, Transaction
from nova_like.model import states
from nova_like.model.orders import HostReport

EVENTS = {"shutdown": "stopped", "crashed": "stopped", "running": "started"}


def sync_powers(database: Database, reports: list[HostReport]) -> int:
    """Write what differs, of instances that no flow is at work on; how many rows changed."""
    return sum(database.transact(partial(_sync, report=r)) for r in reports if _differs(database, r))


def _differs(database: Database, report: HostReport) -> bool:
    return bool(database.read(lambda tx: _changes(instances.on_host(tx, report.host), report.powers or {})))


def _changes(rows: list[dict[str, Any]], powers: dict[str, str]) -> dict[str, tuple[str, str]]:
    """{instance id: (event, power)} for rows that are not as their host says."""
    found = {}
    for row in rows:
        power = powers.get(row["id"])
        if power is None or row["state"] not in (states.ACTIVE, states.STOPPED) or row["power"] == power:
            continue
        if power in EVENTS:
            found[row["id"]] = (EVENTS[power], power)
    return found


def _sync(tx: Transaction, report: HostReport) -> int:
    changes = _changes(instances.on_host(tx, report.host), report.powers or {})
    busy = flows.of_resources(tx, list(changes)) if changes else {}
    quiet = {id: change for id, change in changes.items() if id not in busy}
    return sum(instances.move(tx, id, event, power=power) for id, (event, power) in quiet.items())
