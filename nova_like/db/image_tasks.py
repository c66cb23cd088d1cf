"""Rows of imports: what was asked for, and what became of it. At most one of an image is live."""

from typing import Any

import sqlalchemy as sa

from nova_like.db.engine import Transaction
from nova_like.db.schema import db_now
from nova_like.db.schema.images import image_tasks

Row = dict[str, Any]
LIVE = ("pending", "processing")
_T = image_tasks.c


def insert(tx: Transaction, row: Row) -> None:
    tx.execute(sa.insert(image_tasks).values(**row))


def get(tx: Transaction, task_id: str) -> Row | None:
    return tx.row(sa.select(image_tasks).where(_T.id == task_id))


def live_of(tx: Transaction, image_id: str) -> Row | None:
    return tx.row(sa.select(image_tasks).where(_T.image_id == image_id, _T.status.in_(LIVE)).with_for_update())


def list_tasks(
    tx: Transaction, limit: int, image_id: str | None = None, status: str | None = None, marker: str | None = None
) -> list[Row]:
    """Newest first. Raises LookupError for a marker that there is none of."""
    statement = sa.select(image_tasks)
    for column, value in ((_T.image_id, image_id), (_T.status, status)):
        if value is not None:
            statement = statement.where(column == value)
    if marker is not None:
        last = get(tx, marker)
        if last is None:
            raise LookupError(marker)
        statement = statement.where(sa.tuple_(_T.created_at, _T.id) < sa.tuple_(last["created_at"], last["id"]))
    return tx.rows(statement.order_by(_T.created_at.desc(), _T.id.desc()).limit(limit))


def begin(tx: Transaction, task_id: str) -> int:
    """Say that it is worked at; the number of this attempt, 0 when it has ended."""
    live = (_T.id == task_id, _T.status.in_(LIVE))
    begun = sa.update(image_tasks).where(*live).values(status="processing", attempts=_T.attempts + 1)
    return int(tx.scalar(begun.returning(_T.attempts)) or 0)


def end(tx: Transaction, image_id: str, status: str, message: str = "") -> None:
    """The image's live one has ended."""
    live = (_T.image_id == image_id, _T.status.in_(LIVE))
    values = {"status": status, "message": message[:1024], "ended_at": db_now(), "updated_at": db_now()}
    tx.execute(sa.update(image_tasks).where(*live).values(values))
