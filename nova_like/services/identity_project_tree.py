"""What stands above and below a project, as far as the caller may see it."""

from typing import Any

from nova_like.db import project_tree
from nova_like.db import projects as rows
from nova_like.db.engine import Database, Transaction
from nova_like.model.context import Context
from nova_like.services import identity_access as access
from nova_like.services.identity_domains import with_tags
from nova_like.services.identity_projects import Projects

Row = dict[str, Any]
Rows = list[Row]


class ProjectTree:
    def __init__(self, db: Database, policy: Any, projects: Projects) -> None:
        self._db, self._policy, self._projects = db, policy, projects

    def parents(self, ctx: Context, project_id: str) -> Rows:
        """What is above a project, the nearest first and its domain last: {id, parent_id, name}."""
        row = self._projects.get(ctx, project_id)
        if row["domain_id"] is None:
            return []
        above = self._db.read(lambda tx: project_tree.parents(tx, project_id))
        return [*above, {"id": row["domain_id"], "parent_id": None, "name": row["domain_name"]}]

    def subtree(self, ctx: Context, project_id: str) -> Rows:
        """What is below a project, no child before its parent: {id, parent_id, name}."""
        self._projects.get(ctx, project_id)
        return self._db.read(lambda tx: project_tree.subtree(tx, project_id))

    def whole(self, ctx: Context, ids: Rows) -> Rows:
        """Of these, the projects that the caller may see, with all their columns, in the same order."""
        wanted = {row["id"] for row in ids}

        def read(tx: Transaction) -> dict[str, Row]:
            mine = {row["id"] for row in rows.list_projects(tx, user_id=ctx.user_id)}
            every = [row for row in rows.by_ids(tx, wanted) if row["id"] in mine or self._allows(ctx, row)]
            return {row["id"]: row for row in with_tags(tx, every)}

        known = self._db.read(read)
        return [known[row["id"]] for row in ids if row["id"] in known]

    def _allows(self, ctx: Context, row: Row) -> bool:
        return access.allows(self._policy, ctx, "identity:projects:show", row["domain_id"])
