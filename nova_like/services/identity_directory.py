"""Reading users, projects, roles, domains and assignments. Everybody sees himself and his own projects; the rest is by
policy. Changes are the operator's (nova-like-manage)."""

from typing import Any

from nova_like.db import assignments, domains, held_roles, projects, roles, users
from nova_like.db.engine import Database
from nova_like.model.context import Context
from nova_like.model.errors import Forbidden, NotFound
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

    def roles(self, ctx: Context, name: str | None = None) -> Rows:
        self._policy.check(ctx, "identity:roles:list")
        return self._db.read(lambda tx: roles.list_roles(tx, name))

    def role(self, ctx: Context, role_id: str) -> Row:
        self._policy.check(ctx, "identity:roles:show")
        return self._found("role", role_id, self._db.read(lambda tx: roles.get(tx, role_id)))

    def assignments(self, ctx: Context, **wanted: str | None) -> Rows:
        """Assignments with `user`, `role`, and `project` or `domain`: the rows named. One's own need no rule."""
        if not ctx.user_id or wanted.get("actor_id") != ctx.user_id:
            self._policy.check(ctx, "identity:assignments:list")
        with self._db.reading() as tx:
            people = {row["id"]: row for row in users.list_users(tx)}
            places = {row["id"]: row for row in (*projects.list_projects(tx), *domains.list_domains(tx, {}))}
            known = {row["id"]: row for row in roles.list_roles(tx)}
            given = assignments.list_assignments(tx, **wanted)
        return [
            {**row, "user": people.get(row["actor_id"]), "role": known.get(row["role_id"]),
             "target": places.get(row["target_id"])} for row in given
        ]  # fmt: skip

    def _found(self, noun: str, id: str, row: Row | None) -> Row:
        if row is None:
            raise NotFound(noun, id, f"Could not find {noun}: {id[:64]}.")
        return row


def check_own(ctx: Context, user_id: str) -> None:
    """Raises Forbidden unless this is the caller's own user."""
    if user_id != ctx.user_id:
        raise Forbidden("You are not authorized to perform the requested action.")
