"""What checks look at: configuration, database, broker. Each is asked once; when it does not answer, the checks that
need it are skipped and say so, instead of waiting for it one after the other."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

from nova_like.cmd.manage.doctor.finding import Skipped

T = TypeVar("T")


class Patient:
    """`conf` and the files it was read from; `read(work)` asks the database, `depths` the broker."""

    def __init__(self, conf: Any, files: list[str], make_database: Callable[[], Any]) -> None:
        self.conf, self.files, self._make_database = conf, files, make_database
        self.database_fault = ""

    @cached_property
    def database(self) -> Any:
        return self._make_database()

    def read(self, work: Callable[[Any], T]) -> T:
        """Raises Skipped when the database does not answer, or refuses this."""
        if not self.database_fault:
            try:
                return self.database.read(work)
            except Exception as error:
                self.database_fault = self._unreachable()
                if not self.database_fault:  # no tables, no rights: whatever the database says
                    raise Skipped(f"the database refuses: {_told(error)}") from None
        raise Skipped("the database does not answer")

    def _unreachable(self) -> str:
        """Why the database does not answer at all; empty when it does."""
        import sqlalchemy as sa

        try:
            self.database.read(lambda tx: tx.scalar(sa.select(1)))
        except Exception as error:
            return _told(error)
        return ""

    @cached_property
    def hosts(self) -> list[dict[str, Any]]:
        """All rows of hosts, schedulers too."""
        from nova_like.db import hosts

        return self.read(hosts.list_hosts)

    @property
    def agents(self) -> list[dict[str, Any]]:
        return [row for row in self.hosts if row["kind"] != "scheduler"]

    def is_heard(self, row: dict[str, Any]) -> bool:
        """Whether it reported within [scheduler] host_down_seconds."""
        return row["silent_seconds"] is not None and row["silent_seconds"] < self.conf.scheduler.host_down_seconds

    @property
    def is_local(self) -> bool:
        """Whether the bus lives inside one process, where nobody else can look."""
        return self.conf.bus.url.startswith("local:")

    @cached_property
    def broker_fault(self) -> str:
        """Why the broker does not let us in; empty when it does."""
        from nova_like.rpc.inspect import depths

        try:
            depths(self.conf, [])
        except Exception as error:  # kombu's, amqp's and the socket's errors have no common ancestor
            return f"{type(error).__name__}: {error}".strip().split("\n")[0]
        return ""

    def depths(self, queues: list[str]) -> dict[str, Any]:
        """{queue: (messages, consumers) or None}. Raises Skipped without a broker."""
        from nova_like.rpc.inspect import depths

        if self.is_local:
            raise Skipped("the bus is inside one process")
        if self.broker_fault:
            raise Skipped("the broker does not let us in")
        return dict(depths(self.conf, queues))


def _told(error: BaseException) -> str:
    """The first line of what lies behind a fault."""
    return str(error.__cause__ or error).strip().split("\n")[0]
