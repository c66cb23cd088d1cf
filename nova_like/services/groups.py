"""Server groups: whether instances are to run together or apart. What binds placement is flows/company.py's."""

from collections.abc import Mapping
from typing import Any

from nova_like import concurrency
from nova_like.db import groups as rows
from nova_like.db import instances, projects, tags
from nova_like.model.context import Context
from nova_like.model.errors import Conflict, Invalid, NotFound, QuotaExceeded
from nova_like.model.ids import is_uuid
from nova_like.services.scope import home, owner

Row = dict[str, Any]
Rows = list[Row]
KIND = "placement_group"  # what tags call it
POLICIES = ("affinity", "anti-affinity", "soft-affinity", "soft-anti-affinity")


class Groups:
    """Rows have `members`, the ids of the live instances."""

    def __init__(self, db: Any, policy: Any, quotas: Any) -> None:
        self._db, self._policy, self._quotas = db, policy, quotas

    def list(self, ctx: Context, all_projects: bool = False, offset: int = 0, limit: int | None = None) -> Rows:
        """The oldest first; all projects' for an operator who asks for them."""
        self._policy.check(ctx, "compute:groups:list")
        if all_projects:
            self._policy.check(ctx, "compute:groups:list_all")
        whose = owner(ctx, all_projects)
        return self._db.read(lambda tx: _full(tx, rows.list_groups(tx, whose, offset, limit)))

    def get(self, ctx: Context, group_id: str) -> Row:
        """Raises NotFound."""
        self._policy.check(ctx, "compute:groups:list")

        def work(tx: Any) -> Rows:
            row = rows.get(tx, group_id, owner(ctx)) if is_uuid(group_id) else None
            return _full(tx, [_existing(row, group_id)])

        return self._db.read(work)[0]

    def create(
        self, ctx: Context, name: str, policy: str, most_per_host: int | None = None,
        tagged: Mapping[str, str] | None = None, only: bool = False,
    ) -> Row:  # fmt: skip
        """Raises QuotaExceeded (`server_groups`), Invalid; Conflict (`duplicate`) when it is to be the `only` one
        of its name and is not."""
        self._policy.check(ctx, "compute:groups:create")
        if most_per_host is not None and policy != "anti-affinity":
            raise Invalid("Only anti-affinity policy supports rules.", "server group", field="rules")
        row: Row = {"id": concurrency.new_id(), "project_id": home(ctx), "user_id": ctx.user_id, "name": name,
               "policy": policy, "most_per_host": most_per_host}  # fmt: skip

        def work(tx: Any) -> Row:
            if only:
                _refuse_second(tx, row)
            made = self._insert(tx, row)
            tags.put(tx, row["project_id"], row["id"], KIND, tagged or {})
            return made

        return self._db.transact(work)

    def _insert(self, tx: Any, row: Row) -> Row:
        used, project = rows.count(tx, row["project_id"]), row["project_id"]
        most = self._quotas.limits(tx, project).get("server_groups", -1)
        if 0 <= most <= used:
            raise QuotaExceeded("Quota exceeded, too many server groups.", "server group", limit=most, used=used,
                                resource="server_groups", asked=1)  # fmt: skip
        rows.insert(tx, row)
        return {**row, "members": []}

    def delete(self, ctx: Context, group_id: str, empty: bool = False) -> None:
        """Its members go on, in no group. Raises NotFound; Conflict (`in_use`) when it is to be `empty` and is not."""
        self._policy.check(ctx, "compute:groups:delete")

        def work(tx: Any) -> None:
            _existing(rows.hold(tx, group_id, owner(ctx)) if is_uuid(group_id) else None, group_id)
            if empty and instances.of_groups(tx, [group_id]):
                raise Conflict(f"Instance group {group_id} has members.", "server group", code="in_use")
            tags.remove_all(tx, group_id)
            rows.delete(tx, group_id)

        self._db.transact(work)


def _refuse_second(tx: Any, row: Row) -> None:
    projects.hold(tx, row["project_id"])  # two of one name come one after the other
    if any(other["name"] == row["name"] for other in rows.list_groups(tx, row["project_id"])):
        raise Conflict(f"Instance group {row['name']} already exists.", "server group", code="duplicate")


def _full(tx: Any, found: Rows) -> Rows:
    members = instances.of_groups(tx, [row["id"] for row in found])
    return [{**row, "members": [one["id"] for one in members.get(row["id"], ())]} for row in found]


def _existing(row: Row | None, group_id: str) -> Row:
    if row is None:
        raise NotFound("server group", group_id, f"Instance group {group_id[:64]} could not be found.")
    return row
