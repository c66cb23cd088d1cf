"""Flows that do not get on, tombstones that stay, and counters that disagree with rows."""

from collections.abc import Iterable
from typing import Any

from nova_like.cmd.manage.doctor.finding import Finding
from nova_like.cmd.manage.doctor.patient import Patient

OLD_SECONDS = 600.0
OVERDUE_SECONDS = 60.0
MANY = 8
MOST_FLOWS = 10_000  # the oldest ones; beyond that there is nothing more to learn
LATE_SECONDS = 2 * 3600.0
TOMBSTONE_SECONDS = 24 * 3600.0


def live(patient: Patient) -> list[dict[str, Any]]:
    """Unfinished flows, the oldest first, with `age` and `overdue` in seconds by the database's clock."""
    import sqlalchemy as sa

    from nova_like.db.schema import db_now
    from nova_like.db.schema.flows import flows

    oldest = sa.select(flows, db_now().label("now")).where(flows.c.due_at.is_not(None)).order_by(flows.c.created_at)
    rows = patient.read(lambda tx: tx.rows(oldest.limit(MOST_FLOWS)))
    return [{**row, "age": row["now"] - row["created_at"], "overdue": row["now"] - row["due_at"]} for row in rows]


def _told(flow: dict[str, Any]) -> str:
    reason = (flow["fault"] or {}).get("reason")
    at = f"{flow['kind']} {flow['id']} of {flow['resource_id']} at {flow['step_name'] or 'its start'}"
    host = f" on {flow['host']}" if flow["host"] else ""
    return f"{at}{host}, {flow['attempts']} attempts, {flow['age'] / 60:.0f} min old{': ' + reason if reason else ''}"


def parked(patient: Patient) -> Iterable[Finding]:
    """An undo failed; it is tried again every half minute, and what it should take back is still there."""
    for flow in live(patient):
        if flow["state"] == "parked":
            remedy = f"mend what `nova-like-manage flow show {flow['id']}` tells, then `flow retry {flow['id']}`"
            yield Finding("flow parked", _told(flow), remedy)


def stuck(patient: Patient) -> Iterable[Finding]:
    """Under way for long, or asked for often without an answer."""
    for flow in live(patient):
        if flow["state"] != "parked" and (flow["age"] > OLD_SECONDS or flow["attempts"] >= MANY):
            look = (
                f"look after {flow['host'] or 'the hosts'}; `nova-like-manage flow retry {flow['id']}` asks again now"
            )
            yield Finding("flow does not get on", _told(flow), f"{look}, `flow cancel` takes back what can be")


def overdue(patient: Patient) -> Iterable[Finding]:
    late = [flow for flow in live(patient) if flow["overdue"] > OVERDUE_SECONDS]
    if late:
        worst = max(flow["overdue"] for flow in late)
        evidence = f"{len(late)} flows are due and nobody takes them up, one for {worst:.0f} s"
        yield Finding("flows overdue", evidence, "see that schedulers run; start a further one if they are busy")


def tombstones(patient: Patient) -> Iterable[Finding]:
    """Hosts that are away and still hold what users are rid of."""
    import sqlalchemy as sa

    from nova_like.db.schema import db_now
    from nova_like.db.schema.tombstones import tombstones as table

    old = sa.select(table.c.host, sa.func.count().label("count")).group_by(table.c.host)
    for row in patient.read(lambda tx: tx.rows(old.where(table.c.created_at < db_now() - TOMBSTONE_SECONDS))):
        evidence = f"{row['host']} still holds {row['count']} things that are deleted or elsewhere, after a day"
        remedy = (f"bring it back, or, once it is off for good, `nova-like-manage host fence {row['host']}`, and "
                  "`host remove --lost`")  # fmt: skip
        yield Finding("tombstones stay", evidence, remedy)


def retention(patient: Patient) -> Iterable[Finding]:
    """Ended flows that should have gone two hours ago."""
    import sqlalchemy as sa

    from nova_like.db.schema import db_now
    from nova_like.db.schema.flows import flows

    keep = patient.conf.database.retain_flows_hours
    ended = sa.select(flows.c.id).where(flows.c.due_at.is_(None))
    late = ended.where(flows.c.updated_at < db_now() - keep * 3600.0 - LATE_SECONDS).limit(1)
    if patient.read(lambda tx: tx.scalar(late)):
        evidence = f"flows that ended more than {keep + LATE_SECONDS / 3600:g} hours ago are still there"
        yield Finding("rows stay", evidence, "see the schedulers' logs for `retain`; start a further one")


def audit(patient: Patient) -> Iterable[Finding]:
    from nova_like.db.audit import discrepancies

    for line in patient.read(discrepancies):
        remedy = "if it stays for a minute, report it as a defect, with `nova-like-manage flow list --all`"
        yield Finding("audit", line, remedy)
