"""Tags of projects: plain words, read by all who see the project."""

from typing import Any

from nova_like.db import project_tags
from nova_like.db import projects as rows
from nova_like.db.engine import Database, Transaction
from nova_like.model.context import Context
from nova_like.model.errors import Invalid, NotFound
from nova_like.services import identity_access as access
from nova_like.services import identity_fields as fields
from nova_like.services.identity_projects import Projects

Names = list[str]
MOST_TAGS = 80


class ProjectTags:
    def __init__(self, db: Database, policy: Any, projects: Projects) -> None:
        self._db, self._policy, self._projects = db, policy, projects

    def list(self, ctx: Context, project_id: str) -> Names:
        """In order. Raises NotFound; Forbidden alike for what is not the caller's."""
        return list(self._projects.get(ctx, project_id)["tags"])

    def check(self, ctx: Context, project_id: str, name: str) -> None:
        """Raises NotFound for a tag that the project has not."""
        if name not in self._projects.get(ctx, project_id)["tags"]:
            raise NotFound("tag", name, f"Could not find project tag: {name[:64]}.")

    def replace(self, ctx: Context, project_id: str, names: Names) -> Names:
        """These tags and no others; as they are then."""
        return self._change(ctx, project_id, lambda tx: project_tags.replace(tx, project_id, names))

    def add(self, ctx: Context, project_id: str, name: str) -> None:
        """One that is there is no error. Raises Invalid for more than 80."""

        def put(tx: Transaction) -> None:
            known = project_tags.of(tx, [project_id]).get(project_id, [])
            if len({*known, name}) > MOST_TAGS:
                raise Invalid(f"A project has at most {MOST_TAGS} tags.", field="tags")
            project_tags.replace(tx, project_id, {*known, name})

        self._change(ctx, project_id, put)

    def remove(self, ctx: Context, project_id: str, name: str) -> None:
        """Raises NotFound."""

        def take(tx: Transaction) -> None:
            if not project_tags.remove(tx, project_id, name):
                raise NotFound("tag", name, f"Could not find project tag: {name[:64]}.")

        self._change(ctx, project_id, take)

    def _change(self, ctx: Context, project_id: str, work: Any) -> Any:
        def change(tx: Transaction) -> Any:
            row = rows.hold(tx, project_id)
            access.check(self._policy, ctx, "identity:projects:tag", access.domain_of(row))
            fields.check_mutable("project", access.found("project", project_id, row))
            work(tx)
            return project_tags.of(tx, [project_id]).get(project_id, [])

        return self._db.transact(change)
