"""PostgreSQL connections that spare ways to the server and back: what begins a transaction, and what is sent without
its outcome being asked for, go with the statement after them."""

import contextlib
from collections.abc import Iterator
from typing import Any

import psycopg2
from psycopg2 import extensions

BEGIN, COMMIT, ROLLBACK = b"BEGIN", b"COMMIT", b"ROLLBACK"
SNAPSHOT = b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class Connection(extensions.connection):
    """Given to psycopg2 as `connection_factory`. `begin` is ours; without it this is psycopg2's connection."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cursor_factory = Cursor
        self.begun = False
        self.waiting: list[bytes] = []  # what goes with the next statement
        self.putting_off = False

    def begin(self, how: bytes = BEGIN) -> None:
        """A transaction (BEGIN or SNAPSHOT), which the server hears of with its first statement."""
        self.autocommit = True  # or psycopg2 sends a BEGIN of its own
        self.begun, self.waiting = True, [how]

    def commit(self) -> None:
        if not self.begun:
            return super().commit()
        try:
            if not self._unheard() or len(self.waiting) > 1:
                self.cursor().execute(COMMIT)
        except psycopg2.Error:  # it may be that of what waited: the transaction is there still
            with contextlib.suppress(psycopg2.Error):
                self.rollback()
            raise
        self._end()
        return None

    def rollback(self) -> None:
        if not self.begun:
            return super().rollback()
        heard, self.waiting = not self._unheard(), []
        try:
            if heard:
                self.cursor().execute(ROLLBACK)
        finally:
            self._end()
        return None

    def _unheard(self) -> bool:
        """Whether the server knows nothing of the transaction yet."""
        return bool(self.waiting) and self.waiting[0] in (BEGIN, SNAPSHOT)

    def _end(self) -> None:
        self.begun, self.waiting = False, []
        if not self.closed:
            self.autocommit = False

    @contextlib.contextmanager
    def put_off(self) -> Iterator[None]:
        """What is executed inside waits for the statement after it."""
        self.putting_off = self.begun
        try:
            yield
        finally:
            self.putting_off = False


class Cursor(extensions.cursor):
    """`execute` says together what waits and what it is given; the result is that of the latter."""

    connection: Connection

    def execute(self, query: Any, vars: Any = None) -> None:
        kept = self.connection
        if kept.putting_off:
            kept.waiting.append(self.mogrify(query, vars))
        elif kept.waiting:
            self._say(b";".join([*self._taken(), self.mogrify(query, vars)]))
        else:
            self._say(query, vars)

    def executemany(self, query: Any, vars_list: Any) -> None:
        if self.connection.putting_off:
            for each in vars_list:
                self.execute(query, each)
        else:
            self.flush()
            super().executemany(query, vars_list)

    def flush(self) -> None:
        """Send what waits."""
        if self.connection.waiting:
            self._say(b";".join(self._taken()))

    def _taken(self) -> list[bytes]:
        """What waits, which does so no longer: what fails is not said again."""
        waiting, self.connection.waiting = self.connection.waiting, []
        return waiting

    def _say(self, query: Any, vars: Any = None) -> None:
        """Send this, at once and alone."""
        extensions.cursor.execute(self, query, vars)
