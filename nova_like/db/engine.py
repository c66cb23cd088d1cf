"""Opens the database and runs transactions: retries what the database asks to have retried, and runs what was put off
until after the commit. Knows no table."""

import contextlib
import select
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import sqlalchemy as sa
import tenacity
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError

from nova_like import concurrency, logs
from nova_like.db import preparing, together
from nova_like.model import wire
from nova_like.model.errors import Unavailable

LOG = logs.get(__name__)
T = TypeVar("T")
_RETRY_CODES = {"40001", "40P01", "55P03"}  # serialization failure, deadlock, lock not available
# milliseconds: a process that is frozen in a transaction must not hold its locks, nor a lost server its clients
_LIMITS = "-c lock_timeout=5000 -c idle_in_transaction_session_timeout=15000 -c statement_timeout=30000"
FIRST_PAUSE_SECONDS = 0.02  # before what the database asks to have retried is tried again
_KEEPALIVE = {"keepalives_idle": 5, "keepalives_interval": 3, "keepalives_count": 3, "tcp_user_timeout": 15000}


class Transaction:
    """One transaction in progress. `after` puts a call off until it has committed; it is dropped on rollback."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.later: list[Callable[[], Any]] = []

    def begin(self, how: bytes = together.BEGIN) -> None:
        """Have PostgreSQL told of it with its first statement, not before that."""
        if self.dialect == "postgresql":
            self._raw.begin(how)

    def execute(self, statement: Any, parameters: Any = None) -> sa.CursorResult:
        return self.connection.execute(statement, parameters)

    def send(self, statement: Any, parameters: Any = None) -> None:
        """Execute what nobody asks the outcome of. PostgreSQL is sent it with the next statement, or the commit, which
        then raises what it raises."""
        with self._raw.put_off() if self.dialect == "postgresql" else contextlib.nullcontext():
            self.connection.execute(statement, parameters)

    def scalar(self, statement: Any) -> Any:
        return self.connection.execute(statement).scalar()

    def rows(self, statement: Any, parameters: Any = None) -> list[dict[str, Any]]:
        """All rows as plain dictionaries."""
        result = self.connection.execute(statement, parameters)
        names = tuple(result.keys())
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def row(self, statement: Any, parameters: Any = None) -> dict[str, Any] | None:
        result = self.connection.execute(statement, parameters)
        found = result.first()
        return dict(zip(result.keys(), found, strict=True)) if found is not None else None

    def after(self, call: Callable[[], Any]) -> None:
        self.later.append(call)

    @property
    def _raw(self) -> Any:
        """The driver's connection; PostgreSQL's is one of `together`."""
        return self.connection.connection.dbapi_connection

    @property
    def dialect(self) -> str:
        return self.connection.dialect.name


class Again(Unavailable):
    """Raised by work that met a change which it must begin anew for: it is run once more from its start."""


class Database:
    """The database of one process. Threads share it; each transaction has a connection of its own."""

    def __init__(self, url: str, pool_size: int = 16, wait_seconds: int = 8, prepare: bool = True) -> None:
        """`prepare`: have PostgreSQL prepare what it is asked often."""
        self.engine = _open(url, pool_size, wait_seconds, prepare)
        sqlite = self.engine.dialect.name == "sqlite"
        self._reader = self.engine.execution_options(isolation_level="AUTOCOMMIT") if sqlite else self.engine
        self._snapshots = self.engine.execution_options(snapshot=True)
        self._wait_seconds = wait_seconds
        self._ambient = concurrency.local()

    def transact(self, work: Callable[[Transaction], T]) -> T:
        """Run `work(tx)` in a transaction, again from its start when the database says so. Raises Unavailable when
        the database cannot be reached, or went away over the commit: then nobody knows whether it was done. Any other
        exception rolls back and comes out."""
        if (around := getattr(self._ambient, "around", None)) is not None:
            work = around(work)
        deadline = concurrency.monotonic() + self._wait_seconds
        with _said_as_faults():
            try:
                transaction, result = self._once(work)
            except Exception as error:
                if not _is_passing(error):
                    raise
                concurrency.sleep(concurrency.jitter(FIRST_PAUSE_SECONDS))
                transaction, result = _retrying(deadline)(self._once, work)
        for call in transaction.later:
            call()
        return result

    def _once(self, work: Callable[[Transaction], T]) -> tuple[Transaction, T]:
        with self.engine.connect() as connection, connection.begin() as begun:
            transaction = Transaction(connection)
            transaction.begin()
            result = work(transaction)
            try:
                begun.commit()
            except DBAPIError as error:
                if getattr(error.orig, "pgcode", None) in _RETRY_CODES or not _is_passing(error):
                    raise
                raise Unavailable("The database went away; whether this was done is unknown.", retry_after=5) from error
        return transaction, result

    @contextlib.contextmanager
    def around(self, wrap: Callable[[Callable[[Transaction], Any]], Callable[[Transaction], Any]]) -> Iterator[None]:
        """Each `work` that this thread gives to `transact` inside is `wrap(work)`."""
        self._ambient.around = wrap
        try:
            yield
        finally:
            del self._ambient.around

    @contextlib.contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Statements that only read, each for itself. Raises Unavailable when the database cannot be reached."""
        with _said_as_faults(), self._reader.connect() as connection, _autocommit(connection):
            yield Transaction(connection)

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[Transaction]:
        """Statements that only read, all of them the same state of the database: an instance's row is never shown with
        the flows of a moment later. Raises Unavailable when the database cannot be reached."""
        with _said_as_faults(), self._snapshots.connect() as connection, connection.begin():
            transaction = Transaction(connection)
            transaction.begin(together.SNAPSHOT)
            yield transaction

    def read(self, work: Callable[[Transaction], T]) -> T:
        """`work` on a reading connection; for callers that need one answer."""
        with self.reading() as tx:
            return work(tx)

    def dispose(self) -> None:
        """Close all connections (before a fork, and at the end)."""
        self.engine.dispose()


