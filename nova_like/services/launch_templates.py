"""Launch templates: what a request for instances says, kept under a name, version after version."""

from collections.abc import Callable
from typing import Any

from nova_like import concurrency
from nova_like.db import launch_templates as rows
from nova_like.db import tags
from nova_like.db.engine import Database, Transaction
from nova_like.model.context import Context
from nova_like.model.errors import Conflict, Invalid, NotFound, QuotaExceeded
from nova_like.services.scope import home

Row = dict[str, Any]
Rows = list[Row]
Ids = list[str]
NOUN = rows.NOUN
MOST = 100  # templates of a project, and versions of a template


class LaunchTemplates:
    """Rows are those of `launch_templates` and `launch_template_versions`; all of them are the caller's project's."""

    def __init__(self, db: Database, policy: Any) -> None:
        self._db, self._policy = db, policy

    def list(self, ctx: Context) -> Rows:
        """In the order of their names."""
        self._policy.check(ctx, "ec2:launch_templates:list")
        return self._db.read(lambda tx: rows.list_templates(tx, ctx.project_id))

    def versions(self, ctx: Context, template_ids: Ids) -> Rows:
        """All versions of these templates, the newest of each first; those of others' are left out."""
        self._policy.check(ctx, "ec2:launch_templates:list")

        def work(tx: Transaction) -> Rows:
            mine = {row["id"] for row in rows.list_templates(tx, ctx.project_id)}
            return rows.list_versions(tx, [wanted for wanted in template_ids if wanted in mine])

        return self._db.read(work)

    def create(self, ctx: Context, name: str, data: Row, description: str | None, tagged: dict[str, str]) -> Row:
        """A template with its version 1. Raises Conflict (`duplicate`), QuotaExceeded."""
        self._policy.check(ctx, "ec2:launch_templates:create")
        row = {"id": concurrency.new_id(), "project_id": home(ctx), "user_id": ctx.user_id, "name": name}

        def work(tx: Transaction) -> Row:
            have = rows.list_templates(tx, ctx.project_id)
            if any(other["name"] == name for other in have):
                raise Conflict(f"Launch template {name} already exists.", NOUN, code="duplicate")
            _check_room(len(have), "launch templates")
            rows.insert(tx, row)
            rows.insert_version(tx, _version(ctx, row["id"], 1, data, description))
            tags.put(tx, row["project_id"], row["id"], NOUN, tagged)
            return _require(rows.get(tx, row["id"], ctx.project_id))

        return self._db.transact(work)

    def add_version(
        self, ctx: Context, template_id: str, data: Row, description: str | None, source: int | None
    ) -> tuple[Row, Row]:  # fmt: skip
        """(template, new version); with a `source` version, what that says and `data` does not stays. Raises NotFound,
        Invalid (`version`: there is no such source), QuotaExceeded."""

        def work(tx: Transaction, template: Row) -> Rows:
            known = {row["version"]: row for row in rows.list_versions(tx, [template_id])}
            _check_room(len(known), "versions of a launch template")
            base = _known(known, source)["data"] if source is not None else {}
            number = template["latest_version"] + 1
            rows.update(tx, template_id, latest_version=number)
            made = rows.insert_version(tx, _version(ctx, template_id, number, {**base, **data}, description))
            return [{**template, "latest_version": number}, made]

        template, made = self._changed(ctx, template_id, "update", work)
        return template, made

    def set_default(self, ctx: Context, template_id: str, version: int) -> Row:
        """The template with another default version. Raises NotFound, Invalid (`version`)."""

        def work(tx: Transaction, template: Row) -> Row:
            _known({row["version"]: row for row in rows.list_versions(tx, [template_id])}, version)
            rows.update(tx, template_id, default_version=version)
            return {**template, "default_version": version}

        return self._changed(ctx, template_id, "update", work)

    def delete(self, ctx: Context, template_id: str) -> Row:
        """The template that was. Raises NotFound. What was made by it stays."""

        def work(tx: Transaction, template: Row) -> Row:
            rows.delete(tx, template_id)
            return template

        return self._changed(ctx, template_id, "delete", work)

    def _changed(self, ctx: Context, template_id: str, verb: str, work: Callable[[Transaction, Row], Any]) -> Any:
        self._policy.check(ctx, f"ec2:launch_templates:{verb}")
        return self._db.transact(lambda tx: work(tx, _require(rows.hold(tx, template_id, ctx.project_id))))


def _version(ctx: Context, template_id: str, number: int, data: Row, description: str | None) -> Row:
    return {"template_id": template_id, "version": number, "user_id": ctx.user_id, "description": description,
            "data": data}  # fmt: skip


def _check_room(have: int, what: str) -> None:
    if have >= MOST:
        raise QuotaExceeded(f"The maximum number of {what} is {MOST}.", NOUN, resource=NOUN, limit=MOST)


def _known(versions: dict[int, Row], number: int) -> Row:
    if number not in versions:
        raise Invalid(f"Could not find launch template version {number}.", NOUN, code="version")
    return versions[number]


def _require(row: Row | None) -> Row:
    if row is None:
        raise NotFound(NOUN)
    return row
