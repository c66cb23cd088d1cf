"""What a flow is made of. A recipe is a list of named steps on one page; the engine runs it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from nova_like.db.engine import Transaction
from nova_like.model.context import Context
from nova_like.model.errors import Fault

LOCAL = "local"
ENDS = ("delete", "volume_delete")  # kinds of flows after which nothing of the resource is left anywhere
FOREVER: Any = {"deadline_seconds": float("inf"), "retries": 1 << 30}  # of a step that is never given up
THEN = ("then", "off")  # of `Step.leaves`


class LocalFailure(Exception):
    """A step's function raised: the transaction must go, and the step (`undo NAME` on the way back) has failed."""

    def __init__(self, step: str, fault: Fault) -> None:
        super().__init__(step)
        self.step, self.fault = step, fault


@dataclass
class Send:
    """A message of a remote step: method and payload; the engine adds the order's head and the address."""

    method: str
    host: str
    payload: dict[str, Any]
    resource: str = ""  # what the agent knows it by, if that is not the flow's own resource


@dataclass
class Work:
    """A flow in the transaction that moves it on. Steps read and write through it, and touch nothing else."""

    tx: Transaction
    flow: dict[str, Any]
    parts: Any  # flows.parts.Parts: placement, image links, what steps need beyond the database
    facts: dict[str, Any] = field(default_factory=dict)  # {step name: what it found or was answered}
    memory: dict[str, Any] = field(default_factory=dict)  # rows read in this transaction; gone with it
    boot_id: str = ""  # of the agent process whose answer this is about
    starter: Any = None  # flows.start.Starter, for what goes on by itself

    @property
    def resource(self) -> str:
        return str(self.flow["resource_id"])

    @property
    def args(self) -> dict[str, Any]:
        return self.flow["args"] or {}

    @property
    def ordered(self) -> dict[str, Any]:
        """Columns of an instance that say which order its power is written for."""
        return {"power_generation": self.flow["generation"], "power_boot": self.boot_id}

    @property
    def context(self) -> Context:
        return Context(
            request_id=self.flow["request_id"],
            user_id=self.flow["user_id"] or "",
            project_id=self.flow["project_id"] or "",
        )


Local = Callable[[Work], dict[str, Any] | None]
Remote = Callable[[Work], Send]


@dataclass(frozen=True)
class Step:
    """`where` is LOCAL (do runs inside the engine's transaction and must not write before it may fail) or the kind
    of agent (do makes the message). `undo` None: nothing to take back, and the recipe's comment says why.

    While its host is away a remote step waits, but for two: `leaves` ("do" or "undo") names a side that is passed
    over, and a tombstone is the recipe's matter then ("then": its undo, or what it does in a flow that only goes
    forward, when a delete follows, which sees to all that is there; "off": so, too, when the host is fenced); with
    `flees` the step fails.
    """

    name: str
    where: str
    do: Local | Remote
    undo: Local | Remote | None = None
    needed: Callable[[Work], bool] = lambda work: True  # asked again on unwinding
    deadline_seconds: float = 600.0  # of a host that does not answer; it is asked once more when they are over
    working_seconds: float = 0.0  # of one that answers that it is at work, where that may take longer
    retries: int = 0  # how often a failure that may pass is tried again before the flow unwinds
    leaves: str = ""
    more: Callable[[Work], bool] | None = None  # of a local step: whether it and the one before it are done once more
    flees: bool = False


def _never(work: Work, fault: Fault) -> dict[str, Any] | None:
    return None


def _nothing(work: Work) -> None:
    return None


def _rest(work: Work) -> str | None:
    return None


@dataclass(frozen=True)
class Recipe:
    """`resource` names the noun whose generation and locks the flow uses. `undone` runs when it has unwound, and takes
    back what was promised ahead of its first step; `failed` follows when nothing else does."""

    kind: str
    resource: str  # instance | volume
    steps: tuple[Step, ...]
    failed: Callable[[Work, Fault], None]
    cancellable: bool = True
    undone: Callable[[Work], None] = _nothing
    follows: Callable[[Work], str | None] = _rest  # the kind of flow that goes on when this one has done its work
    again: Callable[[Work, Fault], dict[str, Any] | None] = _never  # after a fault: arguments of another try, or None
