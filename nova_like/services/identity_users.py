"""Users: made, changed, deleted. A change of the password, or to disabled, voids a user's tokens for good. Passwords
come in clear and leave as a hash at once; rows come out without it."""

from collections.abc import Mapping
from typing import Any

from nova_like import concurrency
from nova_like.db import domains, endings
from nova_like.db import users as rows
from nova_like.db.engine import Database, Transaction
from nova_like.model.context import Context
from nova_like.model.errors import Invalid
from nova_like.services import identity_access as access
from nova_like.services import identity_fields as fields
from nova_like.services import identity_passwords, identity_roles
from nova_like.services.identity_domains import DEFAULT, milliseconds
from nova_like.services.identity_password_rules import PasswordRules

Row = dict[str, Any]
Rows = list[Row]
KNOWN = ("name", "description", "enabled", "email", "default_project_id")


class Users:
    def __init__(self, db: Database, policy: Any, password_rounds: int, rules: PasswordRules) -> None:
        self._db, self._policy, self._rounds, self._rules = db, policy, password_rounds, rules

    def list(self, ctx: Context, wanted: Mapping[str, Any], group_id: str | None = None) -> Rows:
        """Users in order of name, with `group_id` those in it; with a token of a domain, those of the domain."""
        access.check(self._policy, ctx, "identity:users:list", ctx.domain_id)
        realm = access.realm(ctx)
        if realm is not None and wanted.get("domain_id") not in (None, realm):
            return []
        limited = {**wanted, "domain_id": realm or wanted.get("domain_id")}
        return [shown(row) for row in self._db.read(lambda tx: rows.asked(tx, limited, group_id))]

    def get(self, ctx: Context, user_id: str) -> Row:
        """Oneself, or others by policy. Raises NotFound; Forbidden alike for what is not the caller's."""
        row = self._db.read(lambda tx: rows.get(tx, user_id))
        if user_id != ctx.user_id:
            self._may(ctx, "show", row)
        return shown(access.found("user", user_id, row))

    def create(self, ctx: Context, values: Row) -> Row:
        """Who is no admin must name the domain. Raises Conflict, NotFound, Invalid."""
        domain_id = values.get("domain_id") or access.home(ctx, DEFAULT)
        access.check(self._policy, ctx, "identity:users:create", values.get("domain_id"))
        columns = {"id": concurrency.new_id(), "domain_id": domain_id, **self._columns(values, values)}

        def insert(tx: Transaction) -> Row:
            access.found("domain", domain_id, domains.hold(tx, domain_id))
            _check_default(tx, columns)
            with fields.naming("user", columns["name"]):
                rows.ROWS.insert(tx, columns)
            self._remember(tx, columns["id"], columns)
            return shown(rows.get(tx, columns["id"]) or {})

        return self._db.transact(insert)

    def update(self, ctx: Context, user_id: str, values: Row) -> Row:
        """Raises NotFound, Conflict, Invalid; Forbidden for somebody who is admin, to who is not."""
        known = self._db.read(lambda tx: rows.get(tx, user_id))
        self._may(ctx, "update", known)  # before a hash costs anything
        secret = self._columns({key: values[key] for key in ("password",) if key in values}, known)

        def change(tx: Transaction) -> Row:
            before = self._mine(tx, ctx, "update", user_id)
            fields.check_same("user", before, values, "domain_id", "id")
            more = {name: value for name, value in values.items() if name not in ("domain_id", "password")}
            columns = {**fields.split(more, KNOWN, before), **secret}
            _check_default(tx, columns)
            if "password_hash" in columns or (columns.get("enabled") is False and before["enabled"]):
                columns["token_floor"] = milliseconds()
            with fields.naming("user", values.get("name")):
                rows.ROWS.update(tx, user_id, **columns)
            self._remember(tx, user_id, columns)
            return shown(rows.get(tx, user_id) or {})

        return self._db.transact(change)

    def delete(self, ctx: Context, user_id: str) -> None:
        """With all that he handed out. Raises NotFound; Forbidden for somebody who is admin, to who is not."""

        def leave(tx: Transaction) -> None:
            self._mine(tx, ctx, "delete", user_id)
            endings.end(tx, "user", user_id)

        self._db.transact(leave)

    def _mine(self, tx: Transaction, ctx: Context, verb: str, user_id: str) -> Row:
        row = rows.get(tx, user_id)
        self._may(ctx, verb, row)
        found = access.found("user", user_id, row)
        identity_roles.check_beneath(tx, ctx, user_id)
        return found

    def _may(self, ctx: Context, verb: str, row: Row | None) -> None:
        access.check(self._policy, ctx, f"identity:users:{verb}", access.domain_of(row))

    def _remember(self, tx: Transaction, user_id: str, columns: Row) -> None:
        if columns.get("password_hash"):
            self._rules.remember(tx, user_id, columns["password_hash"], columns["password_changed_at"])

    def _columns(self, values: Row, user: Row | None) -> Row:
        """What to write of `values`, the password as its hash; `user` has the options that there are already. Raises
        Invalid for a password that may not be."""
        more = {name: value for name, value in values.items() if name not in ("domain_id", "password")}
        columns = fields.split(more, KNOWN)
        if "password" in values:
            password, now = values["password"], concurrency.now().timestamp()
            if not password:
                return {**columns, "password_hash": None, "password_changed_at": now}
            self._rules.check(None, password, False, now)
            fresh = identity_passwords.hashed(password, self._rounds)
            columns |= self._rules.columns(user, fresh, False, now)
        return columns


def shown(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "password_hash"}


def _check_default(tx: Transaction, columns: Row) -> None:
    if (id := columns.get("default_project_id")) is not None and domains.get(tx, id) is not None:
        raise Invalid("A domain is nobody's default project.", "user", field="default_project_id")
