"""Rows of moves: an instance on its way to another size or host, until that is confirmed or taken back."""

from typing import Any

import sqlalchemy as sa

from nova_like.db.engine import Transaction
from nova_like.db.schema.moves import moves

Row = dict[str, Any]
MIGRATING, FINISHED = "migrating", "finished"
CONFIRMED, REVERTED, ERROR, DONE = "confirmed", "reverted", "error", "done"
LIVE = (MIGRATING, FINISHED)  # finished: nobody has confirmed it yet


def insert(tx: Transaction, row: Row) -> None:
    tx.execute(sa.insert(moves).values(state=MIGRATING, **row))


def live_of(tx: Transaction, instance_id: str) -> Row | None:
    """The move that an instance is in, if any. Whoever asks holds the instance."""
    return tx.row(sa.select(moves).where(moves.c.instance_id == instance_id, moves.c.state.in_(LIVE)))


def is_apart(move: Row) -> bool:
    """Whether it is between two hosts."""
    return bool(move["source"] != move["target"])


def host_of(instance_id: Any) -> sa.ScalarSelect:
    """Where the move of an instance (a column or a value) holds something: a column for other statements."""
    held = sa.select(sa.func.max(moves.c.host)).where(moves.c.instance_id == instance_id, moves.c.host.is_not(None))
    return held.scalar_subquery()


def list_moves(
    tx: Transaction, wanted: Row, since: float | None = None, before: float | None = None, marker: str | None = None,
    limit: int | None = None,
) -> list[Row]:  # fmt: skip
    """A page, newest first, of those whose columns are as `wanted`, changed between two times. `host` is either end.
    Raises LookupError for an unknown marker."""
    statement, table = sa.select(moves), moves.c
    for name, value in wanted.items():
        either = sa.or_(table.source == value, table.target == value)
        statement = statement.where(either if name == "host" else table[name] == value)
    if since is not None:
        statement = statement.where(table.updated_at >= since)
    if before is not None:
        statement = statement.where(table.updated_at <= before)
    if marker is not None:
        last = tx.row(sa.select(moves).where(table.id == marker))
        if last is None:
            raise LookupError(marker)
        statement = statement.where(sa.tuple_(table.created_at, table.id) < (last["created_at"], last["id"]))
    return tx.rows(statement.order_by(table.created_at.desc(), table.id.desc()).limit(limit))


def update(tx: Transaction, move_id: str, **values: Any) -> None:
    tx.execute(sa.update(moves).where(moves.c.id == move_id).values(**values))


def end(tx: Transaction, move_id: str, state: str) -> None:
    """It holds nothing any more: the caller has given that back."""
    update(tx, move_id, state=state, host=None, vcpus=0, ram_mib=0, disk_gib=0, cores=0, ram=0)
