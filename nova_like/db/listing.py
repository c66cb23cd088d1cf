"""What a list is asked for, as conditions: columns that equal something, text that holds something, and one page of it.
Lists are in order of name. Knows no noun."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from nova_like.db.engine import Transaction
from nova_like.model.errors import Invalid

Row = dict[str, Any]
# operators of text: `name__contains`. With an i before them they are blind to case
TESTS = {
    "contains": lambda column, value: column.contains(value, autoescape=True),
    "startswith": lambda column, value: column.startswith(value, autoescape=True),
    "endswith": lambda column, value: column.endswith(value, autoescape=True),
}


def asked(tx: Transaction, statement: sa.Select, table: sa.Table, wanted: Mapping[str, Any]) -> list[Row]:
    """The rows that `wanted` describes: {column or column__test: value}, None being no condition, `limit` and `marker`
    (the id before the first). Raises Invalid for a marker that is no row."""
    for name, value in wanted.items():
        if value is not None and name not in ("limit", "marker"):
            statement = statement.where(condition(table, name, value))
    if (marker := wanted.get("marker")) is not None:
        before = tx.row(statement.where(table.c.id == marker))  # one that the list would not show is none
        if before is None:
            raise Invalid(f"marker [{marker[:64]}] not found", field="marker")
        last = sa.tuple_(sa.literal(before["name"]), sa.literal(before["id"]))
        statement = statement.where(sa.tuple_(table.c.name, table.c.id) > last)
    return tx.rows(statement.order_by(table.c.name, table.c.id).limit(wanted.get("limit")))


def condition(table: sa.Table, name: str, value: Any) -> sa.ColumnElement[bool]:
    """Of one entry of `wanted`."""
    name, _, test = name.partition("__")
    column = table.c[name]
    if not test:
        return column == value
    if test in TESTS:
        return TESTS[test](column, value)
    return TESTS[test.removeprefix("i")](sa.func.lower(column), value.lower())
