"""What projects used: how long their instances ran, and what those had."""

from typing import Any

from nova_like.db import instance_usages as rows
from nova_like.db.engine import Database
from nova_like.model.context import Context
from nova_like.model.errors import Invalid

Row = dict[str, Any]
Rows = list[Row]


class Usages:
    def __init__(self, database: Database, policy: Any) -> None:
        self._database, self._policy = database, policy

    def all(self, ctx: Context, start: float, end: float, **page: Any) -> Rows:
        """Rows of all projects as db.instance_usages.between gives them, which knows `page`. Raises Invalid for an
        unknown marker."""
        self._policy.check(ctx, "compute:usage:list")
        return self._read(start, end, None, page)

    def of(self, ctx: Context, project_id: str, start: float, end: float, **page: Any) -> Rows:
        """Those of one project, another one than the caller's for operators."""
        self._policy.check(ctx, f"compute:usage:{'show' if project_id == ctx.project_id else 'others'}")
        return self._read(start, end, project_id, page)

    def _read(self, start: float, end: float, project_id: str | None, page: Row) -> Rows:
        try:
            return self._database.read(lambda tx: rows.between(tx, start, end, project_id, **page))
        except LookupError:
            raise Invalid(f"marker [{page['marker'][:64]}] not found", "instance", field="marker") from None
