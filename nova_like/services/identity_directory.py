"""What somebody could ask a token for: his projects, his domains, the system."""

from typing import Any

from nova_like.db import assignments, domains, held_roles, projects
from nova_like.db.engine import Database
from nova_like.model.context import Context
from nova_like.services.identity_domains import with_tags
from nova_like.services.identity_users import Users

Row = dict[str, Any]
Rows = list[Row]


class Directory:
    def __init__(self, db: Database, policy: Any, users: Users) -> None:
        self._db, self._policy, self._users = db, policy, users

    def projects_of(self, ctx: Context, user_id: str) -> Rows:
        """Where a user has a role; somebody else's by policy. Raises NotFound."""
        self._users.get(ctx, user_id)
        return self._db.read(lambda tx: with_tags(tx, projects.list_projects(tx, user_id=user_id)))

    def own_projects(self, ctx: Context) -> Rows:
        """Enabled projects for which the caller could ask a token."""
        return self._db.read(lambda tx: with_tags(tx, projects.list_projects(tx, user_id=ctx.user_id, enabled=True)))

    def own_domains(self, ctx: Context) -> Rows:
        with self._db.reading() as tx:
            return with_tags(tx, domains.list_held(tx, ctx.user_id))

    def is_on_system(self, ctx: Context) -> bool:
        """Whether the caller could ask for a system-scoped token."""
        return bool(self._db.read(lambda tx: held_roles.role_ids(tx, ctx.user_id, "system", assignments.SYSTEM)))
