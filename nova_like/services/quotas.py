"""What projects may use: limits with their defaults, usage, and the operator's changes."""

from typing import Any

from nova_like.conf.quota import DEFAULTS
from nova_like.db import quotas
from nova_like.db.engine import Database, Transaction
from nova_like.model.context import Context
from nova_like.model.errors import Invalid


class Quotas:
    def __init__(self, conf: Any, database: Database, policy: Any) -> None:
        self._database, self._policy = database, policy
        self.defaults = {name: conf.quota[name] for name in DEFAULTS}

    def limits(self, tx: Transaction, project_id: str) -> dict[str, int]:
        """Every limit of a project; -1 is none."""
        return quotas.limits(tx, project_id, self.defaults)

    def take(self, tx: Transaction, project_id: str, amounts: dict[str, int]) -> None:
        """Count `amounts` as used, all or none. Raises QuotaExceeded."""
        quotas.take(tx, project_id, amounts, self.limits(tx, project_id))

    def give(self, tx: Transaction, project_id: str, amounts: dict[str, int]) -> None:
        quotas.give(tx, project_id, amounts)

    def show(self, ctx: Context, project_id: str) -> tuple[dict[str, int], dict[str, int]]:
        """(limits, usage) of a project: one's own, or any for admin."""
        rule = "quotas:show" if project_id == ctx.project_id else "quotas:show_any"
        self._policy.check(ctx, f"compute:{rule}")
        with self._database.reading() as tx:
            return self.limits(tx, project_id), quotas.usages(tx, project_id)

    def update(self, ctx: Context, project_id: str, values: dict[str, int]) -> None:
        """Set limits; admin only. Raises Invalid for an unknown resource or a limit below -1."""
        self._policy.check(ctx, "compute:quotas:update")
        for name, value in values.items():
            if name not in self.defaults or value < -1:
                raise Invalid(f"Quota {name}={value} is not possible", "quota", field=name)
        self._database.transact(lambda tx: quotas.set_limits(tx, project_id, values))
