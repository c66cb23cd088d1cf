"""Rows of flows and their journal."""

from typing import Any

import sqlalchemy as sa

from nova_like.db.engine import Transaction
from nova_like.db.schema import db_now
from nova_like.db.schema.flows import flows, journal

LIVE = ("running", "unwinding", "parked")


def count_unfinished(tx: Transaction, most: int) -> int:
    """Flows that are due some time, counted no further than `most`."""
    some = sa.select(flows.c.id).where(flows.c.due_at.is_not(None)).limit(most).subquery()
    return int(tx.scalar(sa.select(sa.func.count()).select_from(some)))


def insert(tx: Transaction, rows: list[dict[str, Any]], first_look_seconds: float) -> None:
    """New flows, due by themselves `first_look_seconds` from now should nobody be woken."""
    tx.send(sa.insert(flows).values(due_at=db_now() + first_look_seconds), rows)


_ROW = sa.select(flows, db_now().label("now")).where(flows.c.id == sa.bindparam("flow_id"))
_LOCK = {skip: _ROW.with_for_update(of=flows, skip_locked=skip) for skip in (False, True)}


def lock(tx: Transaction, flow_id: str, skip_locked: bool = False) -> dict[str, Any] | None:
    """The flow's row, held until the transaction ends, with the database's time as `now`; None when there is none
    (or, with `skip_locked`, when somebody else holds it)."""
    return tx.row(_LOCK[skip_locked], {"flow_id": flow_id})


WAITS = ("host", "host_kind", "due_at", "deadline_at", "unanswered_since")
MOVING = ("state", "step", "step_name", "attempts", "generation", "fault", "facts", *WAITS)
_SAVE = (
    sa.update(flows)
    .where(flows.c.id == sa.bindparam("flow_id"), flows.c.version == sa.bindparam("known"))
    .values(version=flows.c.version + 1, **{name: sa.bindparam(f"new_{name}") for name in MOVING})
)


def save(tx: Transaction, flow: dict[str, Any], values: dict[str, Any], entry: dict[str, Any] | None = None) -> bool:
    """Write all of MOVING if the row is still of `flow`'s version, which rises by one. False when it is not.
    `entry`: step, event, host and detail of an entry of the timeline that goes with it."""
    known = {"flow_id": flow["id"], "known": flow["version"], **{f"new_{name}": values[name] for name in MOVING}}
    if entry is None or tx.dialect != "postgresql":
        saved = tx.execute(_SAVE, known).rowcount == 1
        if saved and entry is not None:
            note(tx, flow, **entry)
        return saved
    noted = {f"note_{name}": value for name, value in _fitting(entry).items()}
    return tx.execute(_SAVE_AND_NOTE, {**known, **noted}).rowcount == 1


def note(tx: Transaction, flow: dict[str, Any], step: str, event: str, host: str | None, detail: Any) -> None:
    """An entry of the timeline, keyed by the version that the flow gets in this transaction."""
    entry = _fitting({"step": step, "event": event, "host": host, "detail": detail})
    tx.send(_NOTE, {"flow_id": flow["id"], "version": flow["version"] + 1, **entry})


def _fitting(entry: dict[str, Any]) -> dict[str, Any]:
    return {**entry, "event": entry["event"][:128]}


_NOTE = sa.insert(journal).values(at=db_now())
_ENTRY = ("step", "event", "host", "detail")
_SAVED = _SAVE.returning(flows.c.id, flows.c.version).cte("saved")
_SAVE_AND_NOTE = sa.insert(journal).from_select(  # both in one statement: every turn of every flow makes it
    ["flow_id", "version", "at", *_ENTRY],
    sa.select(_SAVED.c.id, _SAVED.c.version, db_now(),
              *(sa.bindparam(f"note_{name}", type_=journal.c[name].type) for name in _ENTRY)),
)  # fmt: skip


def live_of(tx: Transaction, resource_id: str) -> list[dict[str, Any]]:
    """The unfinished flows of a resource, held until the transaction ends."""
    statement = sa.select(flows).where(flows.c.resource_id == resource_id, flows.c.state.in_(LIVE))
    return tx.rows(statement.with_for_update())


def live_ids(tx: Transaction, resource_id: str) -> set[str]:
    """The unfinished flows of a resource as they are now, none of them held."""
    statement = sa.select(flows.c.id).where(flows.c.resource_id == resource_id, flows.c.state.in_(LIVE))
    return set(tx.execute(statement).scalars())


