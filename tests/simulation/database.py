"""The real database module on SQLite, at its worst: transactions that must be run again, commits whose answer is lost,
an outage, and processes that die on either side of a commit. Its clock is the true one, whatever the process thinks."""

import contextlib
import functools
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import sqlalchemy as sa

from nova_like import concurrency
from nova_like.db import engine as engine_module
from nova_like.db.engine import Database, Transaction
from nova_like.model.errors import Unavailable
from tests.flows.clock import Crash
from tests.simulation.loop import Loop, Process

PAUSE_SECONDS = 0.02  # a statement's round trip, at most


@functools.cache
def shared_engine(url: str) -> sa.Engine:
    """One for all processes and all runs at the same place: SQLAlchemy keeps what it compiled with the engine."""
    engine = engine_module._open(url, 32, 10)

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, record: Any) -> None:
        connection.create_function("db_now", 0, lambda: concurrency._source.seconds)  # type: ignore[attr-defined]
        connection.execute("PRAGMA synchronous=OFF")

    return engine


@dataclass
class Ills:
    """What befalls transactions, as shares of them (0 to 1)."""

    serialisation: float = 0.0
    answer_lost: float = 0.0
    death_before: float = 0.0
    death_after: float = 0.0
    away: bool = False
    counted: Counter[str] = field(default_factory=Counter)


class _Refusal(Exception):
    """What the driver raises; the code is PostgreSQL's."""

    def __init__(self, code: str | None) -> None:
        super().__init__(code)
        self.pgcode = code


class SimulatedDatabase(Database):
    """The connection of one process."""

    def __init__(self, url: str, loop: Loop, process: Process, ills: Ills) -> None:
        with mock.patch.object(engine_module, "_open", lambda *_: shared_engine(url)):
            super().__init__(url)
        self._loop, self._process, self._ills = loop, process, ills
        self._inside = False

    def dispose(self) -> None:
        """The engine is everybody's."""

    def transact(self, work: Callable[[Transaction], Any]) -> Any:
        self._pause()
        return super().transact(work)

    def _once(self, work: Callable[[Transaction], Any]) -> Any:
        if self._ills.away:
            self._loop.sleep(0.5)
        if self._ills.away:
            raise sa.exc.OperationalError("connect", {}, _Refusal(None))
        done = super()._once(lambda tx: self._to_the_end(work, tx))
        self._loop.tick()
        if self._strikes("answer_lost"):
            raise Unavailable("The database went away; whether this was done is unknown.", retry_after=5)
        self._dies("death_after")
        return done

    def _to_the_end(self, work: Callable[[Transaction], Any], tx: Transaction) -> Any:
        self._inside = True
        try:
            result = work(tx)
        finally:
            self._inside = False
        if self._strikes("serialisation"):
            raise sa.exc.OperationalError("COMMIT", {}, _Refusal("40001"))
        self._dies("death_before")
        return result

    @contextlib.contextmanager
    def reading(self) -> Iterator[Transaction]:
        self._pause()
        if self._ills.away:
            raise Unavailable("The database does not answer.", retry_after=5)
        with super().reading() as tx:
            yield tx

    def _pause(self) -> None:
        """Others have their turn between transactions, never inside of one: this database lets in one at a time."""
        if not self._inside and self._process is self._loop.process:
            self._loop.sleep(self._loop.dice.uniform(0, PAUSE_SECONDS))

    def _strikes(self, ill: str) -> bool:
        share = getattr(self._ills, ill)
        if not share or self._loop.dice.random() >= share:
            return False
        self._ills.counted[f"database {ill.replace('_', ' ')}"] += 1
        return True

    def _dies(self, ill: str) -> None:
        if self._strikes(ill):
            self._loop.say(f"{self._process} dies: {ill}")
            self._loop.kill(self._process)
            raise Crash
