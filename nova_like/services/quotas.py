"""Counting: what a verb takes of its project's quota, in the verb's own transaction. services/limits shows it."""

from typing import Any

from nova_like.conf.quota import DEFAULTS
from nova_like.db import quotas
from nova_like.db.engine import Transaction


class Quotas:
    def __init__(self, conf: Any) -> None:
        self.defaults = {name: conf.quota[name] for name in DEFAULTS}

    def limits(self, tx: Transaction, project_id: str) -> dict[str, int]:
        """Every limit of a project; -1 is none."""
        return quotas.limits(tx, project_id, self.defaults)

    def room(self, tx: Transaction, project_id: str) -> tuple[dict[str, int], dict[str, int]]:
        """(limits, usage), held by nobody: what it says may be over a moment later, and `take` decides."""
        return quotas.room(tx, project_id, self.defaults)

    def take(self, tx: Transaction, project_id: str, amounts: dict[str, int]) -> None:
        """Count `amounts` as used, all or none. Raises QuotaExceeded."""
        quotas.take(tx, project_id, amounts, self.defaults)

    def give(self, tx: Transaction, project_id: str, amounts: dict[str, int]) -> None:
        quotas.give(tx, project_id, amounts)
