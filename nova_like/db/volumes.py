"""Rows of volumes."""

from typing import Any

import sqlalchemy as sa

from nova_like.db.engine import Transaction
from nova_like.db.schema import db_now
from nova_like.db.schema.volumes import volumes
from nova_like.model import states

Row = dict[str, Any]


def insert(tx: Transaction, row: Row) -> None:
    tx.execute(sa.insert(volumes).values(**row))


def get(tx: Transaction, volume_id: str, project_id: str | None) -> Row | None:
    """The row, if `project_id` (None: anybody) owns it and it is not deleted."""
    return tx.row(_owned(volume_id, project_id))


def hold(tx: Transaction, volume_id: str, project_id: str | None) -> Row | None:
    """The row, held until the transaction ends."""
    return tx.row(_owned(volume_id, project_id).with_for_update())


def _owned(volume_id: str, project_id: str | None) -> sa.Select:
    statement = sa.select(volumes).where(volumes.c.id == volume_id, volumes.c.state != "deleted")
    return statement if project_id is None else statement.where(volumes.c.project_id == project_id)


def update(tx: Transaction, volume_id: str, **values: Any) -> None:
    tx.execute(sa.update(volumes).where(volumes.c.id == volume_id).values(updated_at=db_now(), **values))


def move(tx: Transaction, volume_id: str, event: str, **values: Any) -> bool:
    """Apply `event` of model/states.VOLUME: the row changes only from a state that has it."""
    after = states.sources(states.VOLUME, event)
    if event == "deleted":
        values["deleted_at"] = db_now()
    statement = sa.update(volumes).where(volumes.c.id == volume_id, volumes.c.state.in_(list(after)))
    values = {"state": sa.case(after, value=volumes.c.state), "updated_at": db_now(), **values}
    return tx.execute(statement.values(**values)).rowcount == 1
