"""SQLite databases of tests: all of a process share what SQLAlchemy compiled, none is synced, and one that begins as
another did is a copy of its file."""

import atexit
import functools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from nova_like.db import engine as engine_module
from nova_like.db.engine import Database

_MEMORY = Path("/dev/shm") if Path("/dev/shm").is_dir() else None  # where files are in memory
_compiled = sa.util.LRUCache[Any, Any](4000)  # an engine's own has room for five hundred
_open = engine_module._open


@functools.cache
def _dialect() -> sa.Dialect:
    """It is part of the key under which a compiled statement is kept."""
    with _open(f"sqlite:///{folder()}/first.sqlite", 1, 1).connect() as connection:
        return connection.dialect


def share() -> None:
    """From now on every SQLite database that is opened is of this kind."""
    engine_module._open = _opened  # type: ignore[assignment]


def _opened(url: str, *limits: Any) -> sa.Engine:
    engine = _open(url, *limits)
    if engine.dialect.name == "sqlite":
        engine.dialect = _dialect()
        engine.update_execution_options(compiled_cache=_compiled)

        @sa.event.listens_for(engine, "connect")
        def never_sync(connection: Any, record: Any) -> None:
            connection.execute("PRAGMA synchronous=OFF")

    return engine


@functools.cache
def filled(fill: Callable[[Database], None]) -> Path:
    """The file of a database that `fill` has filled, made once in a process: to be copied, never to be opened."""
    file = folder() / "filled.sqlite"
    database = Database(f"sqlite:///{file}")
    fill(database)
    database.dispose()  # the last connection folds the journal into the file
    return file


def folder() -> Path:
    """A folder in memory, if there is a place for that, as long as the process lives."""
    made = Path(tempfile.mkdtemp(prefix="nova-like-tests-", dir=_MEMORY))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """In the place of pytest's own: in memory, and gone when the test is over."""
    with tempfile.TemporaryDirectory(prefix="nova-like-tests-", dir=_MEMORY, ignore_cleanup_errors=True) as name:
        yield Path(name)
