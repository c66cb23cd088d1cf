"""Groups of users: made, changed, deleted, and who is in them. What a group may, its members may."""

from collections.abc import Mapping
from typing import Any

from nova_like import concurrency
from nova_like.db import domains, endings, users
from nova_like.db import user_groups as rows
from nova_like.db.engine import Database, Transaction
from nova_like.model.context import Context
from nova_like.model.errors import NotFound
from nova_like.services import identity_access as access
from nova_like.services import identity_fields as fields
from nova_like.services import identity_roles
from nova_like.services.identity_domains import DEFAULT
from nova_like.services.identity_users import shown

Row = dict[str, Any]
Rows = list[Row]
KNOWN = ("name", "description")


class Groups:
    def __init__(self, db: Database, policy: Any) -> None:
        self._db, self._policy = db, policy

    def list(self, ctx: Context, wanted: Mapping[str, Any]) -> Rows:
        """Groups in order of name; with a token of a domain, those of the domain."""
        access.check(self._policy, ctx, "identity:groups:list", ctx.domain_id)
        return self._within(ctx, wanted, None)

    def of_user(self, ctx: Context, user_id: str, wanted: Mapping[str, Any]) -> Rows:
        """One's own, or another's by policy. Raises NotFound; Forbidden alike for who is not the caller's."""
        user = self._db.read(lambda tx: users.get(tx, user_id))
        if user_id != ctx.user_id:
            self._may(ctx, "list", user)
        access.found("user", user_id, user)
        return self._within(ctx, wanted, user_id)

    def _within(self, ctx: Context, wanted: Mapping[str, Any], user_id: str | None) -> Rows:
        realm = access.realm(ctx)
        if realm is not None and wanted.get("domain_id") not in (None, realm):
            return []
        limited = {**wanted, "domain_id": realm or wanted.get("domain_id")}
        return self._db.read(lambda tx: rows.asked(tx, limited, user_id))

    def get(self, ctx: Context, group_id: str) -> Row:
        """Raises NotFound; Forbidden alike for what is not the caller's."""
        row = self._db.read(lambda tx: rows.ROWS.get(tx, group_id))
        self._may(ctx, "show", row)
        return access.found("group", group_id, row)

    def create(self, ctx: Context, values: Row) -> Row:
        """Raises Conflict, NotFound."""
        domain_id = values.get("domain_id") or access.home(ctx, DEFAULT)
        access.check(self._policy, ctx, "identity:groups:create", domain_id)
        more = {name: value for name, value in values.items() if name != "domain_id"}
        columns = {"id": concurrency.new_id(), "domain_id": domain_id, **fields.split(more, KNOWN)}

        def insert(tx: Transaction) -> Row:
            access.found("domain", domain_id, domains.hold(tx, domain_id))
            with fields.naming("group", columns["name"]):
                rows.ROWS.insert(tx, columns)
            return rows.ROWS.get(tx, columns["id"]) or {}

        return self._db.transact(insert)

    def update(self, ctx: Context, group_id: str, values: Row) -> Row:
        """Raises NotFound, Conflict, Invalid."""

        def change(tx: Transaction) -> Row:
            before = self._mine(tx, ctx, "update", group_id)
            fields.check_same("group", before, values, "domain_id", "id")
            more = {name: value for name, value in values.items() if name != "domain_id"}
            with fields.naming("group", values.get("name")):
                rows.ROWS.update(tx, group_id, **fields.split(more, KNOWN, before))
            return rows.ROWS.get(tx, group_id) or {}

        return self._db.transact(change)

    def delete(self, ctx: Context, group_id: str) -> None:
        """Its members stay users. Raises NotFound."""

        def leave(tx: Transaction) -> None:
            self._mine(tx, ctx, "delete", group_id)
            endings.end(tx, "group", group_id)

        self._db.transact(leave)

    # -- who is in it

    def members(self, ctx: Context, group_id: str, wanted: Mapping[str, Any]) -> Rows:
        """Users in order of name; with a token of a domain, those of the domain."""
        self.get(ctx, group_id)
        limited = {**wanted, "domain_id": access.realm(ctx) or wanted.get("domain_id")}
        return [shown(row) for row in self._db.read(lambda tx: users.asked(tx, limited, group_id))]

    def check_member(self, ctx: Context, group_id: str, user_id: str) -> None:
        """Raises NotFound for who is not in it; Forbidden alike for what is not the caller's."""
        with self._db.reading() as tx:
            self._both(tx, ctx, "show", group_id, user_id)
            if not rows.is_member(tx, group_id, user_id):
                raise NotFound("user", user_id, "That user is not in that group.")

    def add_member(self, ctx: Context, group_id: str, user_id: str) -> None:
        """Who is in it already stays. Raises NotFound; Forbidden for a group of admins, to who is none."""

        def add(tx: Transaction) -> None:
            self._both(tx, ctx, "add_member", group_id, user_id)
            identity_roles.check_beneath(tx, ctx, group_id)
            rows.add(tx, group_id, user_id)

        self._db.transact(add)

    def remove_member(self, ctx: Context, group_id: str, user_id: str) -> None:
        """Raises NotFound for who is not in it."""

        def remove(tx: Transaction) -> None:
            self._both(tx, ctx, "remove_member", group_id, user_id)
            identity_roles.check_beneath(tx, ctx, group_id)
            if not rows.remove(tx, group_id, user_id):
                raise NotFound("user", user_id, "That user is not in that group.")

        self._db.transact(remove)

    def _both(self, tx: Transaction, ctx: Context, verb: str, group_id: str, user_id: str) -> None:
        group, user = rows.ROWS.get(tx, group_id), users.get(tx, user_id)
        rule = f"identity:groups:{verb}"
        access.check(self._policy, ctx, rule, access.domain_of(group), access.domain_of(user))
        access.found("group", group_id, group)
        access.found("user", user_id, user)

    def _mine(self, tx: Transaction, ctx: Context, verb: str, group_id: str) -> Row:
        row = rows.ROWS.get(tx, group_id)
        self._may(ctx, verb, row)
        found = access.found("group", group_id, row)
        identity_roles.check_beneath(tx, ctx, group_id)
        return found

    def _may(self, ctx: Context, verb: str, row: Row | None) -> None:
        access.check(self._policy, ctx, f"identity:groups:{verb}", access.domain_of(row))
