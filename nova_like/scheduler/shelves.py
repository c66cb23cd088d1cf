"""Takes from their hosts, by the clock, the instances that have been shelved for so long that nobody seems to want them
back soon. Where they leave at once, their own flow sees to it, and there is nothing to do here."""

from functools import partial

from nova_like.db import flows, generations, instances
from nova_like.db.engine import Database, Transaction
from nova_like.flows.start import Starter
from nova_like.model import states
from nova_like.model.context import SYSTEM

ROUND_SECONDS = 30.0
MOST = 100  # in one round


class Shelves:
    """`seconds` after which they leave; 0 and less: nobody asks here."""

    def __init__(self, database: Database, starter: Starter, seconds: float) -> None:
        self._database, self._starter, self._seconds = database, starter, seconds

    def clear(self) -> int:
        """One round; how many are on their way."""
        if self._seconds <= 0:
            return 0
        quiet = self._database.read(lambda tx: instances.quiet(tx, states.SHELVED, self._seconds, MOST))
        return sum(self._database.transact(partial(self._offload, id=id)) for id in quiet)

    def _offload(self, tx: Transaction, id: str) -> bool:
        row = instances.hold(tx, id)
        if row is None or row["state"] != states.SHELVED or row["wanted"] == "deleted" or flows.live_ids(tx, id):
            return False
        generation = generations.raise_generation(tx, "instance", id)
        self._starter.start(tx, SYSTEM, "shelve_offload", id, {}, generation)
        return True
