"""Advances flows: one event, one transaction, then the message that it calls for. Starts no threads, waits for nobody.

`advance` loads the flow's row, holds it, applies the event and goes on to the next remote step or to the end. What a
local step raises rolls the transaction back; it is then run once more with that step known to fail.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from nova_like import logs
from nova_like.db.engine import Database, Transaction
from nova_like.flows.agents import Agents
from nova_like.flows.parts import Parts
from nova_like.flows.recipe import LocalFailure, Recipe
from nova_like.flows.start import Starter
from nova_like.flows.timing import Timing
from nova_like.flows.turn import Turn
from nova_like.model.commands import Event
from nova_like.model.context import Context
from nova_like.model.errors import Fault
from nova_like.model.orders import Order

LOG = logs.get(__name__)
WAKE = Event("wake")


@dataclass(frozen=True)
class Message:
    """A cast to the agent of `kind` at `address`."""

    kind: str
    address: str
    context: Context
    method: str
    order: Order
    payload: dict


@dataclass(frozen=True)
class Pace:
    """When to try again: the first interval, what it grows to, how long an undo that failed rests; after what silence
    a host is away, and how long it may answer nothing; how often it is looked whether one that is silent is back."""

    resend_seconds: float = 5.0
    resend_most_seconds: float = 10.0
    parked_seconds: float = 30.0
    host_down_seconds: float = 75.0
    host_deaf_seconds: float = 45.0
    away_seconds: float = 60.0

    def resend_after(self, attempts: int) -> float:
        """Seconds until the same message goes again, after `attempts` sends."""
        grown = self.resend_seconds * 2 ** min(16, max(0, attempts - 1))
        return min(grown, max(self.resend_most_seconds, self.resend_seconds))


class Engine:
    """Any number of threads and processes may advance any flow; the flow's row decides who did."""

    def __init__(
        self,
        database: Database,
        recipes: dict[str, Recipe],
        parts: Parts,
        starter: Starter,
        post: Callable[[Message], None],
        pace: Pace | None = None,
    ) -> None:
        self.database, self.recipes, self.parts, self.starter = database, recipes, parts, starter
        self.post, self.pace, self.timing = post, pace or Pace(), Timing()
        self.agents = Agents(self.pace.host_down_seconds)
        self.answered: Callable[[str, str], None] = lambda kind, host: None  # told of each answer that was waited for

    def advance(self, flow_id: str, event: Event = WAKE, sweeping: bool = False) -> bool:
        """Apply one event. Late, doubled and foreign events change nothing. Raises Unavailable without a database.
        Whether it was a foreign one: an answer that nobody can have given whom the flow has asked.

        `sweeping`: leave the flow alone when somebody else holds it.
        """
        broken: dict[str, Fault] = {}
        while True:
            try:
                return self.database.transact(lambda tx: self._turn(tx, flow_id, event, sweeping, dict(broken)))
            except LocalFailure as failure:
                if failure.step in broken:
                    raise failure.fault from None
                broken[failure.step] = failure.fault

    def _turn(self, tx: Transaction, flow_id: str, event: Event, sweeping: bool, broken: dict[str, Fault]) -> bool:
        turn = Turn(self, tx, event, broken)
        turn.run(flow_id, sweeping)
        return turn.foreign

    def send_after(self, tx: Transaction, message: Message) -> None:
        """Post a message when the transaction has committed."""
        tx.after(lambda: self.post(replace(message)))