def _retrying(deadline: float) -> tenacity.Retrying:
    """For the few transactions that are not done at once: going through it costs as much as a statement."""
    return tenacity.Retrying(
        retry=tenacity.retry_if_exception(_is_passing),
        stop=lambda state: concurrency.monotonic() + state.upcoming_sleep > deadline,
        wait=lambda state: concurrency.jitter(min(1.0, 2 * FIRST_PAUSE_SECONDS * 2**state.attempt_number)),
        sleep=concurrency.sleep,
        reraise=True,
    )


@contextlib.contextmanager
def _autocommit(connection: Connection) -> Iterator[None]:
    """psycopg2 sends each statement alone. SQLAlchemy's own way costs one more statement to go back."""
    raw = connection.connection.dbapi_connection
    if connection.dialect.name == "sqlite":
        yield
        return
    raw.autocommit = True  # type: ignore[union-attr]
    try:
        yield
    finally:
        if not raw.closed:  # type: ignore[union-attr]
            raw.autocommit = False  # type: ignore[union-attr]


@contextlib.contextmanager
def _said_as_faults() -> Iterator[None]:
    """A database that cannot be reached, or has no connection left for us, is Unavailable."""
    try:
        yield
    except sa.exc.TimeoutError as error:
        raise Unavailable("The database is busy.", retry_after=2) from error
    except DBAPIError as error:
        if _is_passing(error):
            raise Unavailable("The database does not answer.", retry_after=5) from error
        raise


def _is_passing(error: BaseException) -> bool:
    """Whether the same transaction may succeed if it is run again."""
    if isinstance(error, Again):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated or isinstance(error, sa.exc.OperationalError):
        return True
    return getattr(error.orig, "pgcode", None) in _RETRY_CODES


def _open(url: str, pool_size: int, wait_seconds: int, prepare: bool = True) -> Engine:
    codec = {"json_serializer": lambda value: wire.encode(value).decode(), "json_deserializer": wire.decode}
    if url.startswith("sqlite"):
        return _sqlite(url, codec)
    if not url.startswith("postgresql+psycopg2://"):
        raise ValueError("[database] url must begin with postgresql+psycopg2:// or sqlite:///")
    factory = preparing.Connection if prepare else together.Connection
    engine = sa.create_engine(  # the connection that was used last goes first: few of them are warm, or open at all
        url, pool_size=pool_size, max_overflow=0, pool_timeout=wait_seconds, pool_pre_ping=False, pool_use_lifo=True,
        connect_args={"connect_timeout": 5, "options": _LIMITS, "connection_factory": factory, **_KEEPALIVE}, **codec,
    )  # fmt: skip

    @sa.event.listens_for(engine, "checkout")
    def look(connection: Any, record: Any, proxy: Any) -> None:
        """An idle connection that has something to read was ended by the server: take another one."""
        if select.select([connection.fileno()], [], [], 0)[0]:
            raise sa.exc.DisconnectionError("the server has hung up")

    return engine


def _sqlite(url: str, codec: dict[str, Any]) -> Engine:
    engine = sa.create_engine(url, connect_args={"check_same_thread": False, "timeout": 30}, **codec)
    if ":memory:" in url or url == "sqlite://":
        raise ValueError("an SQLite database needs a file: every thread has its own connection")

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy's BEGIN below decides, not the driver
        connection.create_function("db_now", 0, lambda: concurrency.now().timestamp())
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA foreign_keys=ON")

    @sa.event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if options.get("isolation_level") != "AUTOCOMMIT":
            connection.exec_driver_sql("BEGIN" if options.get("snapshot") else "BEGIN IMMEDIATE")

    return engine


def from_conf(conf: Any) -> Database:
    """The database that `[database]` names."""
    chosen = conf.database
    return Database(chosen.url, chosen.pool_size, chosen.wait_seconds, chosen.prepared_statements)
