"""Deletes, by the clock, the instances that were soft-deleted and that nobody has wanted back in time."""

from functools import partial

from nova_like.db import flows, instances
from nova_like.db.engine import Database, Transaction
from nova_like.flows.start import Starter
from nova_like.model import states
from nova_like.model.context import SYSTEM

ROUND_SECONDS = 10.0
MOST = 100  # in one round


class Reclaiming:
    """`seconds` for which they are kept; 0: nobody asks here, and what is there waits for its owner."""

    def __init__(self, database: Database, starter: Starter, seconds: float) -> None:
        self._database, self._starter, self._seconds = database, starter, seconds

    def reclaim(self) -> int:
        """One round; how many are on their way."""
        if self._seconds <= 0:
            return 0
        over = self._database.read(lambda tx: instances.put_away(tx, self._seconds, MOST))
        return sum(self._database.transact(partial(self._delete, id=id)) for id in over)

    def _delete(self, tx: Transaction, id: str) -> bool:
        """Nobody's flow is disturbed for it: the next round comes soon."""
        live, row = flows.live_of(tx, id), instances.hold(tx, id)
        if row is None or row["state"] != states.SOFT_DELETED or row["wanted"] == "deleted" or live:
            return False
        self._starter.replace(tx, SYSTEM, "instance", id, "delete", live, wanted="deleted")
        return True
