"""One order being worked on, and the bounded memories of an agent. Knows nothing of the bus."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from nova_like import concurrency
from nova_like.model.context import Context
from nova_like.model.errors import Conflict
from nova_like.model.orders import Order

V = TypeVar("V")
Verb = Callable[..., dict[str, Any] | None]


class Cancelled(Conflict):
    """Raised by `Work.check`: a newer generation wants something else of this resource."""


@dataclass
class Work:
    """An order, the verb that carries it out and what it carries. Verbs get it, to see whether they should go on."""

    ctx: Context
    order: Order
    verb: Verb
    payload: dict[str, Any]
    started_at: str = ""
    begun: bool = False  # admitted work may wait for a thread
    _cancelled: Any = field(default_factory=concurrency.Event, repr=False)

    @property
    def place(self) -> tuple[str, str]:
        """Where only one order is worked on at a time."""
        return self.order.host, self.order.resource

    @property
    def key(self) -> tuple[Any, ...]:
        """Equal for an order and its re-sends."""
        order = self.order
        return order.host, order.resource, order.flow, order.step, order.undo, order.generation

    @property
    def cause(self) -> str:
        """Who wants the effect, for the record: the flow, on its way or on its way back."""
        return f"{self.order.flow} undo" if self.order.undo else self.order.flow

    def cancel(self) -> None:
        self._cancelled.set()

    def cancelled(self) -> bool:
        """Whether to stop at the next point that leaves nothing half-made."""
        return bool(self._cancelled.is_set())

    def check(self) -> None:
        """Raise Cancelled when the work is no longer wanted."""
        if self.cancelled():
            raise Cancelled("superseded by a newer generation", code="cancelled")

    def wait(self, seconds: float) -> bool:
        """Sleep, but not past a cancel: true when cancelled."""
        return concurrency.wait(self._cancelled, seconds)


class Recent(Generic[V]):
    """The last `limit` entries by use. Not locked: its owner does."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._entries: OrderedDict[Hashable, V] = OrderedDict()

    def get(self, key: Hashable) -> V | None:
        if (value := self._entries.get(key)) is not None:
            self._entries.move_to_end(key)
        return value

    def put(self, key: Hashable, value: V) -> None:
        self._entries[key] = value
        self._entries.move_to_end(key)
        if len(self._entries) > self._limit:
            self._entries.popitem(last=False)

    def __len__(self) -> int:
        return len(self._entries)
