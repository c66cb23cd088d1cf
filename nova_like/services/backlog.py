"""How much the cloud has promised and not done yet: beyond a limit, long work is not accepted for the moment. Looks
once a second at the most; deletes and whatever else takes load away never ask."""

from nova_like import concurrency
from nova_like.db import flows
from nova_like.db.engine import Transaction
from nova_like.model.errors import Unavailable

LOOK_SECONDS = 1.0
RETRY_AFTER = 5  # seconds


class Backlog:
    """`most` live flows of all projects; 0 is no limit."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._full, self._known_until = False, 0.0

    def check(self, tx: Transaction) -> None:
        """Is there room for more? Raises Unavailable. A request that was accepted keeps its promise in any case."""
        if not self._most:
            return
        if concurrency.monotonic() >= self._known_until:
            self._full = flows.count_unfinished(tx, self._most) >= self._most
            self._known_until = concurrency.monotonic() + LOOK_SECONDS
        if self._full:
            raise Unavailable("There is more work accepted than can be done soon.", retry_after=RETRY_AFTER)
