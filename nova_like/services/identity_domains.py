"""Domains: made, changed, and deleted with all that is in them. One is deleted only when it is disabled; disabling it
voids the tokens of all its users and projects for good."""

from collections.abc import Mapping
from typing import Any

from nova_like import concurrency
from nova_like.db import domains as rows
from nova_like.db import endings, project_tags
from nova_like.db.engine import Database, Transaction
from nova_like.model.context import Context
from nova_like.model.errors import Forbidden
from nova_like.services import identity_access as access
from nova_like.services import identity_fields as fields

Row = dict[str, Any]
Rows = list[Row]
DEFAULT = "default"  # the operators' own
KNOWN = ("name", "description", "enabled")


class Domains:
    """Rows come out with `tags`."""

    def __init__(self, db: Database, policy: Any) -> None:
        self._db, self._policy = db, policy

    def list(self, ctx: Context, wanted: Mapping[str, Any]) -> Rows:
        """Domains in order of name; with a token of a domain, that one. Raises Invalid for an unknown marker."""
        access.check(self._policy, ctx, "identity:domains:list", ctx.domain_id)
        limited = {**wanted, "id": access.realm(ctx)}
        return self._db.read(lambda tx: with_tags(tx, rows.list_domains(tx, limited)))

    def get(self, ctx: Context, domain_id: str) -> Row:
        """Raises NotFound; Forbidden alike for what is not the caller's. One's own domain needs no rule."""
        if domain_id not in (ctx.user_domain_id, ctx.project_domain_id, ctx.domain_id):
            access.check(self._policy, ctx, "identity:domains:show", domain_id)
        return self._db.read(lambda tx: with_tags(tx, [self._found(tx, domain_id)])[0])

    def create(self, ctx: Context, values: Row) -> Row:
        """The new domain; `explicit_domain_id` in `values` is its id. Raises Conflict."""
        self._policy.check(ctx, "identity:domains:create")
        more = {name: value for name, value in values.items() if name != "explicit_domain_id"}
        row = {"id": values.get("explicit_domain_id") or concurrency.new_id(), **fields.split(more, KNOWN)}

        def insert(tx: Transaction) -> Row:
            with fields.naming("domain", row["name"]):
                rows.ROWS.insert(tx, row)
            project_tags.replace(tx, row["id"], values.get("tags") or ())
            return with_tags(tx, [self._found(tx, row["id"])])[0]

        return self._db.transact(insert)

    def update(self, ctx: Context, domain_id: str, values: Row) -> Row:
        """Raises NotFound before Forbidden: which domains there are is no tenant's secret. Conflict."""

        def change(tx: Transaction) -> Row:
            before = self._found(tx, domain_id)
            self._policy.check(ctx, "identity:domains:update")
            fields.check_mutable("domain", before, values)
            columns = fields.split(values, KNOWN, before)
            if columns.get("enabled") is False and before["enabled"]:
                columns["token_floor"] = milliseconds()
            with fields.naming("domain", values.get("name")):
                rows.ROWS.update(tx, domain_id, **columns)
            if "tags" in values:
                project_tags.replace(tx, domain_id, values["tags"])
            return with_tags(tx, [self._found(tx, domain_id)])[0]

        return self._db.transact(change)

    def delete(self, ctx: Context, domain_id: str) -> None:
        """Raises NotFound, Forbidden for one that is enabled, or the default one."""

        def leave(tx: Transaction) -> None:
            row = access.found("domain", domain_id, rows.hold(tx, domain_id, alone=True))
            self._policy.check(ctx, "identity:domains:delete")
            fields.check_mutable("domain", row)
            if row["enabled"] or domain_id == DEFAULT:
                raise Forbidden("The default domain, and one that is enabled, cannot be deleted.")
            endings.end(tx, "domain", domain_id)

        self._db.transact(leave)

    def _found(self, tx: Transaction, domain_id: str) -> Row:
        return access.found("domain", domain_id, rows.get(tx, domain_id))


def with_tags(tx: Transaction, found: Rows) -> Rows:
    """The same rows of projects or domains, with their `tags`; one statement for all."""
    tags = project_tags.of(tx, [row["id"] for row in found])
    return [{**row, "tags": tags.get(row["id"], [])} for row in found]


def milliseconds() -> int:
    """Now, as tokens are compared with: those issued before it are void."""
    return int(concurrency.now().timestamp() * 1000)
