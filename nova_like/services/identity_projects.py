"""Projects: trees below a domain. A disabled project has no enabled one below it, and none with children is deleted.
What a deleted project still owns elsewhere stays: `nova-like-manage audit` names it.

A domain can be asked for as a project (`is_domain`): that is passed on to identity_domains.
"""

from collections.abc import Mapping
from typing import Any

from nova_like import concurrency
from nova_like.db import domains, endings, project_tags, project_tree
from nova_like.db import projects as rows
from nova_like.db.engine import Database, Transaction
from nova_like.model.context import Context
from nova_like.model.errors import Forbidden, Invalid
from nova_like.services import identity_access as access
from nova_like.services import identity_fields as fields
from nova_like.services import identity_roles
from nova_like.services.identity_domains import DEFAULT, Domains, milliseconds, with_tags

Row = dict[str, Any]
Rows = list[Row]
Tags = Mapping[str, list[str]]
KNOWN = ("name", "description", "enabled")
DEEPEST = 4  # projects one below another


class Projects:
    """Rows come out with `tags`; those of domains have no `domain_id`."""

    def __init__(self, db: Database, policy: Any, domains: Domains) -> None:
        self._db, self._policy, self._domains = db, policy, domains

    # -- reading

    def list(self, ctx: Context, wanted: Mapping[str, Any], tags: Tags | None = None) -> Rows:
        """Projects in order of name; with a token of a domain, those in it. Raises Invalid for an unknown marker."""
        access.check(self._policy, ctx, "identity:projects:list", ctx.domain_id)
        realm = access.realm(ctx)
        if realm is not None and wanted.get("domain_id") not in (None, realm):
            return []
        limited = {**wanted, "domain_id": realm or wanted.get("domain_id")}
        return self._db.read(lambda tx: with_tags(tx, rows.asked(tx, limited, tags=tags)))

    def list_domains(self, ctx: Context, wanted: Mapping[str, Any]) -> Rows:
        """Domains, as projects."""
        return [as_project(row) for row in self._domains.list(ctx, wanted)]

    def get(self, ctx: Context, project_id: str) -> Row:
        """One of the caller's own, or any by policy. Raises NotFound; Forbidden alike for what is not the caller's."""
        row = self._db.read(lambda tx: self._seen(tx, ctx, project_id))
        return row if row is not None else as_project(self._domains.get(ctx, project_id))

    def _seen(self, tx: Transaction, ctx: Context, project_id: str) -> Row | None:
        """The row; None for a domain's id. Raises Forbidden, NotFound."""
        row = rows.get(tx, project_id)
        if row is None and domains.get(tx, project_id) is not None:
            return None
        if project_id != ctx.project_id and not self._allows(ctx, "show", row):
            mine = row is not None and identity_roles.effective(tx, ctx.user_id, ("project", project_id))
            if not mine:
                self._may(ctx, "show", row)
        return with_tags(tx, [access.found("project", project_id, row)])[0]

    # -- changes

    def create(self, ctx: Context, values: Row) -> Row:
        """The new project, below `parent_id` or at the top of its domain. Raises NotFound, Conflict, Invalid; Forbidden
        below a disabled project or too deep."""
        if values.get("is_domain"):
            return as_project(self._domains.create(ctx, _as_domain(values)))
        asked = {name: value for name, value in values.items() if name not in ("is_domain", "parent_id", "domain_id")}
        columns = {"id": concurrency.new_id(), **fields.split(asked, KNOWN)}

        def insert(tx: Transaction) -> Row:
            place = self._place(tx, ctx, values)
            with fields.naming("project", columns["name"]):
                rows.ROWS.insert(tx, {**columns, **place})
            project_tags.replace(tx, columns["id"], values.get("tags") or ())
            return self._found(tx, columns["id"])

        return self._db.transact(insert)

    def _place(self, tx: Transaction, ctx: Context, values: Row) -> Row:
        """{domain_id, parent_id} of a new project."""
        parent_id, domain_id = values.get("parent_id"), values.get("domain_id")
        parent = rows.hold(tx, parent_id) if parent_id else None
        domain_id = domain_id or access.domain_of(parent) or parent_id or access.home(ctx, DEFAULT)
        access.check(self._policy, ctx, "identity:projects:create", domain_id, access.domain_of(parent) or domain_id)
        access.found("domain", domain_id, domains.hold(tx, domain_id))
        if parent_id in (None, domain_id):
            return {"domain_id": domain_id, "parent_id": domain_id}
        above = access.found("project", str(parent_id), parent)
        if above["domain_id"] != domain_id:
            raise Invalid("A project and its parent are of one domain.", "project", field="parent_id")
        if not above["enabled"]:
            raise Forbidden("Below a disabled project there are none.")
        if len(project_tree.parents(tx, above["id"])) + 1 >= DEEPEST:
            raise Forbidden(f"Projects stand at most {DEEPEST} deep.")
        return {"domain_id": domain_id, "parent_id": above["id"]}

    def update(self, ctx: Context, project_id: str, values: Row) -> Row:
        """Raises NotFound, Conflict, Invalid; Forbidden for another parent, and where a disabled project would stand
        above an enabled one."""
        if self._is_domain(project_id):
            return as_project(self._domains.update(ctx, project_id, _as_domain(values)))

        def change(tx: Transaction) -> Row:
            before = rows.hold(tx, project_id)
            self._may(ctx, "update", before)
            before = access.found("project", project_id, before)
            fields.check_mutable("project", before, values)
            fields.check_same("project", {**before, "is_domain": False}, values, "domain_id", "is_domain")
            if values.get("parent_id", before["parent_id"]) != before["parent_id"]:
                raise Forbidden("A project stays below its parent.")
            with fields.naming("project", values.get("name")):
                rows.ROWS.update(tx, project_id, **self._columns(tx, before, values))
            if "tags" in values:
                project_tags.replace(tx, project_id, values["tags"])
            return self._found(tx, project_id)

        return self._db.transact(change)

    def _columns(self, tx: Transaction, before: Row, values: Row) -> Row:
        more = {name: value for name, value in values.items() if name not in ("is_domain", "parent_id", "domain_id")}
        columns = fields.split(more, KNOWN, before)
        if columns.get("enabled", before["enabled"]) == before["enabled"]:
            return columns
        if columns["enabled"]:
            if not all(row["enabled"] for row in project_tree.parents(tx, before["id"])):
                raise Forbidden("A project below a disabled one cannot be enabled.")
            return columns
        if any(row["enabled"] for row in project_tree.subtree(tx, before["id"])):
            raise Forbidden("A project above an enabled one cannot be disabled.")
        return {**columns, "token_floor": milliseconds()}

    def delete(self, ctx: Context, project_id: str) -> None:
        """Raises NotFound; Forbidden for one with projects below it."""
        if self._is_domain(project_id):
            return self._domains.delete(ctx, project_id)

        def leave(tx: Transaction) -> None:
            row = rows.hold(tx, project_id)
            self._may(ctx, "delete", row)
            fields.check_mutable("project", access.found("project", project_id, row))
            if project_tree.has_children(tx, project_id):
                raise Forbidden("A project with others below it cannot be deleted.")
            endings.end(tx, "project", project_id)

        return self._db.transact(leave)

    # -- whose it is

    def _allows(self, ctx: Context, verb: str, row: Row | None) -> bool:
        return access.allows(self._policy, ctx, f"identity:projects:{verb}", access.domain_of(row))

    def _may(self, ctx: Context, verb: str, row: Row | None) -> None:
        access.check(self._policy, ctx, f"identity:projects:{verb}", access.domain_of(row))

    def _found(self, tx: Transaction, project_id: str) -> Row:
        return with_tags(tx, [access.found("project", project_id, rows.get(tx, project_id))])[0]

    def _is_domain(self, project_id: str) -> bool:
        return self._db.read(lambda tx: domains.get(tx, project_id)) is not None


def as_project(row: Row) -> Row:
    """A domain's row as that of the project that it also is."""
    return {**row, "is_domain": True, "domain_id": None, "parent_id": None}


def _as_domain(values: Row) -> Row:
    return {name: value for name, value in values.items() if name not in ("is_domain", "parent_id", "domain_id")}
