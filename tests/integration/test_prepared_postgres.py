"""What PostgreSQL is asked often it is asked in short, and it answers the same."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from nova_like.db import preparing
from nova_like.db.engine import Database, Transaction
from tools.trial.postgres import Postgres

pytestmark = pytest.mark.root
TIMES = preparing.OFTEN + 2
META = sa.MetaData()
ROWS = sa.Table(
    "rows", META, sa.Column("id", sa.String(36), primary_key=True), sa.Column("small", sa.Integer),
    sa.Column("big", sa.BigInteger), sa.Column("real", sa.Double), sa.Column("flag", sa.Boolean),
    sa.Column("facts", sa.JSON(none_as_null=True)), sa.Column("text", sa.String(64)),
)  # fmt: skip
FIRST: dict[str, Any] = {
    "id": "1", "small": 5, "big": 2**40, "real": 1.5, "flag": True, "facts": {"a": [1, "ä"]}, "text": "% 'quoted' \\",
}  # fmt: skip
SECOND: dict[str, Any] = {**dict.fromkeys(FIRST), "id": "2", "small": -(2**31), "real": float("inf"), "flag": False}


@pytest.fixture
def database(postgres: Postgres) -> Iterator[Database]:
    postgres.drop("prepared")
    postgres.create("prepared")
    made = Database(postgres.url("prepared"))
    META.create_all(made.engine)
    yield made
    made.dispose()


def _prepared(tx: Transaction) -> int:
    return int(tx.scalar(sa.text("SELECT count(*) FROM pg_prepared_statements")))


def _same(database: Database, statement: Any, parameters: Any) -> list[Any]:
    """What is found before and after it is prepared."""

    def work(tx: Transaction) -> list[Any]:
        before = _prepared(tx)
        found = [tx.rows(statement, parameters) for _ in range(TIMES)]
        assert _prepared(tx) == before + 1
        return found

    first, *others = database.transact(work)
    assert all(other == first for other in others)
    return first


@pytest.mark.parametrize("row", [FIRST, SECOND], ids=["full", "empty"])
def test_values_come_back_as_they_were_written(database: Database, row: dict[str, Any]) -> None:
    def work(tx: Transaction) -> None:
        for _ in range(TIMES):
            tx.execute(sa.delete(ROWS).where(ROWS.c.id == row["id"]))
            tx.execute(sa.insert(ROWS), row)
        assert _prepared(tx) == 2

    database.transact(work)
    assert _same(database, sa.select(ROWS).where(ROWS.c.id == sa.bindparam("id")), {"id": row["id"]}) == [row]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (ROWS.c.small == 5, ["1"]),
        (ROWS.c.small + ROWS.c.big > 2**40, ["1"]),
        (ROWS.c.big == 2**40, ["1"]),
        (ROWS.c.small.in_([5, -(2**31)]), ["1", "2"]),
        (ROWS.c.real >= 1.5, ["1", "2"]),
        (ROWS.c.flag == sa.bindparam("flag", value=False, type_=sa.Boolean), ["2"]),
        (ROWS.c.text.like("_ 'quo%"), ["1"]),
        (sa.case({5: "five"}, value=ROWS.c.small, else_="other") == "five", ["1"]),
        (sa.func.coalesce(ROWS.c.text, "nothing") == "nothing", ["2"]),
        (sa.func.mod(ROWS.c.small, 2) == 1, ["1"]),
    ],
    ids=str,
)
def test_conditions_mean_the_same(database: Database, condition: Any, found: list[str]) -> None:
    with database.engine.begin() as connection:
        connection.execute(sa.insert(ROWS), [FIRST, SECOND])
    rows = _same(database, sa.select(ROWS.c.id).where(condition).order_by(ROWS.c.id), None)
    assert [row["id"] for row in rows] == found


@pytest.mark.parametrize("reading", [False, True], ids=["transaction", "reading"])
def test_what_cannot_be_prepared_is_asked_as_before(database: Database, reading: bool) -> None:
    """PostgreSQL cannot tell of which type this parameter is; what else the transaction does is not lost."""
    statement = sa.text("SELECT :some IS NULL AS found")

    def work(tx: Transaction) -> None:
        if not reading:
            tx.execute(sa.insert(ROWS), FIRST)
        assert [tx.row(statement, {"some": "x"}) for _ in range(TIMES)] == [{"found": False}] * TIMES

    database.read(work) if reading else database.transact(work)
    with database.reading() as tx:
        assert len(tx.rows(sa.select(ROWS.c.id))) == (0 if reading else 1)
        assert _prepared(tx) == 0


def test_the_databases_refusals_are_the_same(database: Database) -> None:
    def insert(tx: Transaction) -> None:
        tx.execute(sa.insert(ROWS), FIRST)

    database.transact(insert)
    for _ in range(TIMES):
        with pytest.raises(IntegrityError) as refused:
            database.transact(insert)
        assert getattr(refused.value.orig, "pgcode", None) == "23505"


def test_columns_may_be_added_meanwhile(database: Database) -> None:
    """As an upgrade does while the release before it still works."""
    statement = sa.select(ROWS).where(ROWS.c.id == sa.bindparam("id"))

    def ask(tx: Transaction) -> Any:
        return [tx.row(statement, {"id": "1"}) for _ in range(TIMES)]

    database.transact(lambda tx: tx.execute(sa.insert(ROWS), FIRST))
    database.transact(ask)
    database.transact(lambda tx: tx.execute(sa.text("ALTER TABLE rows ADD COLUMN more integer")))
    assert database.transact(ask) == [FIRST] * TIMES


def test_no_more_than_so_many_are_kept(database: Database) -> None:
    def work(tx: Transaction) -> int:
        for number in range(preparing.MOST + 10):
            for _ in range(TIMES):
                tx.rows(sa.text(f"SELECT {number} + :more AS found"), {"more": 1})
        return _prepared(tx)

    assert database.transact(work) == preparing.MOST
