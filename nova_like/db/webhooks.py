"""Rows of webhooks, and of what is to be delivered to them."""

from typing import Any

import sqlalchemy as sa

from nova_like.db.engine import Transaction
from nova_like.db.schema import db_now
from nova_like.db.schema.notices import webhook_deliveries as deliveries
from nova_like.db.schema.notices import webhooks

Row = dict[str, Any]


def insert(tx: Transaction, row: Row) -> Row:
    """The row as it is kept."""
    tx.execute(sa.insert(webhooks).values(**row))
    found = get(tx, row["id"], row["project_id"])
    assert found is not None
    return found


def get(tx: Transaction, webhook_id: str, project_id: str) -> Row | None:
    """The row, if the project owns it."""
    return tx.row(sa.select(webhooks).where(webhooks.c.id == webhook_id, webhooks.c.project_id == project_id))


def list_webhooks(tx: Transaction, project_ids: list[str]) -> list[Row]:
    """All of these projects, the oldest first."""
    chosen = sa.select(webhooks).where(webhooks.c.project_id.in_(project_ids))
    return tx.rows(chosen.order_by(webhooks.c.created_at, webhooks.c.id))


def delete(tx: Transaction, webhook_id: str, project_id: str) -> bool:
    """With all that was to be delivered; False when the project has none of that id."""
    owned = (webhooks.c.id == webhook_id, webhooks.c.project_id == project_id)
    if not tx.execute(sa.delete(webhooks).where(*owned)).rowcount:
        return False
    tx.execute(sa.delete(deliveries).where(deliveries.c.webhook_id == webhook_id))
    return True


# -- deliveries


def owe(tx: Transaction, rows: list[Row]) -> None:
    """`rows`: webhook_id, notice_id, body. Due at once."""
    if rows:
        tx.execute(sa.insert(deliveries).values(due_at=db_now(), created_at=db_now()), rows)


def claim(tx: Transaction, limit: int, seconds: float) -> list[Row]:
    """Deliveries that are due, with `url`, `attempts` (this one counted) and `age`; nobody else's for `seconds`."""
    due = (
        sa.select(deliveries, webhooks.c.url, (db_now() - deliveries.c.created_at).label("age"))
        .join(webhooks, webhooks.c.id == deliveries.c.webhook_id)
        .where(deliveries.c.due_at <= db_now())
        .order_by(deliveries.c.due_at)
        .limit(limit)
    )
    rows = tx.rows(due.with_for_update(of=deliveries, skip_locked=True))
    if not rows:
        return []
    keys = [(row["webhook_id"], row["notice_id"]) for row in rows]
    taken = sa.update(deliveries).where(sa.tuple_(deliveries.c.webhook_id, deliveries.c.notice_id).in_(keys))
    tx.execute(taken.values(attempts=deliveries.c.attempts + 1, due_at=db_now() + seconds))
    return [{**row, "attempts": row["attempts"] + 1} for row in rows]


def put_off(tx: Transaction, row: Row, seconds: float) -> None:
    tx.execute(_this(sa.update(deliveries), row).values(due_at=db_now() + seconds))


def settle(tx: Transaction, row: Row) -> None:
    """It was delivered, or given up."""
    tx.execute(_this(sa.delete(deliveries), row))


def _this(statement: Any, row: Row) -> Any:
    same = (deliveries.c.webhook_id == row["webhook_id"], deliveries.c.notice_id == row["notice_id"])
    return statement.where(*same)
