"""Numbers for operators, each in one statement: unfinished flows by kind and state, hosts by kind."""

from typing import NamedTuple

import sqlalchemy as sa

from nova_like.db.engine import Transaction
from nova_like.db.schema import db_now
from nova_like.db.schema.flows import flows
from nova_like.db.schema.hosts import hosts


class Flows(NamedTuple):
    """`number` of them; age of the `oldest` in seconds."""

    number: int
    oldest: float


def live_flows(tx: Transaction) -> dict[tuple[str, str], Flows]:
    """{(kind, state): number and age of the oldest}; unfinished ones are those that are due some time."""
    oldest = (db_now() - sa.func.min(flows.c.created_at)).label("oldest")
    statement = sa.select(flows.c.kind, flows.c.state, sa.func.count().label("number"), oldest)
    rows = tx.rows(statement.where(flows.c.due_at.is_not(None)).group_by(flows.c.kind, flows.c.state))
    return {(row["kind"], row["state"]): Flows(row["number"], row["oldest"]) for row in rows}


def host_states(tx: Transaction, down_seconds: float) -> tuple[dict[tuple[str, ...], float], dict[str, float]]:
    """({(kind, up | deaf | down | disabled): hosts}, {kind: longest silence in seconds of one that should be up})."""
    silent = db_now() - sa.func.coalesce(hosts.c.seen_at, 0.0)
    off = sa.or_(hosts.c.enabled.is_(False), hosts.c.forced != "")
    state = sa.case((off, "disabled"), (silent > down_seconds, "down"), (hosts.c.deaf, "deaf"), else_="up")
    statement = sa.select(hosts.c.kind, state.label("state"), sa.func.count().label("count"),
                          sa.func.max(silent).label("silent"))  # fmt: skip
    rows = tx.rows(statement.group_by(hosts.c.kind, state))
    lags: dict[str, float] = {}
    for row in rows:
        if row["state"] != "disabled":
            lags[row["kind"]] = max(lags.get(row["kind"], 0.0), row["silent"])
    return {(row["kind"], row["state"]): row["count"] for row in rows}, lags
