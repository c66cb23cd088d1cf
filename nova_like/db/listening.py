"""Since when the controller hears its hosts without a gap. What it did not hear itself counts against no host."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from nova_like.db.engine import Transaction
from nova_like.db.schema import db_now
from nova_like.db.schema.listening import listening

GAP_SECONDS = 10.0  # the bus, the database or all schedulers were away: listening begins anew
NAME = "reports"


def note(tx: Transaction) -> None:
    """The bus was heard just now."""
    kind = postgresql if tx.dialect == "postgresql" else sqlite
    now = db_now()
    since = sa.case((listening.c.heard_at < now - GAP_SECONDS, now), else_=listening.c.since)
    insert = kind.insert(listening).values(name=NAME, since=now, heard_at=now)
    tx.execute(insert.on_conflict_do_update(index_elements=[listening.c.name], set_={"since": since, "heard_at": now}))


def seconds() -> Any:
    """SQL: for how many seconds the controller has listened; 0 when it does not, or never did."""
    now = db_now()
    listened = sa.case((listening.c.heard_at < now - GAP_SECONDS, 0.0), else_=now - listening.c.since)
    return sa.func.coalesce(sa.select(listened).where(listening.c.name == NAME).scalar_subquery(), 0.0)


def listened(tx: Transaction) -> float:
    """`seconds` as a number."""
    return float(tx.scalar(sa.select(seconds())))
