"""A flow's row while one transaction holds it: read, changed as attributes, written. Knows no rule of flows."""

from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import SQLAlchemyError

from nova_like import logs
from nova_like.db import flows
from nova_like.db.engine import Transaction
from nova_like.flows.recipe import LocalFailure, Step, Work
from nova_like.model.commands import Event
from nova_like.model.errors import Fault, HostFailure

if TYPE_CHECKING:
    from nova_like.flows.engine import Engine

LOG = logs.get(__name__)


class Held:
    """State of the flow while the turn lasts; `_save` writes it."""

    def __init__(self, engine: "Engine", tx: Transaction, event: Event, broken: dict[str, Fault]) -> None:
        self.engine, self.tx, self.event, self.broken = engine, tx, event, broken
        self.notes: list[str] = []
        self.stumbled: dict[str, Any] | None = None
        self.moved = False  # whether the row is other than it was, though it is not worth a line in the journal

    def _load(self, row: dict[str, Any]) -> None:
        self.row, self.recipe = row, self.engine.recipes[row["kind"]]
        self.work = Work(self.tx, dict(row), self.engine.parts, dict(row["facts"] or {}))
        self.work.starter, self.work.boot_id = self.engine.starter, self.event.boot_id
        self.state: str = row["state"]
        self.step: int = row["step"]
        self.attempts: int = row["attempts"]
        self.generation: int = row["generation"]
        self.fault: dict[str, Any] | None = row["fault"]
        self.waits: dict[str, Any] = {name: row[name] for name in flows.WAITS}

    def _call(self, step: Step, act: Any) -> Any:
        """What a step's function gives. Raises LocalFailure for its faults, the program's own included: a flow that
        meets a bug ends like one that meets a broken host. The database's errors pass."""
        try:
            return act(self.work)
        except SQLAlchemyError:
            raise
        except Fault as fault:
            raise LocalFailure(self._key(step), fault) from None
        except Exception:
            LOG.exception("%s: %s is broken", self.row["kind"], self._key(step))
            raise LocalFailure(self._key(step), HostFailure("an internal failure", self.recipe.resource)) from None

    def _key(self, step: Step) -> str:
        return step.name if self.state == "running" else f"undo {step.name}"

    def _present(self) -> Step:
        return self.recipe.steps[self.step]

    def _save(self) -> None:
        values = {
            "state": self.state, "step": self.step, "step_name": self._name(), "attempts": self.attempts,
            "generation": self.generation, "fault": self.fault, "facts": self.work.facts or None, **self.waits,
        }  # fmt: skip
        entry = {
            "step": self._name(), "event": "; ".join(self.notes), "host": self.event.host or None,
            "detail": self._detail(),
        }  # fmt: skip
        if not flows.save(self.tx, self.row, values, entry if self.notes else None):
            raise RuntimeError(f"flow {self.row['id']} changed under its lock")

    def _name(self) -> str:
        """The present step's name; at either end that of the last one."""
        return self.recipe.steps[min(max(self.step, 0), len(self.recipe.steps) - 1)].name

    def _detail(self) -> dict[str, Any] | None:
        event = self.event
        times = {"started_at": event.started_at, "finished_at": event.finished_at}
        detail = {**times, "fault": event.fault or self.stumbled}
        return {name: value for name, value in detail.items() if value} or None
