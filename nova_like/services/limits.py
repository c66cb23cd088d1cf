"""What a project may use and how much of it is used, for showing and for an operator's changing."""

from collections.abc import Iterable
from typing import Any

from nova_like.db import keypairs, quotas
from nova_like.model.context import Context
from nova_like.model.errors import Invalid, QuotaExceeded

Amounts = dict[str, int]
# limits that clients of old set and read, of what is not offered, or counted each time
OLD = {
    "fixed_ips": -1, "floating_ips": -1, "injected_files": 5, "injected_file_content_bytes": 10240,
    "injected_file_path_bytes": 255,
}  # fmt: skip


class Limits:
    """`defaults` are the limits of projects that have none of their own: {resource: maximum}, -1 is none; an operator
    may write others over them, for all."""

    def __init__(self, db: Any, policy: Any, defaults: Amounts) -> None:
        self._db, self._policy, self._defaults = db, policy, {**OLD, **defaults}

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
            limits, used = quotas.room(tx, project, self._defaults)
            return limits, used | {"key_pairs": keypairs.count(tx, ctx.user_id)}

        return self._db.read(work)

    def require(self, ctx: Context, resource: str, count: int) -> None:
        """For what is limited each time and not counted up (metadata items). Raises QuotaExceeded."""
        allowed = self._db.read(lambda tx: quotas.limits(tx, ctx.project_id, self._defaults)).get(resource, -1)
        if 0 <= allowed < count:
            raise QuotaExceeded(f"Quota exceeded for {resource}: {count} of {allowed}", resource, resource=resource,
                                limit=allowed, used=0, asked=count)  # fmt: skip

    def set(self, ctx: Context, project_id: str, values: Amounts, force: bool = False) -> Amounts:
        """Change limits of a project; all its limits as they are then. Raises Invalid for less than is used, unless
        told to `force`."""
        self._policy.check(ctx, "compute:limits:update")

        def work(tx: Any) -> Amounts:
            used = quotas.usages(tx, project_id)
            for name, most in values.items():
                if not force and 0 <= most < used.get(name, 0):
                    raise Invalid(f"Quota limit {most} for {name} must be greater than or equal to already used and "
                                  f"reserved {used[name]}.", "quota", field=name)  # fmt: skip
            quotas.set_limits(tx, project_id, values)
            return quotas.limits(tx, project_id, self._defaults)

        return self._db.transact(work)

    def reset(self, ctx: Context, project_id: str, resources: Iterable[str]) -> None:
        """The project has the limits of all others of these from now on."""
        self._policy.check(ctx, "compute:limits:update")
        self._db.transact(lambda tx: quotas.drop_limits(tx, project_id, list(resources)))

    def defaults(self, ctx: Context) -> Amounts:
        """The limits of projects that have none of their own."""
        self._policy.check(ctx, "compute:limits:show")
        return self._db.read(lambda tx: quotas.limits(tx, quotas.CLASS, self._defaults))

    def set_defaults(self, ctx: Context, values: Amounts) -> Amounts:
        """Change them; all of them as they are then."""
        self._policy.check(ctx, "compute:limits:update_defaults")

        def work(tx: Any) -> Amounts:
            quotas.set_limits(tx, quotas.CLASS, values)
            return quotas.limits(tx, quotas.CLASS, self._defaults)

        return self._db.transact(work)
