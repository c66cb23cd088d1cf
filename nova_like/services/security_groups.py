"""Security groups and their rules. Every project has a group `default` from the first look on."""

from typing import Any

from nova_like import concurrency
from nova_like.db import security_groups as rows
from nova_like.db.engine import Database, Transaction
from nova_like.model.context import Context
from nova_like.model.errors import Conflict, NotFound, QuotaExceeded
from nova_like.model.ids import is_uuid
from nova_like.services import security_rules
from nova_like.services.quotas import Quotas
from nova_like.services.scope import owner

Row = dict[str, Any]
Rows = list[Row]
NOUN = "security group"
RULE = "security group rule"


class SecurityGroups:
    """Rows are those of `security_groups`, with `rules`."""

    def __init__(self, db: Database, policy: Any, quotas: Quotas) -> None:
        self._db, self._policy, self._quotas = db, policy, quotas

    def list(self, ctx: Context, all_projects: bool = False) -> Rows:
        """The project's groups, oldest first."""
        self._policy.check(ctx, "network:security_groups:list")
        return self._look(ctx, lambda tx: rows.list_groups(tx, owner(ctx, all_projects)))

    def get(self, ctx: Context, group_id: str) -> Row:
        """Raises NotFound."""
        self._policy.check(ctx, "network:security_groups:show")
        return _require(self._db.read(lambda tx: rows.get(tx, group_id, owner(ctx))), group_id)

    def _look(self, ctx: Context, read: Any) -> Rows:
        """What `read(tx)` finds, the group `default` being there by then."""
        found = self._db.read(read)
        if ctx.project_id and not any(row["project_id"] == ctx.project_id for row in found):
            self._db.transact(lambda tx: rows.ensure_default(tx, ctx.project_id))
            found = self._db.read(read)
        return found

    def create(self, ctx: Context, name: str, description: str = "") -> Row:
        """A group that lets everything out and nothing in. Raises Conflict (`default`), QuotaExceeded."""
        self._policy.check(ctx, "network:security_groups:create")
        _refuse_default(name)
        row = {"id": concurrency.new_id(), "project_id": ctx.project_id, "name": name, "description": description}

        def work(tx: Transaction) -> Row:
            rows.hold(tx, rows.ensure_default(tx, ctx.project_id))  # counts of a project change one at a time
            rows.insert(tx, row)
            self._check_quota(tx, ctx.project_id)
            return _require(rows.get(tx, row["id"], None), row["id"])

        return self._db.transact(work)

    def update(self, ctx: Context, group_id: str, values: Row) -> Row:
        """Change name or description. Raises NotFound, Conflict (`default`)."""
        self._policy.check(ctx, "network:security_groups:update")

        def work(tx: Transaction) -> Row:
            row = _require(rows.get(tx, group_id, owner(ctx)), group_id)
            if values.get("name", row["name"]) != row["name"]:
                _refuse_default(row["name"])
                _refuse_default(values["name"])
            if values:
                rows.update(tx, group_id, **values)
            return _require(rows.get(tx, group_id, None), group_id)

        return self._db.transact(work)

    def delete(self, ctx: Context, group_id: str, unname: bool = False) -> None:
        """Raises NotFound, Conflict (`in_use`: ports are in it, or rules name it, which go with it if told to `unname`;
        `default`)."""
        self._policy.check(ctx, "network:security_groups:delete")

        def work(tx: Transaction) -> None:
            rows.hold(tx, group_id)
            row = _require(rows.get(tx, group_id, owner(ctx)), group_id)
            if row["name"] == rows.DEFAULT and not ctx.is_admin:
                raise Conflict("Insufficient rights for removing default security group.", NOUN, code="default")
            if not rows.delete(tx, group_id, unname):
                raise Conflict(f"Security Group {group_id} in use.", NOUN, code="in_use")

        self._db.transact(work)

    def rules(self, ctx: Context, all_projects: bool = False) -> Rows:
        """The rules of the project's groups, oldest first."""
        self._policy.check(ctx, "network:security_groups:list")
        return self._look(ctx, lambda tx: rows.list_rules(tx, owner(ctx, all_projects)))

    def rule(self, ctx: Context, rule_id: str) -> Row:
        """Raises NotFound."""
        self._policy.check(ctx, "network:security_groups:show")
        return _require(self._db.read(lambda tx: rows.get_rule(tx, rule_id, owner(ctx))), rule_id, RULE)

    def add_rule(self, ctx: Context, group_id: str, wish: Row) -> Row:
        """`wish` as security_rules.normal takes it. Raises NotFound (either group), Invalid, Conflict (`duplicate`),
        QuotaExceeded."""
        self._policy.check(ctx, "network:security_groups:update")

        def work(tx: Transaction) -> Row:
            group = _owned(tx, ctx, group_id)
            values = security_rules.normal(**wish)
            if values["remote_group_id"] is not None:
                _owned(tx, ctx, values["remote_group_id"])
            rows.hold(tx, rows.ensure_default(tx, group["project_id"]))  # as in create
            for other in (_require(rows.get(tx, group_id, None), group_id))["rules"]:
                if security_rules.same(values, other):
                    raise Conflict(f"Security group rule already exists. Rule id is {other['id']}.", RULE,
                                   code="duplicate", id=other["id"])  # fmt: skip
            row = rows.rule_row(group_id, group["project_id"], **values)
            rows.insert_rule(tx, row)
            self._check_quota(tx, group["project_id"])
            return _require(rows.get_rule(tx, row["id"], None), row["id"], RULE)

        return self._db.transact(work)

    def delete_rule(self, ctx: Context, rule_id: str) -> None:
        """Raises NotFound."""
        self._policy.check(ctx, "network:security_groups:update")

        def work(tx: Transaction) -> None:
            _require(rows.get_rule(tx, rule_id, owner(ctx)), rule_id, RULE)
            rows.delete_rule(tx, rule_id)

        self._db.transact(work)

    def usage(self, ctx: Context, project_id: str | None = None) -> tuple[dict[str, int], dict[str, int]]:
        """(limits, usage) of a project, the caller's own unless an operator asks for another."""
        mine = project_id in (None, ctx.project_id)
        self._policy.check(ctx, "network:quotas:show" if mine else "network:quotas:others")
        project = ctx.project_id if project_id is None else project_id

        def work(tx: Transaction) -> tuple[dict[str, int], dict[str, int]]:
            groups, rules = rows.count(tx, project)
            return self._quotas.limits(tx, project), {"security_groups": groups, "security_group_rules": rules}

        return self._db.read(work)

    def _check_quota(self, tx: Transaction, project_id: str) -> None:
        """Raises QuotaExceeded when the project now has more than it may."""
        allowed = self._quotas.limits(tx, project_id)
        for resource, used in zip(("security_groups", "security_group_rules"), rows.count(tx, project_id), strict=True):
            if 0 <= allowed[resource] < used:
                raise QuotaExceeded(f"Quota exceeded for resources: ['{resource}'].", NOUN, resource=resource,
                                    limit=allowed[resource], used=used - 1, asked=1)  # fmt: skip


def _owned(tx: Transaction, ctx: Context, group_id: str) -> Row:
    return _require(rows.get(tx, group_id, owner(ctx)) if is_uuid(group_id) else None, group_id)


def _refuse_default(name: str) -> None:
    if name == rows.DEFAULT:
        raise Conflict("Default security group already exists.", NOUN, code="default")


def _require(row: Row | None, id: str, noun: str = NOUN) -> Row:
    if row is None:
        raise NotFound(noun, id[:64])
    return row
