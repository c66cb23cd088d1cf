"""How long steps and flows took, by the database's clock, counted when the transaction that knows it has committed."""

import math
from typing import Any

from nova_like.db.engine import Transaction
from nova_like.flows.recipe import Step
from nova_like.measures import Times


class Timing:
    """`steps` by (kind, step, do | undo), `flows` by (kind, state at the end); of this process."""

    def __init__(self) -> None:
        self.steps, self.flows = Times(), Times()

    def answered(self, tx: Transaction, row: dict[str, Any], step: Step, undo: bool) -> None:
        """A host has done a step of the flow `row`, whose first order went out when its deadline was set; where a
        step has none, the last order counts."""
        bounded = row["deadline_at"] is not None and math.isfinite(step.deadline_seconds)
        sent = row["deadline_at"] - step.deadline_seconds if bounded else row["updated_at"]
        labels, seconds = (row["kind"], step.name, "undo" if undo else "do"), max(0.0, row["now"] - sent)
        tx.after(lambda: self.steps.observe(labels, seconds))

    def ended(self, tx: Transaction, row: dict[str, Any], state: str) -> None:
        labels, seconds = (row["kind"], state), max(0.0, row["now"] - row["created_at"])
        tx.after(lambda: self.flows.observe(labels, seconds))
