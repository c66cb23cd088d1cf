"""One private PostgreSQL server on 127.0.0.1 with a free port, durable as in earnest. It never touches a cluster of the
machine's own."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

from tools.trial import ports, settings
from tools.trial.processes import Failed, Pidfile, birth, descendants, end, run, signal_all, spawn, until

USER = "nova"
DATABASE = "nova_like"
_TUNING = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # a deep state directory would exceed the length of a socket's path
    "shared_buffers": "64MB",
    "max_connections": "200",
    "fsync": "on",
    "synchronous_commit": "on",
    "max_wal_size": "512MB",
    "autovacuum_naptime": "15s",
    "log_min_duration_statement": "1000",
    "logging_collector": "off",
}


class Postgres:
    """A server whose cluster is in ``directory``/data; its port is kept in ``directory``.json."""

    def __init__(self, directory: Path) -> None:
        self.dir = Path(directory).absolute()
        self.data = self.dir / "data"
        self._kept_in = self.dir.with_name(self.dir.name + ".json")
        self._server = Pidfile(self.dir.with_name(self.dir.name + ".pid"))

    @property
    def port(self) -> int:
        """The same for the life of the trial cloud."""
        kept = settings.load(self._kept_in)
        if not kept:
            kept = {"port": ports.free()[0]}
            settings.save(self._kept_in, kept)
        return int(kept["port"])

    @property
    def pid(self) -> int | None:
        """The postmaster, None when it does not run."""
        return self._server.pid()

    def url(self, database: str = DATABASE) -> str:
        """SQLAlchemy's form."""
        return f"postgresql+psycopg2://{USER}@127.0.0.1:{self.port}/{database}"

    def start(self) -> bool:
        """Make the cluster if there is none and start the server without waiting; False when it runs already."""
        if self.pid:
            return False
        if not (self.data / "PG_VERSION").exists():
            self._make()
        options = [word for name, value in _TUNING.items() for word in ("-c", f"{name}={value}")]
        argv = [*_as_postgres(), str(program("postgres")), "-D", str(self.data), "-p", str(self.port), *options]
        self._server.write(spawn(argv, self.dir / "postgres.log", cwd=self.dir))
        return True

    def wait(self, limit_s: float = 120) -> None:
        """Wait until it answers queries and make the database if it is missing."""

        def answers() -> bool:
            if self.pid is None:
                self._start_again()
            return self._answers()

        until(answers, limit_s, "PostgreSQL does not answer")
        self.create(DATABASE)

    def running(self) -> bool:
        """True when it answers a query."""
        return self.pid is not None and self._answers()

    def create(self, database: str) -> None:
        """Make a database unless it exists (tests take one each)."""
        if self.query(f"SELECT 1 FROM pg_database WHERE datname = '{database}'", "postgres") != "1":
            self.query(f'CREATE DATABASE "{database}"', "postgres")

    def drop(self, database: str) -> None:
        """Remove a database with whoever uses it."""
        self.query(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)', "postgres")

    def query(self, sql: str, database: str = DATABASE) -> str:
        """The unaligned text that psql prints, without the last newline."""
        where = ["-h", "127.0.0.1", "-p", str(self.port), "-U", USER, "-d", database]
        options = ["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1"]
        environment = {**os.environ, "PGCONNECT_TIMEOUT": "5"}
        return run([str(program("psql")), *options, *where, "-c", sql], env=environment).rstrip("\n")

    def transactions(self) -> int:
        """The transaction counter; its growth, less one for each look, is the number of writing commits."""
        return int(self.query("SELECT pg_current_xact_id()::text"))

    def stop(self) -> None:
        """Fast shutdown: clients are cut, data is written."""
        pid = self.pid
        if pid:
            signal_all([pid], signal.SIGINT)
            until(lambda: not birth(pid), 60, "PostgreSQL does not stop")
        self._server.forget()

    def kill(self) -> None:
        """kill -9 of the postmaster and its children, as a power cut for the processes."""
        pid = self.pid
        if pid:
            family = [pid, *descendants(pid)]
            signal_all(family, signal.SIGKILL)
            until(lambda: not any(birth(member) for member in family), 20, "PostgreSQL does not die")

    def wipe(self) -> None:
        """Remove all data of a server that is down."""
        end([pid for pid in [self.pid] if pid], patience_s=10)
        shutil.rmtree(self.dir, ignore_errors=True)

    def _answers(self) -> bool:
        try:
            return self.query("SELECT 1", "postgres") == "1"
        except Failed:
            return False

    def _start_again(self) -> None:
        """After a kill -9 of the postmaster alone a new one refuses to start until the old one's children are gone."""
        log = self.dir / "postgres.log"
        last = log.read_text(errors="replace").splitlines()[-3:] if log.exists() else []
        if not any("pre-existing shared memory block" in line or "lock file" in line for line in last):
            raise Failed(f"PostgreSQL ended while starting: see {log}")
        self.start()

    def _make(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(parents=True)
        shutil.chown(self.data, "postgres", "postgres")
        options = ["--auth=trust", "-U", USER, "-E", "UTF8", "--locale=C.UTF-8"]
        run([*_as_postgres(), str(program("initdb")), "-D", str(self.data), *options], cwd=self.dir)


def program(name: str) -> Path:
    """The newest installed PostgreSQL's program of that name."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[4]))
    if not found:
        raise Failed("PostgreSQL is not installed")
    return found[-1]


def _as_postgres() -> list[str]:
    """PostgreSQL refuses to be root. The capability lets it pass through a state directory closed to others."""
    if os.geteuid() != 0:
        return []
    capability = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", *capability, "--"]
