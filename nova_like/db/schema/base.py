"""The metadata that all tables share, their column shapes, and the database's own clock as an expression.

Times are seconds since 1970 (double precision) by the database's clock: the same arithmetic on every back end.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

METADATA = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class DatabaseNow(GenericFunction):
    """`db_now()`: the database's clock, seconds since 1970. SQLite asks the process's clock (engine.py)."""

    type = sa.Double()
    name = "db_now"
    inherit_cache = True


@compiles(DatabaseNow, "postgresql")
def _postgresql_now(element: Any, compiler: Any, **kw: Any) -> str:
    return "extract(epoch from statement_timestamp())::double precision"


def db_now() -> DatabaseNow:
    return DatabaseNow()


def table(name: str, *items: Any) -> sa.Table:
    return sa.Table(name, METADATA, *items)


def id_column(name: str = "id") -> sa.Column:
    """A UUID as primary key."""
    return sa.Column(name, sa.String(36), primary_key=True)


def ref(name: str, null: bool = False, index: bool = False) -> sa.Column:
    """A UUID of another row. Foreign keys stand only where a dangling row could not be repaired."""
    return sa.Column(name, sa.String(36), nullable=null, index=index)


def text(name: str, length: int = 255, null: bool = False, default: str | None = None) -> sa.Column:
    return sa.Column(name, sa.String(length), nullable=null, server_default=default)


def number(name: str, default: int | None = 0, null: bool = False) -> sa.Column:
    server = None if default is None else str(default)
    return sa.Column(name, sa.BigInteger, nullable=null, server_default=server)


def flag(name: str, default: bool = False) -> sa.Column:
    return sa.Column(name, sa.Boolean, nullable=False, server_default=sa.true() if default else sa.false())


def facts(name: str, null: bool = True) -> sa.Column:
    return sa.Column(name, sa.JSON(none_as_null=True), nullable=null)


def time(name: str, null: bool = True, index: bool = False) -> sa.Column:
    return sa.Column(name, sa.Double, nullable=null, index=index)


def created_updated() -> tuple[sa.Column, sa.Column]:
    return (
        sa.Column("created_at", sa.Double, nullable=False, default=db_now()),
        sa.Column("updated_at", sa.Double, nullable=False, default=db_now(), onupdate=db_now()),
    )
