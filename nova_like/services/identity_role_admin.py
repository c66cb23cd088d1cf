"""Roles made, changed, deleted, and which implies which. Roles of a domain stand in no token: they imply others."""

from collections.abc import Mapping
from typing import Any

from nova_like import concurrency
from nova_like.db import domains, endings
from nova_like.db import roles as rows
from nova_like.db.engine import Database, Transaction
from nova_like.model.context import Context
from nova_like.model.errors import Forbidden, NotFound
from nova_like.services import identity_access as access
from nova_like.services import identity_fields as fields
from nova_like.services.identity_roles import ADMIN, MANAGED

Row = dict[str, Any]
Rows = list[Row]
Implications = list[tuple[Row, Rows]]
KNOWN = ("name", "description")


class Roles:
    def __init__(self, db: Database, policy: Any) -> None:
        self._db, self._policy = db, policy

    def list(self, ctx: Context, wanted: Mapping[str, Any]) -> Rows:
        """Roles in order of name: those of no domain, or those of `domain_id`."""
        if wanted.get("domain_id"):
            access.check(self._policy, ctx, "identity:roles:list_of_domain", ctx.domain_id)
        else:
            access.check(self._policy, ctx, "identity:roles:list", ctx.domain_id)
        return self._db.read(lambda tx: rows.asked(tx, wanted))

    def get(self, ctx: Context, role_id: str) -> Row:
        """Raises NotFound before Forbidden: which roles there are is no tenant's secret."""
        row = self._found(self._db.read(lambda tx: rows.get(tx, role_id)), role_id)
        if row["domain_id"] is not None:
            self._policy.check(ctx, "identity:roles:show_of_domain")
        else:
            shared = ctx.domain_id if row["name"] in MANAGED else None
            access.check(self._policy, ctx, "identity:roles:show", shared)
        return row

    def create(self, ctx: Context, values: Row) -> Row:
        """Raises Conflict, NotFound."""
        self._policy.check(ctx, "identity:roles:create")
        domain_id = values.get("domain_id")
        columns = {"id": concurrency.new_id(), "domain_id": domain_id, **_columns(values)}

        def insert(tx: Transaction) -> Row:
            if domain_id is not None:
                access.found("domain", domain_id, domains.hold(tx, domain_id))
            with fields.naming("role", columns["name"]):
                rows.ROWS.insert(tx, columns)
            return rows.get(tx, columns["id"]) or {}

        return self._db.transact(insert)

    def update(self, ctx: Context, role_id: str, values: Row) -> Row:
        """Raises NotFound, Conflict, Invalid; Forbidden for an immutable one."""

        def change(tx: Transaction) -> Row:
            before = self._found(rows.get(tx, role_id), role_id)
            self._policy.check(ctx, "identity:roles:update")
            fields.check_mutable("role", before, values)
            fields.check_same("role", before, values, "domain_id", "id")
            with fields.naming("role", values.get("name")):
                rows.ROWS.update(tx, role_id, **_columns(values, before))
            return rows.get(tx, role_id) or {}

        return self._db.transact(change)

    def delete(self, ctx: Context, role_id: str) -> None:
        """With its assignments. Raises NotFound; Forbidden for an immutable one."""

        def leave(tx: Transaction) -> None:
            before = self._found(rows.get(tx, role_id), role_id)
            self._policy.check(ctx, "identity:roles:delete")
            fields.check_mutable("role", before)
            endings.end(tx, "role", role_id)

        self._db.transact(leave)

    # -- which implies which

    def implications(self, ctx: Context, prior_id: str | None = None) -> Implications:
        """(role, those that it implies) of all that imply any, or of one. Raises NotFound."""
        self._policy.check(ctx, "identity:implied_roles:list")
        with self._db.reading() as tx:
            known = {row["id"]: row for row in rows.every(tx)}
            pairs = rows.implications(tx)
        if prior_id is not None:
            self._found(known.get(prior_id), prior_id)
        found: dict[str, Rows] = {prior_id: []} if prior_id else {}
        for prior, implied in pairs:
            if prior_id in (None, prior) and prior in known and implied in known:
                found.setdefault(prior, []).append(known[implied])
        return [(known[id], sorted(implied, key=lambda row: row["name"])) for id, implied in found.items()]

    def implication(self, ctx: Context, prior_id: str, implied_id: str) -> tuple[Row, Row]:
        """Raises NotFound."""
        self._policy.check(ctx, "identity:implied_roles:show")
        with self._db.reading() as tx:
            pair = self._pair(tx, prior_id, implied_id)
            if not rows.implies(tx, prior_id, implied_id):
                raise _none(prior_id, implied_id)
        return pair

    def imply(self, ctx: Context, prior_id: str, implied_id: str) -> tuple[Row, Row]:
        """Again it changes nothing. Raises NotFound; Forbidden where all who have a role would have one of a domain, or
        be admin."""
        self._policy.check(ctx, "identity:implied_roles:create")

        def write(tx: Transaction) -> tuple[Row, Row]:
            prior, implied = self._pair(tx, prior_id, implied_id)
            if prior["domain_id"] is None and implied["domain_id"] is not None:
                raise Forbidden("A role of no domain cannot imply one of a domain.")
            if implied["domain_id"] is None and implied["name"] == ADMIN:
                raise Forbidden("No role can imply admin.")
            if not rows.implies(tx, prior_id, implied_id):
                rows.imply(tx, prior_id, implied_id)
            return prior, implied

        return self._db.transact(write)

    def imply_no_more(self, ctx: Context, prior_id: str, implied_id: str) -> None:
        """Raises NotFound."""
        self._policy.check(ctx, "identity:implied_roles:delete")

        def leave(tx: Transaction) -> None:
            self._pair(tx, prior_id, implied_id)
            if not rows.imply_no_more(tx, prior_id, implied_id):
                raise _none(prior_id, implied_id)

        self._db.transact(leave)

    def _pair(self, tx: Transaction, prior_id: str, implied_id: str) -> tuple[Row, Row]:
        return self._found(rows.get(tx, prior_id), prior_id), self._found(rows.get(tx, implied_id), implied_id)

    def _found(self, row: Row | None, role_id: str) -> Row:
        return access.found("role", role_id, row)


def _columns(values: Row, before: Row | None = None) -> Row:
    return fields.split({name: value for name, value in values.items() if name != "domain_id"}, KNOWN, before)


def _none(prior_id: str, implied_id: str) -> NotFound:
    return NotFound("role", implied_id, f"Role {prior_id[:64]} does not imply role {implied_id[:64]}.")
