"""Ports: the network cards of a project's instances. Booting makes them and deleting releases them; their names are all
that changes here, since what hosts must be told of is the instance's affair (`memberships`)."""

from typing import Any

from nova_like.db import ports as rows
from nova_like.db.engine import Database
from nova_like.model.context import Context
from nova_like.model.errors import NotFound
from nova_like.services.scope import owner

Row = dict[str, Any]
Rows = list[Row]


class Ports:
    """Rows are those of the table `ports`, with network_name, addresses and groups."""

    def __init__(self, db: Database, policy: Any) -> None:
        self._db, self._policy = db, policy

    def list(self, ctx: Context, all_projects: bool = False, **several: Any) -> Rows:
        """The project's ports, oldest first; `several` as in db.ports.list_ports."""
        self._policy.check(ctx, "network:ports:list")
        return self._db.read(lambda tx: rows.list_ports(tx, owner(ctx, all_projects), **several))

    def get(self, ctx: Context, port_id: str) -> Row:
        """Raises NotFound."""
        self._policy.check(ctx, "network:ports:show")
        row = self._db.read(lambda tx: rows.get(tx, port_id, owner(ctx)))
        if row is None:
            raise NotFound("port", port_id[:64])
        return row

    def update(self, ctx: Context, port_id: str, values: Row) -> None:
        """Change name or description. Raises NotFound."""
        self._policy.check(ctx, "network:ports:update")
        self.get(ctx, port_id)
        if values:
            self._db.transact(lambda tx: rows.update(tx, port_id, **values))
