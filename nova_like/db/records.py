"""Rows of tables that are only kept: found by id, listed by equal columns, written and deleted one at a time. What such
a row means is its noun's module's to say."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from nova_like.db.engine import Transaction
from nova_like.model.errors import Conflict

Row = dict[str, Any]
Rows = list[Row]


class Records:
    """The rows of one table, in order of the columns `order`."""

    def __init__(self, table: sa.Table, *order: str) -> None:
        self.table = table
        self._order = [table.c[name] for name in order or ("id",)]

    def get(self, tx: Transaction, id: str) -> Row | None:
        return tx.row(sa.select(self.table).where(self.table.c.id == id))

    def list(self, tx: Transaction, **wanted: Any) -> Rows:
        """Rows whose columns have these values; None is no filter."""
        statement = sa.select(self.table).order_by(*self._order)
        for name, value in wanted.items():
            if value is not None:
                statement = statement.where(self.table.c[name] == value)
        return tx.rows(statement)

    def count(self, tx: Transaction, **wanted: Any) -> int:
        statement = sa.select(sa.func.count()).select_from(self.table)
        for name, value in wanted.items():
            statement = statement.where(self.table.c[name] == value)
        return int(tx.scalar(statement))

    def insert(self, tx: Transaction, row: Row) -> None:
        """Raises Conflict for a row that may be there once only."""
        self._write(tx, sa.insert(self.table).values(**row))

    def update(self, tx: Transaction, id: str, **values: Any) -> None:
        """Raises Conflict for a row that may be there once only."""
        if values:
            self._write(tx, sa.update(self.table).where(self.table.c.id == id).values(**values))

    def delete(self, tx: Transaction, id: str) -> bool:
        """Whether there was one."""
        return bool(tx.execute(sa.delete(self.table).where(self.table.c.id == id)).rowcount)

    def _write(self, tx: Transaction, statement: Any) -> None:
        try:
            tx.execute(statement)
        except IntegrityError as error:
            if "unique" not in str(error.orig).lower():
                raise
            raise Conflict(f"There is such a row of {self.table.name} already.", code="duplicate") from None
