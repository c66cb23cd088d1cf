"""Agents and schedulers: heard of, listening, one process for each address."""

from collections.abc import Iterable

from nova_like.cmd.manage.base import when
from nova_like.cmd.manage.doctor.finding import Finding
from nova_like.cmd.manage.doctor.flows import live
from nova_like.cmd.manage.doctor.patient import Patient

DEAF_ATTEMPTS = 4


def silent(patient: Patient) -> Iterable[Finding]:
    """Hosts that an operator did not switch off, and that do not report."""
    for row in patient.agents:
        if row["enabled"] and not row["forced"] and not patient.is_heard(row):
            since = f"since {when(row['seen_at'])}" if row["seen_at"] else "since ever"
            yield Finding("agent silent", f"{row['kind']} {row['name']} has not reported {since}",
                          f"see `systemctl status nova-like-{row['kind']}` there; if the machine is off, "
                          f"`nova-like-manage host fence {row['name']}`, for maintenance `host drain`")  # fmt: skip


def deaf(patient: Patient) -> Iterable[Finding]:
    """It reports, and answers no orders."""
    waiting: dict[tuple[str, str], int] = {}
    for flow in live(patient):
        if flow["attempts"] >= DEAF_ATTEMPTS and flow["host"]:
            key = (flow["host_kind"], flow["host"])
            waiting[key] = waiting.get(key, 0) + 1
    for row in patient.agents:
        count = waiting.get((row["kind"], row["name"]), 0)
        if patient.is_heard(row) and (count or row.get("deaf")):
            yield Finding("agent deaf", f"{row['kind']} {row['name']} reports; {count} orders went out to it "
                          f"{DEAF_ATTEMPTS} times or more without an answer", f"see its log, then restart "
                          f"nova-like-{row['kind']} at {row['address']}: running guests are not touched")  # fmt: skip


def strangers(patient: Patient) -> Iterable[Finding]:
    """Guests on a host that the database has never heard of: nobody takes them away by himself."""
    for row in patient.agents:
        if row["strangers"]:
            named = ", ".join(row["strangers"]["ids"])
            yield Finding("unknown guests", f"{row['name']} runs {row['strangers']['number']} that the database does "
                          f"not know: {named}", "was the database restored from a backup? Then they are newer than it. "
                          "When nobody misses them, destroy them there by hand")  # fmt: skip


def doubled(patient: Patient) -> Iterable[Finding]:
    """Hosts of one address that different processes reported lately."""
    boots: dict[tuple[str, str], set[str]] = {}
    for row in patient.agents:
        if patient.is_heard(row):
            boots.setdefault((row["kind"], row["address"]), set()).add(row["boot_id"])
    for (kind, address), found in boots.items():
        if len(found) > 1:
            yield Finding("agent runs twice", f"{len(found)} processes report as {kind} agent {address}",
                          "end all but one, or give each its own [DEFAULT] host; for a minute after a restart this "
                          "is normal")  # fmt: skip


def schedulers(patient: Patient) -> Iterable[Finding]:
    from nova_like.cmd.scheduler import APPEAR_SECONDS

    rows = [row for row in patient.hosts if row["kind"] == "scheduler"]
    lately = [row for row in rows if row["silent_seconds"] is not None and row["silent_seconds"] < 3 * APPEAR_SECONDS]
    if not lately:
        last = max((row["seen_at"] or 0.0 for row in rows), default=0.0)
        yield Finding("no scheduler", f"none has shown itself since {when(last) if last else 'ever'}",
                      "`systemctl start nova-like-scheduler` on a controller: nothing moves without one")  # fmt: skip
