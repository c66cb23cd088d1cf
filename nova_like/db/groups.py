"""Rows of server groups. Who is in one, its members' rows say (instances.of_groups)."""

from typing import Any

import sqlalchemy as sa

from nova_like.db.engine import Transaction
from nova_like.db.schema.compute import instances
from nova_like.db.schema.groups import server_groups

Row = dict[str, Any]


def get(tx: Transaction, group_id: str, project_id: str | None) -> Row | None:
    """The row, if `project_id` (None: anybody) owns it."""
    return tx.row(_owned(project_id).where(server_groups.c.id == group_id))


def hold(tx: Transaction, group_id: str, project_id: str | None = None) -> Row | None:
    """The same, held until the transaction ends: who chooses hosts for its members, or adds one, comes alone."""
    return tx.row(_owned(project_id).where(server_groups.c.id == group_id).with_for_update())


def list_groups(tx: Transaction, project_id: str | None, offset: int = 0, limit: int | None = None) -> list[Row]:
    """The oldest first."""
    order = (server_groups.c.created_at, server_groups.c.id)
    return tx.rows(_owned(project_id).order_by(*order).offset(offset).limit(limit))


def _owned(project_id: str | None) -> sa.Select:
    statement = sa.select(server_groups)
    return statement if project_id is None else statement.where(server_groups.c.project_id == project_id)


def count(tx: Transaction, project_id: str) -> int:
    mine = sa.select(sa.func.count()).where(server_groups.c.project_id == project_id)
    return int(tx.scalar(mine))


def insert(tx: Transaction, row: Row) -> None:
    tx.execute(sa.insert(server_groups).values(**row))


def delete(tx: Transaction, group_id: str) -> None:
    """Its members are in no group then."""
    tx.execute(sa.update(instances).where(instances.c.group_id == group_id).values(
        group_id=None, updated_at=instances.c.updated_at))  # fmt: skip
    tx.execute(sa.delete(server_groups).where(server_groups.c.id == group_id))
