"""backup, restore: the whole database in one file, by the database's own means; flows/restoring.py says what an older
one means for what runs."""

import contextlib
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from nova_like.cmd.manage.base import Plain
from nova_like.model.errors import Conflict, Invalid, Unavailable

SECONDS = 3600
MAGIC = {"postgresql": b"PGDMP", "sqlite": b"SQLite format 3\0"}


class Backup(Plain):
    """Write the database to FILE, as of one moment, while all goes on. Whoever has the file can read all of it. It is
    no backup of images, Fernet keys and configuration: keep those too."""

    def get_parser(self, prog_name: str) -> Any:
        parser = super().get_parser(prog_name)
        parser.add_argument("file")
        return parser

    def work(self, args: Any) -> None:
        path, url = Path(args.file), sa.make_url(self.app.conf.database.url)
        if path.exists():
            raise Conflict(f"{path} is there already: give each backup a name of its own.")
        with _whole_or_not(path) as fresh:
            if url.get_backend_name() == "sqlite":
                _copy(str(url.database), str(fresh))
            else:
                _postgres("pg_dump", url, "--format=custom", "--no-owner", f"--file={fresh}")
        self.app.stdout.write(f"{path}: {path.stat().st_size} bytes\n")


class Restore(Plain):
    """Put the database back as it was in FILE. All API and scheduler daemons must be off; agents and guests go on, and
    nothing that runs is touched. What was under way then is ended; guests that are newer than the file are shown by
    `doctor` as unknown and never destroyed by themselves."""

    def get_parser(self, prog_name: str) -> Any:
        parser = super().get_parser(prog_name)
        parser.add_argument("file")
        parser.add_argument("--yes", action="store_true", help="what is in the database now is to be lost")
        return parser

    def work(self, args: Any) -> None:
        from nova_like.cmd.manage.db import upgrade
        from nova_like.flows.restoring import settle

        url, path = sa.make_url(self.app.conf.database.url), Path(args.file)
        kind = url.get_backend_name()
        _check(path, kind)
        if not args.yes:
            raise Conflict("Nothing was done. What is in the database now would be lost: `backup` it, then say --yes.")
        _alone(self.app.database, kind)
        if kind == "sqlite":
            _copy(str(path), str(url.database))
        else:
            how = ("--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error")
            _postgres("pg_restore", url, *how, str(path))
        base = self.app.database
        upgrade(base.engine)
        ended = base.transact(settle)
        self.app.stdout.write(f"restored; {ended} flows that were under way are ended. Start the daemons, wait a "
                              "minute, then look at `nova-like-manage doctor` and `audit`\n")  # fmt: skip


def _check(path: Path, kind: str) -> None:
    try:
        with path.open("rb") as file:
            begins = file.read(16)
    except OSError as error:
        raise Invalid(f"{path}: {error.strerror}") from None
    if not begins.startswith(MAGIC[kind]):
        raise Invalid(f"{path} is no backup of a database of this kind ({kind})")


def _alone(base: Any, kind: str) -> None:
    """Raises Conflict while daemons use the database."""
    if kind == "postgresql":
        others = sa.text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
                         "pg_backend_pid() AND backend_type = 'client backend'")  # fmt: skip
        number = base.read(lambda tx: tx.scalar(others))
    else:
        number = _locked(str(base.engine.url.database))
    if number:
        raise Conflict("The database is in use: stop all API and scheduler daemons first "
                       "(`systemctl stop 'nova-like-api@*' nova-like-api.socket nova-like-scheduler`).")  # fmt: skip
    base.dispose()


def _locked(path: str) -> int:
    """1 when somebody writes at this moment; a process that rests is not seen."""
    with contextlib.closing(sqlite3.connect(path, timeout=1.0, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            return 1
    return 0


def _copy(source: str, target: str) -> None:
    """SQLite's own copy of a database that may be in use."""
    with contextlib.closing(sqlite3.connect(source)) as read, contextlib.closing(sqlite3.connect(target)) as written:
        read.backup(written)


def _postgres(program: str, url: sa.URL, *words: str) -> None:
    """Run one of PostgreSQL's programs on the database; the password goes by the environment."""
    query = "&".join(f"{name}={value}" for name, value in url.query.items())
    user = f"{url.username}@" if url.username else ""
    port = f":{url.port}" if url.port else ""
    place = f"postgresql://{user}{url.host or ''}{port}/{url.database}" + (f"?{query}" if query else "")
    environment = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    try:
        done = subprocess.run([program, f"--dbname={place}", *words], env=environment, capture_output=True, text=True,
                              timeout=SECONDS)  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"{program} cannot be run ({error}): install postgresql-client of the server's version"
                          ) from None  # fmt: skip
    if done.returncode:
        raise Unavailable(f"{program} failed: {' '.join(done.stderr.split())[:500]}")


@contextlib.contextmanager
def _whole_or_not(path: Path) -> Iterator[Path]:
    """A file beside it, nobody else's to read, which takes its name when all went well."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    try:
        os.close(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        yield fresh
        fresh.replace(path)
    except OSError as error:
        raise Invalid(f"{path}: {error.strerror}") from None
    finally:
        fresh.unlink(missing_ok=True)
