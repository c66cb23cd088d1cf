"""What a project may use and how much of it is used, for showing and for an operator's changing."""

from typing import Any

from nova_like.db import keypairs, quotas
from nova_like.model.context import Context
from nova_like.model.errors import QuotaExceeded

Amounts = dict[str, int]


class Limits:
    """`defaults` are the limits of projects that have none of their own: {resource: maximum}, -1 is none."""

    def __init__(self, db: Any, policy: Any, defaults: Amounts) -> None:
        self._db, self._policy, self.defaults = db, policy, defaults

    def _authorise(self, ctx: Context, project_id: str | None) -> str:
        if project_id is None or project_id == ctx.project_id:
            self._policy.check(ctx, "compute:limits:show")
            return ctx.project_id
        self._policy.check(ctx, "compute:limits:others")
        return project_id

    def show(self, ctx: Context, project_id: str | None = None) -> tuple[Amounts, Amounts]:
        """(limits, usage) by resource of a project, the caller's own unless an operator asks for another."""
        project = self._authorise(ctx, project_id)

        def work(tx: Any) -> tuple[Amounts, Amounts]:
            used = quotas.usages(tx, project) | {"key_pairs": keypairs.count(tx, ctx.user_id)}
            return quotas.limits(tx, project, self.defaults), used

        return self._db.read(work)

    def require(self, ctx: Context, resource: str, count: int) -> None:
        """For what is limited each time and not counted up (metadata items). Raises QuotaExceeded."""
        allowed = self._db.read(lambda tx: quotas.limits(tx, ctx.project_id, self.defaults)).get(resource, -1)
        if 0 <= allowed < count:
            raise QuotaExceeded(f"Quota exceeded for {resource}: {count} of {allowed}", resource, resource=resource,
                                limit=allowed, used=0, asked=count)  # fmt: skip

    def set(self, ctx: Context, project_id: str, values: Amounts) -> Amounts:
        """Change limits of a project; all its limits as they are then."""
        self._policy.check(ctx, "compute:limits:update")

        def work(tx: Any) -> Amounts:
            quotas.set_limits(tx, project_id, values)
            return quotas.limits(tx, project_id, self.defaults)

        return self._db.transact(work)
