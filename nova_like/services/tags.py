"""Tags: a project's own keys and values on resources that it can see. Whether it can, the caller has found out."""

from collections.abc import Callable, Mapping
from typing import Any

from nova_like.db import tags as rows
from nova_like.model.context import Context
from nova_like.model.errors import QuotaExceeded
from nova_like.services.scope import home

Row = dict[str, Any]
Resource = tuple[str, str]  # (kind, id)
MOST = 50  # tags of one resource


class Tags:
    def __init__(self, db: Any, policy: Any) -> None:
        self._db, self._policy = db, policy

    def create(self, ctx: Context, resources: list[Resource], values: Mapping[str, str]) -> None:
        """Give every one of the resources these tags, all or none. Raises QuotaExceeded (`tags`)."""
        self._policy.check(ctx, "ec2:tags:create")
        project_id = home(ctx)

        def work(tx: Any) -> None:
            for kind, resource_id in sorted(set(resources)):  # one order for all: nobody deadlocks
                rows.put(tx, project_id, resource_id, kind, values)
                if rows.count(tx, project_id, resource_id) > MOST:
                    raise QuotaExceeded(f"A resource may have {MOST} tags.", "tags", resource="tags", limit=MOST)

        self._db.transact(work)

    def delete(self, ctx: Context, resources: list[Resource], wanted: Mapping[str, str | None] | None) -> None:
        """Take tags away: by key, or by key and value; all of them when `wanted` is None."""
        self._policy.check(ctx, "ec2:tags:delete")

        def work(tx: Any) -> None:
            for _, resource_id in resources:
                if wanted is None:
                    rows.remove_all(tx, resource_id, ctx.project_id)
                else:
                    _remove(tx, ctx.project_id, resource_id, wanted)

        self._db.transact(work)

    def of(self, ctx: Context, resource_ids: list[str]) -> dict[str, dict[str, str]]:
        """{resource id: {key: value}} of those that the caller's project has tagged."""
        return self._read(ctx, lambda tx: rows.of(tx, ctx.project_id, resource_ids))

    def _read(self, ctx: Context, work: Callable[[Any], Any]) -> Any:
        self._policy.check(ctx, "ec2:tags:list")
        return self._db.read(work)

    def list(self, ctx: Context) -> list[Row]:
        """All tags of the caller's project: {kind, resource_id, key, value}."""
        return self._read(ctx, lambda tx: rows.list_tags(tx, ctx.project_id))


def _remove(tx: Any, project_id: str, resource_id: str, wanted: Mapping[str, str | None]) -> None:
    rows.remove(tx, project_id, resource_id, [key for key, value in wanted.items() if value is None])
    for key, value in wanted.items():
        if value is not None:
            rows.remove_value(tx, project_id, resource_id, key, value)
