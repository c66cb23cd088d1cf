"""Flavors: sizes that operators offer. Private ones are seen by operators, and by projects that have access to them."""

from typing import Any

from nova_like import concurrency
from nova_like.db import flavors as rows
from nova_like.db import projects
from nova_like.model.context import Context
from nova_like.model.errors import Conflict, Invalid, NotFound
from nova_like.services.scope import NOBODY

Row = dict[str, Any]
Rows = list[Row]
Ids = list[str]


def seen_by(ctx: Context) -> str | None:
    """The project whose eyes the caller sees flavors with; None is no limit."""
    return None if ctx.is_admin else (ctx.project_id or NOBODY)


class Flavors:
    def __init__(self, db: Any, policy: Any) -> None:
        self._db, self._policy = db, policy

    def list(self, ctx: Context, public: bool | None = True, **page: Any) -> Rows:
        """Flavors in order, those that the caller sees; `page` as in db.flavors.list_flavors. Raises Invalid for an
        unknown marker or sort key."""
        self._policy.check(ctx, "compute:flavors:list")
        if page.get("sort_key", "id") not in rows.SORT_KEYS:
            raise Invalid(f"Invalid sort key: {page['sort_key'][:64]}", "flavor", field="sort_key")
        kinds = public if ctx.is_admin or public is not True else None
        try:
            return self._db.read(lambda tx: rows.list_flavors(tx, kinds, seen_by=seen_by(ctx), **page))
        except LookupError:
            raise Invalid(f"marker [{page['marker']}] not found", "flavor", field="marker") from None

    def get(self, ctx: Context, flavor_id: str) -> Row:
        """Raises NotFound."""
        self._policy.check(ctx, "compute:flavors:show")
        return self._require(self._db.read(lambda tx: rows.get(tx, flavor_id, seen_by(ctx))), flavor_id)

    def by_name(self, ctx: Context, name: str) -> Row:
        """The flavor of a name (EC2 calls it an instance type). Raises NotFound."""
        self._policy.check(ctx, "compute:flavors:show")
        return self._require(self._db.read(lambda tx: rows.by_name(tx, name, seen_by(ctx))), name)

    def _require(self, row: Row | None, id: str) -> Row:
        if row is None:
            raise NotFound("flavor", id)
        return row

    def create(
        self, ctx: Context, name: str, vcpus: int, ram_mib: int, disk_gib: int, id: str | None = None,
        ephemeral_gib: int = 0, swap_mib: int = 0, rxtx_factor: float = 1.0, public: bool = True,
        description: str | None = None, extra_specs: dict[str, str] | None = None,
    ) -> Row:  # fmt: skip
        """The new flavor; without an id it gets a UUID. Raises Conflict (`duplicate`)."""
        self._policy.check(ctx, "compute:flavors:create")
        row = {
            "id": id or concurrency.new_id(), "name": name, "vcpus": vcpus, "ram_mib": ram_mib, "disk_gib": disk_gib,
            "ephemeral_gib": ephemeral_gib, "swap_mib": swap_mib, "rxtx_factor": rxtx_factor, "public": public,
            "disabled": False, "description": description, "extra_specs": extra_specs or {},
        }  # fmt: skip
        return self._db.transact(lambda tx: rows.insert(tx, row))

    def set_description(self, ctx: Context, flavor_id: str, description: str | None) -> Row:
        return self._change(ctx, flavor_id, lambda row: {"description": description})

    def set_extra_specs(self, ctx: Context, flavor_id: str, specs: dict[str, str]) -> Row:
        """Add these extra specs to the flavor's."""
        return self._change(ctx, flavor_id, lambda row: {"extra_specs": {**(row["extra_specs"] or {}), **specs}})

    def drop_extra_spec(self, ctx: Context, flavor_id: str, key: str) -> Row:
        """Raises NotFound when the flavor has no such extra spec."""

        def less(row: Row) -> Row:
            specs = dict(row["extra_specs"] or {})
            if specs.pop(key, None) is None:
                raise NotFound("extra spec", key, f"Flavor {flavor_id} has no extra specs with key {key}.")
            return {"extra_specs": specs}

        return self._change(ctx, flavor_id, less)

    def _change(self, ctx: Context, flavor_id: str, values: Any) -> Row:
        self._policy.check(ctx, "compute:flavors:update")

        def work(tx: Any) -> Row:
            row = self._require(rows.get(tx, flavor_id), flavor_id)
            rows.update(tx, flavor_id, **values(row))
            return self._require(rows.get(tx, flavor_id), flavor_id)

        return self._db.transact(work)

    def delete(self, ctx: Context, flavor_id: str) -> None:
        """Raises NotFound. Instances keep what they were booted with."""
        self._policy.check(ctx, "compute:flavors:delete")
        if not self._db.transact(lambda tx: rows.delete(tx, flavor_id)):
            raise NotFound("flavor", flavor_id)

    def access(self, ctx: Context, flavor_id: str) -> Ids:
        """Ids of the projects that have access to a private flavor. Raises NotFound, for a public one as well."""
        self._policy.check(ctx, "compute:flavors:access")

        def work(tx: Any) -> Ids:
            if self._require(rows.get(tx, flavor_id), flavor_id)["public"]:
                raise NotFound("flavor", flavor_id, "Access list not available for public flavors.")
            return rows.projects(tx, flavor_id)

        return self._db.read(work)

    def add_access(self, ctx: Context, flavor_id: str, project_id: str) -> Ids:
        """Who has access then. Raises NotFound, Invalid (no such project), Conflict (`duplicate`, `public`)."""
        self._policy.check(ctx, "compute:flavors:update")

        def work(tx: Any) -> Ids:
            if self._require(rows.get(tx, flavor_id), flavor_id)["public"]:
                raise Conflict("Can not add access to a public flavor.", "flavor", code="public")
            if projects.get(tx, project_id) is None:
                raise Invalid(f"Project ID {project_id[:64]} is not a valid project.", "project", field="tenant")
            rows.add_access(tx, flavor_id, project_id)
            return rows.projects(tx, flavor_id)

        return self._db.transact(work)

    def drop_access(self, ctx: Context, flavor_id: str, project_id: str) -> Ids:
        """Who has access then. Raises NotFound, for the flavor and for the access."""
        self._policy.check(ctx, "compute:flavors:update")

        def work(tx: Any) -> Ids:
            self._require(rows.get(tx, flavor_id), flavor_id)
            if not rows.drop_access(tx, flavor_id, project_id):
                raise NotFound("flavor access", project_id, f"Flavor access not found for {flavor_id} / "
                               f"{project_id[:64]} combination.")  # fmt: skip
            return rows.projects(tx, flavor_id)

        return self._db.transact(work)
