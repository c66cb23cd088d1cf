"""The database: reachable, of this release, durable, and of the same time as this machine."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from nova_like import concurrency
from nova_like.cmd.manage.doctor.finding import Finding, Skipped
from nova_like.cmd.manage.doctor.patient import Patient

SKEW_SECONDS = 2.0
DURABLE = {"fsync": ("on",), "full_page_writes": ("on",), "synchronous_commit": ("on", "remote_apply", "remote_write")}


def reachable(patient: Patient) -> Iterable[Finding]:
    try:
        patient.read(lambda tx: tx.scalar(sa.select(1)))
    except Skipped:
        yield Finding("database unreachable", patient.database_fault or "it refuses to be read",
                      "start it, or correct [database] url; every request is answered 503 meanwhile")  # fmt: skip


def schema(patient: Patient) -> Iterable[Finding]:
    """At the newest migration of this release."""
    from nova_like.cmd.manage.db import head

    wanted = head()
    try:
        found = patient.read(lambda tx: tx.scalar(sa.text("SELECT version_num FROM alembic_version")))
    except Skipped:
        if patient.database_fault:
            raise
        found = "no schema at all"
    if found != wanted:
        yield Finding("schema of another release", f"the database is at {found}, this release at {wanted}",
                      "run `nova-like-manage db sync` with the newest release that is installed")  # fmt: skip


def clock(patient: Patient) -> Iterable[Finding]:
    """Tokens and image links go by this machine's clock, everything else by the database's."""
    from nova_like.db.schema import db_now

    skew, slack = patient.read(_skew(db_now()))
    if abs(skew) > SKEW_SECONDS + slack:
        yield Finding("clocks differ", f"the database's clock is {skew:+.1f} s from this machine's",
                      "have both follow the same NTP servers; links and tokens expire early or late")  # fmt: skip


def _skew(expression: Any) -> Any:
    def ask(tx: Any) -> tuple[float, float]:
        begun = concurrency.now().timestamp()
        theirs = tx.scalar(sa.select(expression))
        ended = concurrency.now().timestamp()
        return theirs - (begun + ended) / 2, (ended - begun) / 2

    return ask


def durability(patient: Patient) -> Iterable[Finding]:
    """What was acknowledged must be there after a power cut."""
    if patient.read(lambda tx: tx.dialect) != "postgresql":
        raise Skipped("only PostgreSQL has these settings")
    for name, allowed in DURABLE.items():
        value = patient.read(lambda tx, name=name: tx.scalar(sa.text(f"SHOW {name}")))  # type: ignore[misc]
        if value not in allowed:
            yield Finding("database not durable", f"PostgreSQL runs with {name} = {value}",
                          f"set {name} = on and reload it; a crash may lose accepted requests")  # fmt: skip


def shared(patient: Patient) -> Iterable[Finding]:
    """SQLite belongs to one process."""
    if patient.conf.database.url.startswith("sqlite") and not patient.is_local:
        yield Finding("SQLite under several daemons", "[database] url is an SQLite file and [bus] url a broker",
                      "use PostgreSQL, or nova-like-all with the local bus")  # fmt: skip
