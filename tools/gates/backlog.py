"""How long a cloud needs for what it owes at one moment; what is asked for later does not count."""

import time
from typing import Any

import sqlalchemy as sa

from tools.load.churn import Churn

LIVE = "SELECT id, resource_id FROM flows WHERE state IN ('running', 'unwinding', 'parked')"


class Backlog:
    """All that is unfinished when it is made."""

    def __init__(self, churn: Churn) -> None:
        self._churn, self._since = churn, time.time()
        self._started = time.monotonic()
        live = self._live()
        self._flows = {flow for flow, _ in live}
        self._resources = {resource for _, resource in live}

    def __len__(self) -> int:
        return len(self._flows)

    def wait(self, limit_s: float) -> float:
        """Seconds until nothing of it was left; `limit_s` when there still is."""
        while self._left() and time.monotonic() - self._started < limit_s:
            time.sleep(0.1)
        return round(time.monotonic() - self._started, 1)

    def _left(self) -> bool:
        # a delete that waited for a boot's end is a flow of its own, which did not exist yet
        return any(flow in self._flows or (resource in self._resources and not self._deleted_since(resource))
                   for flow, resource in self._live())  # fmt: skip

    def _deleted_since(self, resource: str) -> bool:
        return self._churn.ledger.delete_asked_at.get(resource, 0.0) > self._since

    def _live(self) -> list[Any]:
        with self._churn.engine.connect() as connection:
            return list(connection.execute(sa.text(LIVE)))
