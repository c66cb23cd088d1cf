"""Which agent serves a host: rows of hosts, remembered for a second. A stale answer costs a re-send, never more: the
message names a boot id that is no more, and the agent says so."""

from nova_like import concurrency
from nova_like.db import hosts
from nova_like.db.engine import Transaction

FRESH_SECONDS = 1.0


class Agents:
    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[float, tuple[str, str]]] = {}

    def find(self, tx: Transaction, kind: str, host: str) -> tuple[str, str] | None:
        """(bus address, boot id); None for a host that never reported."""
        now = concurrency.monotonic()
        known = self._known.get((kind, host))
        if known is not None and now - known[0] < FRESH_SECONDS:
            return known[1]
        found = hosts.agent(tx, kind, host)
        if found is not None:
            self._known[kind, host] = (now, found)
        return found

    def forget(self) -> None:
        """An agent has started anew somewhere."""
        self._known.clear()
