"""Which agent serves a host, and whether it is away: rows of hosts, remembered for some seconds.

A stale answer costs a re-send, never more: the message names a boot id that is no more, and the agent says so.
"""

from dataclasses import dataclass

from nova_like import concurrency
from nova_like.db import hosts
from nova_like.db.engine import Transaction
from nova_like.flows.tombstones import FENCED
from nova_like.model.states import is_up

FRESH_SECONDS = 5.0


@dataclass(frozen=True)
class Serving:
    """Where orders for a host go. `away`: nobody should wait for it; `silent`: nothing sent would arrive; `off`: it is
    switched off for sure."""

    address: str = ""
    boot_id: str = ""
    away: bool = False
    silent: bool = False
    off: bool = False


NOBODY = Serving()  # a host that never reported: its agent may be about to


class Agents:
    """`down_seconds`: a host that was not heard of for so long is away."""

    def __init__(self, down_seconds: float) -> None:
        self._down_seconds = down_seconds
        self._known: dict[tuple[str, str], tuple[float, Serving]] = {}

    def find(self, tx: Transaction, kind: str, host: str) -> Serving:
        """Who serves a host."""
        now = concurrency.monotonic()
        known = self._known.get((kind, host))
        if known is not None and now - known[0] < FRESH_SECONDS:
            return known[1]
        row = hosts.agent(tx, kind, host)
        if row is None:
            return NOBODY
        found = self._judged(row)
        if not found.silent:  # it may be back any moment, and what is put off then is put off for long
            self._known[kind, host] = (now, found)
        return found

    def _judged(self, row: hosts.Agent) -> Serving:
        """As if each host had been heard of when the controller began to listen: it cannot have been since before."""
        unheard = row.listened if row.silent_seconds is None else min(row.silent_seconds, row.listened)
        judged = {**row._asdict(), "silent_seconds": unheard}
        silent = unheard >= self._down_seconds
        return Serving(row.address, row.boot_id, not is_up(judged, self._down_seconds), silent, row.forced == FENCED)

    def forget(self) -> None:
        """An agent has started anew somewhere."""
        self._known.clear()
