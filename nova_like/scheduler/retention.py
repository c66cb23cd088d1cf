"""Retention as a duty of the scheduler's clock: a round takes away what is over, batch by batch, with rests between."""

from functools import partial
from typing import Any

from nova_like import concurrency, logs
from nova_like.db import retention
from nova_like.db.engine import Database
from nova_like.db.retention import BATCH, PRUNES, Keep

LOG = logs.get(__name__)
ROUND_SECONDS = 60.0
REST_SECONDS = 0.1  # between two batches: requests come first
MOST_BATCHES = 200  # of one table in a round; what is left waits for the next


class Retention:
    """`pruned` counts the rows taken away since the start, by table. Several schedulers share the work."""

    def __init__(self, database: Database, keep: Keep, batch: int = BATCH) -> None:
        self._database, self._keep, self._batch = database, keep, batch
        self.pruned: dict[str, int] = dict.fromkeys(PRUNES, 0)

    def retain(self) -> int:
        """One round over all tables; how many rows are gone."""
        gone = {name: self._prune(name) for name in PRUNES}
        if any(gone.values()):
            LOG.info("retention: %s", ", ".join(f"{count} {name}" for name, count in gone.items() if count))
        return sum(gone.values())

    def _prune(self, name: str) -> int:
        total = 0
        for _ in range(MOST_BATCHES):
            count = self._database.transact(partial(_batch, name=name, keep=self._keep, limit=self._batch))
            total += count
            self.pruned[name] += count
            if count < self._batch:
                break
            concurrency.sleep(REST_SECONDS)
        return total


def _batch(tx: Any, name: str, keep: Keep, limit: int) -> int:
    return retention.PRUNES[name](tx, keep, limit)


def keep_of(conf: Any) -> Keep:
    """What [database] says."""
    return Keep(conf.database.retain_flows_hours * 3600.0, conf.database.retain_deleted_hours * 3600.0)
