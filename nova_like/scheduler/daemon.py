"""The scheduler's work: wakes and answers as they come, due flows and gathered reports by the clock."""

from typing import Any

from nova_like import concurrency, logs
from nova_like.db import flows, hosts
from nova_like.db.engine import Database
from nova_like.flows.engine import Engine
from nova_like.model.context import Context
from nova_like.model.errors import Fault
from nova_like.scheduler.advancing import advance_each
from nova_like.scheduler.listening import Listening
from nova_like.scheduler.pool import Pool
from nova_like.scheduler.reports import Reports

LOG = logs.get(__name__)
SWEEP_LIMIT = 200


class Flows:
    """Handler of the flows contract."""

    def __init__(self, engine: Engine, listening: Listening) -> None:
        self._engine, self._listening = engine, listening

    def wake(self, ctx: Context, flows: list[str]) -> None:
        """Advance these flows, one transaction each; none, in a scheduler's word to itself."""
        self._listening.heard()
        advance_each(self._engine, flows)


class Clockwork:
    """What a scheduler does by the clock. Each duty is one method that does one round and starts no thread."""

    def __init__(self, database: Database, engine: Engine, reports: Reports, pools: list[Pool], name: str) -> None:
        self._database, self._engine, self._reports, self._pools = database, engine, reports, pools
        self._name, self._boot_id = name, concurrency.new_id()
        self.last_worked = concurrency.monotonic()

    def sweep(self) -> int:
        """Advance what is due; how many flows were looked at."""
        due = self._database.read(lambda tx: flows.due(tx, SWEEP_LIMIT))
        advance_each(self._engine, due, sweeping=True)
        return len(due)

    def gather(self) -> None:
        """Write gathered reports, refresh the memory of hosts. A round that the database refused is a sign of life too:
        to end a scheduler for that helps nobody."""
        try:
            self._reports.flush()
            for pool in self._pools:
                pool.refresh(self._database)
        finally:
            self.last_worked = concurrency.monotonic()

    def appear(self) -> None:
        """Show this scheduler in the service list."""
        row = {"kind": "scheduler", "name": self._name, "address": self._name, "boot_id": self._boot_id}
        self._database.transact(lambda tx: hosts.upsert(tx, [row]))

    def rounds(self, duty: Any, seconds: float, stop: Any) -> None:
        """Run one duty every `seconds` until `stop` is set; a failed round is logged and the next one comes."""
        while not stop.is_set():
            try:
                duty()
            except Fault as fault:
                LOG.warning("%s: %s", duty.__name__, fault.reason)
            except Exception:
                LOG.exception("%s failed", duty.__name__)
            concurrency.wait(stop, concurrency.jitter(seconds))
