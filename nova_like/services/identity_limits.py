"""Unified limits, flat: what a service registers as the default of a resource, and what a project or domain has
instead. They are kept for services that ask; what this cloud enforces itself are its quotas. Also the other nouns that
identity only keeps: policy blobs and groups of endpoints."""

from typing import Any

from nova_like.db import catalog, domains, projects
from nova_like.db import unified_limits as rows
from nova_like.db.engine import Transaction
from nova_like.model.context import Context
from nova_like.model.errors import Conflict, Forbidden, Invalid, NotFound
from nova_like.services.identity_kept import Kept, Noun

Row = dict[str, Any]
Rows = list[Row]
PLACE = ("service_id", "region_id", "resource_name")  # what a limit is of


def _settle_registered(tx: Transaction, row: Row) -> None:
    """Its service and region exist; it is the only one of its place, and no limit rests on the place that it leaves."""
    if catalog.SERVICES.get(tx, row["service_id"]) is None:
        raise Invalid(f"Could not find service: {row['service_id'][:64]}.", field="service_id")
    if row.get("region_id") is not None and catalog.REGIONS.get(tx, row["region_id"]) is None:
        raise Invalid(f"Could not find region: {row['region_id'][:64]}.", field="region_id")
    if any(other["id"] != row["id"] for other in _at(tx, rows.REGISTERED, row)):
        raise Conflict("There is a registered limit of this resource already.", code="duplicate")
    before = rows.REGISTERED.get(tx, row["id"])
    if before is not None and any(before[name] != row[name] for name in PLACE):
        _is_unused(tx, before)


def _is_unused(tx: Transaction, row: Row) -> None:
    if _at(tx, rows.LIMITS, row):
        raise Forbidden(f"Unable to update or delete registered limit {row['id']} because there are project limits "
                        "associated with it.", code="in_use")  # fmt: skip


def _settle_limit(tx: Transaction, row: Row) -> None:
    """Of one project or one domain that exists, of a resource that is registered, and the only one."""
    owners = [name for name in ("project_id", "domain_id") if row.get(name) is not None]
    if len(owners) != 1:
        raise Invalid("A limit is of a project or of a domain.", field="project_id")
    found = projects.get(tx, row["project_id"]) if owners == ["project_id"] else domains.get(tx, row["domain_id"])
    if found is None:
        raise Invalid(f"Could not find {owners[0].removesuffix('_id')}: {row[owners[0]][:64]}.", field=owners[0])
    if not _at(tx, rows.REGISTERED, row):
        raise Invalid("Unable to create a limit that has no corresponding registered limit.", field="resource_name")
    if any(other["id"] != row["id"] and other[owners[0]] == row[owners[0]] for other in _at(tx, rows.LIMITS, row)):
        raise Conflict("There is a limit of this resource already.", code="duplicate")


def _at(tx: Transaction, where: Any, row: Row) -> Rows:
    """Rows of the same service, resource and region."""
    found = where.list(tx, service_id=row["service_id"], resource_name=row["resource_name"])
    return [other for other in found if other["region_id"] == row.get("region_id")]


class Limits(Kept):
    """Everybody sees those of the project or domain of his token; all by policy."""

    def list(self, ctx: Context, **wanted: Any) -> Rows:
        return [row for row in super().list(ctx, **wanted) if self._sees(ctx, row)]

    def get(self, ctx: Context, id: str) -> Row:
        """Raises NotFound, also for another's."""
        row = super().get(ctx, id)
        if not self._sees(ctx, row):
            raise NotFound("limit", id, f"Could not find limit: {id[:64]}.")
        return row

    def _sees(self, ctx: Context, row: Row) -> bool:
        mine = row["project_id"] == ctx.project_id if row["project_id"] else row["domain_id"] == ctx.domain_id
        return mine or self._policy.allows(ctx, "identity:limits:others_show")


REGISTERED = Noun("registered limit", "registered_limits", rows.REGISTERED, _settle_registered, _is_unused)
LIMIT = Noun("limit", "limits", rows.LIMITS, _settle_limit)
POLICY = Noun("policy", "policies", rows.POLICIES)
ENDPOINT_GROUP = Noun("endpoint group", "endpoint_groups", rows.ENDPOINT_GROUPS)
