"""Moves of instances to other flavors (and hosts), as operators list them."""

from typing import Any

from nova_like.db import moves
from nova_like.db.engine import Database
from nova_like.model.context import Context
from nova_like.model.errors import Invalid

Row = dict[str, Any]


class Moves:
    def __init__(self, database: Database, policy: Any) -> None:
        self._database, self._policy = database, policy

    def list(self, ctx: Context, wanted: Row, **page: Any) -> list[Row]:
        """Of all projects, the newest first; `wanted` and `page` as of db.moves. Raises Invalid (unknown marker)."""
        self._policy.check(ctx, "compute:servers:migrations")
        try:
            with self._database.reading() as tx:
                return moves.list_moves(tx, wanted, **page)
        except LookupError:
            raise Invalid(f"marker [{page['marker']}] not found", "migration", field="marker") from None
