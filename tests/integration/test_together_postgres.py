"""What goes to PostgreSQL together: nothing is lost, nothing is out of order, a refusal undoes all of it."""

import functools
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from nova_like.db import together
from nova_like.db.engine import Database, Transaction
from tools.trial.postgres import Postgres

pytestmark = pytest.mark.root
META = sa.MetaData()
ROWS = sa.Table("rows", META, sa.Column("id", sa.Integer, primary_key=True), sa.Column("text", sa.String(64)))
PUT, ALL = sa.insert(ROWS), sa.select(ROWS.c.id, ROWS.c.text).order_by(ROWS.c.id)


@pytest.fixture(params=[True, False], ids=["prepared", "plain"])
def database(postgres: Postgres, request: pytest.FixtureRequest) -> Iterator[Database]:
    postgres.drop("together")
    postgres.create("together")
    made = Database(postgres.url("together"), prepare=request.param)
    META.create_all(made.engine)
    yield made
    made.dispose()


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What goes to the server, a text for each way there."""
    texts: list[str] = []
    say = together.Cursor._say

    def note(self: Any, text: Any, values: Any = None) -> None:
        texts.append(text.decode() if isinstance(text, bytes) else text)
        say(self, text, values)

    monkeypatch.setattr(together.Cursor, "_say", note)
    return texts


def _rows(database: Database) -> list[tuple[Any, ...]]:
    with database.reading() as tx:
        return [tuple(row.values()) for row in tx.rows(ALL)]


def test_begin_and_what_nobody_asks_go_with_the_next(database: Database, said: list[str]) -> None:
    def work(tx: Transaction) -> Any:
        tx.send(PUT, {"id": 1, "text": "50 % 'quoted'; --"})
        tx.send(PUT, [{"id": 2, "text": None}, {"id": 3, "text": "c"}])
        assert not said
        return tx.rows(ALL)

    found = database.transact(work)
    assert [row["id"] for row in found] == [1, 2, 3] and found[0]["text"] == "50 % 'quoted'; --"
    assert [text.partition(";")[0] for text in said] == ["BEGIN", "COMMIT"]
    assert _rows(database) == [(1, "50 % 'quoted'; --"), (2, None), (3, "c")]


def test_what_is_left_goes_with_the_commit(database: Database) -> None:
    for number in range(5):  # from the third on it is prepared
        database.transact(functools.partial(Transaction.send, statement=PUT, parameters={"id": number, "text": "a"}))
    assert [row[0] for row in _rows(database)] == list(range(5))


def test_the_order_is_kept(database: Database) -> None:
    def work(tx: Transaction) -> None:
        tx.send(PUT, {"id": 1, "text": "a"})
        assert tx.execute(sa.update(ROWS).values(text="b")).rowcount == 1
        tx.send(sa.update(ROWS).where(ROWS.c.text == "b").values(text="c"))
        tx.execute(PUT, [{"id": 2, "text": "c"}, {"id": 3, "text": "c"}])
        tx.send(sa.delete(ROWS).where(ROWS.c.id == 2))

    database.transact(work)
    assert _rows(database) == [(1, "c"), (3, "c")]


@pytest.mark.parametrize("asked_after", [True, False])
def test_a_late_refusal_undoes_everything(database: Database, asked_after: bool) -> None:
    def work(tx: Transaction) -> None:
        tx.execute(PUT, {"id": 1, "text": "a"})
        tx.send(PUT, {"id": 1, "text": "b"})
        tx.send(PUT, {"id": 2, "text": "b"})
        if asked_after:
            tx.rows(ALL)

    for _ in range(2):
        with pytest.raises(IntegrityError):
            database.transact(work)
        assert _rows(database) == []


def test_who_gives_up_leaves_nothing(database: Database) -> None:
    def work(tx: Transaction, asks: bool) -> None:
        if asks:
            tx.rows(ALL)
        tx.send(PUT, {"id": 1, "text": "a"})
        raise ValueError("changed my mind")

    for asks in (False, True):
        with pytest.raises(ValueError, match="changed my mind"):
            database.transact(functools.partial(work, asks=asks))
    assert _rows(database) == []


def test_nothing_is_said_of_a_transaction_without_statements(database: Database, said: list[str]) -> None:
    database.transact(lambda tx: None)
    assert not said and _rows(database) == []


def test_a_snapshot_begins_as_it_asks_to(database: Database) -> None:
    database.transact(lambda tx: tx.send(PUT, {"id": 1, "text": "a"}))
    with database.snapshot() as tx:
        assert tx.scalar(sa.text("SHOW transaction_isolation")) == "repeatable read"
        assert tx.scalar(sa.text("SHOW transaction_read_only")) == "on"
    assert database.transact(lambda tx: tx.scalar(sa.text("SHOW transaction_isolation"))) == "read committed"
