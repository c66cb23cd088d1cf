"""Networks: which there are for a project. Operators make them."""

from typing import Any

from nova_like import concurrency
from nova_like.db import addresses
from nova_like.db import networks as rows
from nova_like.db.engine import Database, Transaction
from nova_like.model.context import Context
from nova_like.model.errors import Conflict, NotFound
from nova_like.services.scope import owner

Row = dict[str, Any]
Rows = list[Row]
NOUN = "network"


class Networks:
    """Rows are those of the table `networks`, with `subnets`."""

    def __init__(self, db: Database, policy: Any) -> None:
        self._db, self._policy = db, policy

    def list(self, ctx: Context, all_projects: bool = False) -> Rows:
        """The project's own networks, shared and external ones, oldest first."""
        self._policy.check(ctx, "network:networks:list")
        return self._db.read(lambda tx: rows.list_networks(tx, owner(ctx, all_projects)))

    def get(self, ctx: Context, network_id: str) -> Row:
        """Raises NotFound."""
        self._policy.check(ctx, "network:networks:show")
        return require(self._db.read(lambda tx: rows.get(tx, network_id, owner(ctx))), network_id)

    def create(self, ctx: Context, values: Row) -> Row:
        """A network without subnets; `values` are columns."""
        self._policy.check(ctx, "network:networks:create")
        row = {"id": concurrency.new_id(), "project_id": ctx.project_id, "name": "", **values}

        def work(tx: Transaction) -> Row:
            rows.insert(tx, row)
            return require(rows.get(tx, row["id"], None), row["id"])

        return self._db.transact(work)

    def update(self, ctx: Context, network_id: str, values: Row) -> Row:
        """Change name, description, admin_up, shared, external. Raises NotFound."""
        self._policy.check(ctx, "network:networks:update")

        def work(tx: Transaction) -> Row:
            require(rows.get(tx, network_id, owner(ctx)), network_id)
            if values:
                rows.update(tx, network_id, **values)
            return require(rows.get(tx, network_id, None), network_id)

        return self._db.transact(work)

    def delete(self, ctx: Context, network_id: str) -> None:
        """With its subnets. Raises NotFound, Conflict (`in_use`)."""
        self._policy.check(ctx, "network:networks:delete")

        def work(tx: Transaction) -> None:
            rows.hold(tx, network_id)
            row = require(rows.get(tx, network_id, owner(ctx)), network_id)
            held = addresses.used(tx, [subnet["id"] for subnet in row["subnets"]])
            if held or not rows.delete(tx, network_id):
                raise Conflict(f"Unable to complete operation on network {network_id}. There are one or more ports "
                               "still in use on the network.", NOUN, code="in_use")  # fmt: skip

        self._db.transact(work)


def require(row: Row | None, network_id: str) -> Row:
    """The row. Raises NotFound when there is none."""
    if row is None:
        raise NotFound(NOUN, network_id[:64])
    return row