def cancel(tx: Transaction, flow: dict[str, Any], then: str | None) -> None:
    """Ask a live flow to unwind and to start a flow of kind `then`, if any, as its last act."""
    note(tx, flow, "", "cancel", None, {"then": then})
    statement = sa.update(flows).where(flows.c.id == flow["id"])
    tx.execute(statement.values(cancel=True, then=then, due_at=db_now(), version=flows.c.version + 1))


def end(tx: Transaction, flow: dict[str, Any], why: str) -> None:
    """End a flow whose work is done otherwise; the caller releases what it holds."""
    note(tx, flow, flow["step_name"], why, None, None)
    ended = dict.fromkeys(WAITS)
    statement = sa.update(flows).where(flows.c.id == flow["id"])
    tx.execute(statement.values(state="cancelled", version=flows.c.version + 1, updated_at=db_now(), **ended))


def retry(tx: Transaction, flow: dict[str, Any]) -> None:
    """Make a live flow due now; a step that was sent often has its first interval again."""
    note(tx, flow, flow["step_name"], "retry asked for by the operator", None, None)
    once = sa.case((flows.c.attempts > 1, 1), else_=flows.c.attempts)
    statement = sa.update(flows).where(flows.c.id == flow["id"])
    tx.execute(statement.values(due_at=db_now(), attempts=once, version=flows.c.version + 1))


def due(tx: Transaction, limit: int) -> list[str]:
    """Ids of the flows whose time has come, the longest overdue first."""
    statement = sa.select(flows.c.id).where(flows.c.due_at <= db_now()).order_by(flows.c.due_at).limit(limit)
    return list(tx.execute(statement).scalars())


def waiting_for(tx: Transaction, kind: str, hosts: list[str]) -> list[str]:
    """Ids of the flows that wait for an answer of these hosts' agents of one kind."""
    statement = sa.select(flows.c.id).where(flows.c.host.in_(hosts), flows.c.host_kind == kind)
    return list(tx.execute(statement.where(flows.c.state.in_(LIVE))).scalars())


def hasten(tx: Transaction, flow_ids: list[str]) -> None:
    """Make flows due now."""
    tx.execute(sa.update(flows).where(flows.c.id.in_(flow_ids), flows.c.due_at.is_not(None)).values(due_at=db_now()))


def defer(tx: Transaction, flow_id: str, seconds: float) -> None:
    """Leave a flow alone for a while."""
    statement = sa.update(flows).where(flows.c.id == flow_id, flows.c.due_at.is_not(None))
    tx.execute(statement.values(due_at=db_now() + seconds, version=flows.c.version + 1))


def of_resources(tx: Transaction, resource_ids: list[str]) -> dict[str, dict[str, Any]]:
    """{resource id: its unfinished flow} for those that have one."""
    return {row["resource_id"]: row for row in tx.rows(_UNFINISHED, {"ids": resource_ids})}


_UNFINISHED = sa.select(
    flows.c.resource_id, flows.c.kind, flows.c.step_name, flows.c.state, flows.c.cancel, flows.c.args
).where(flows.c.resource_id.in_(sa.bindparam("ids", expanding=True)), flows.c.state.in_(LIVE))


def history(tx: Transaction, resource_id: str) -> list[dict[str, Any]]:
    """All flows of a resource, the newest first."""
    statement = sa.select(flows).where(flows.c.resource_id == resource_id)
    return tx.rows(statement.order_by(flows.c.created_at.desc(), flows.c.id))


def get(tx: Transaction, flow_id: str) -> dict[str, Any] | None:
    return tx.row(sa.select(flows).where(flows.c.id == flow_id))


def list_flows(tx: Transaction, states: tuple[str, ...] | None, limit: int = 100) -> list[dict[str, Any]]:
    """The newest flows, for operators; `states` None is all."""
    statement = sa.select(flows)
    if states is not None:
        statement = statement.where(flows.c.state.in_(states))
    return tx.rows(statement.order_by(flows.c.created_at.desc(), flows.c.id).limit(limit))


def timeline(tx: Transaction, flow_id: str) -> list[dict[str, Any]]:
    """The journal of a flow, the oldest entry first."""
    return tx.rows(sa.select(journal).where(journal.c.flow_id == flow_id).order_by(journal.c.version))
