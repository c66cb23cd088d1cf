"""Volumes: asked for, shown, changed, given up. Making them true is the flows', giving them to instances is
`attachments`'."""

from typing import Any

from nova_like import concurrency
from nova_like.db import attachments, flows, hosts, quotas
from nova_like.db import tags as tag_rows
from nova_like.db import volumes as rows
from nova_like.db.engine import Database, Transaction
from nova_like.flows.start import Starter
from nova_like.model.context import Context
from nova_like.model.errors import Conflict, Invalid, NotFound
from nova_like.model.ids import is_uuid
from nova_like.services.backlog import Backlog
from nova_like.services.quotas import Quotas
from nova_like.services.scope import home, owner
from nova_like.services.volume_images import filled_with

Row = dict[str, Any]
Rows = list[Row]
NOUN = "volume"
DEFAULT_ZONE = "nova"
ALL = 100_000  # what a caller without pages gets
MOST_IDS = 500  # named in one statement
MADE = ("creating", "error")  # it may be for an instance that waits for it
IN_USE = ("attaching", "in-use", "detaching")


class Volumes:
    """Rows are those of the table `volumes`, with `attachment`: a row of that table, or None."""

    def __init__(
        self, db: Database, policy: Any, quotas: Quotas, starter: Starter, backlog: Backlog | None = None
    ) -> None:
        self._db, self._policy, self._quotas, self._starter = db, policy, quotas, starter
        self._backlog = backlog or Backlog(0)

    def list(
        self, ctx: Context, filters: Row | None = None, all_projects: bool = False, limit: int = ALL, **page: Any
    ) -> Rows:
        """The project's volumes, newest first; `filters`, `offset`, `marker`, `sort` as in db.volumes.list_volumes.
        Only an operator may see all projects'. Raises Invalid for an unknown marker."""
        self._policy.check(ctx, "volume:volumes:list")
        mine = owner(ctx, all_projects)
        try:
            return self._db.read(lambda tx: _full(tx, rows.list_volumes(tx, mine, filters or {}, limit, **page)))
        except LookupError:
            raise Invalid(f"marker [{page['marker'][:64]}] not found", NOUN, field="marker") from None

    def get(self, ctx: Context, volume_id: str) -> Row:
        """Raises NotFound."""
        self._policy.check(ctx, "volume:volumes:show")
        return self._db.read(lambda tx: _full(tx, [_require(rows.get(tx, volume_id, owner(ctx)), volume_id)])[0])

    def summary(self, ctx: Context, all_projects: bool = False) -> tuple[int, int]:
        """(volumes, GiB) of the project."""
        self._policy.check(ctx, "volume:volumes:list")
        return self._db.read(lambda tx: rows.summary(tx, owner(ctx, all_projects)))

    def create(
        self, ctx: Context, size_gib: int, name: str | None = None, description: str | None = None,
        metadata: dict[str, str] | None = None, zone: str | None = None, tags: dict[str, str] | None = None,
        image_id: str | None = None,
    ) -> Row:  # fmt: skip
        """A new volume, being created, and filled with an image if there is one. Raises Invalid (unknown zone; an image
        that there is not, or that does not fit), QuotaExceeded, Unavailable (backlog)."""
        self._policy.check(ctx, "volume:volumes:create")
        volume_id = concurrency.new_id()
        row = {
            "id": volume_id, "project_id": home(ctx), "user_id": ctx.user_id, "name": name,
            "description": description, "size_gib": size_gib, "state": "creating", "generation": 1,
            "metadata": metadata or {}, "zone": zone or "",
        }  # fmt: skip

        def work(tx: Transaction) -> Row:
            self._backlog.check(tx)
            if zone is not None and zone not in _zones(tx):
                raise Invalid(f"Availability zone '{zone[:255]}' is invalid.", NOUN, field="availability_zone")
            if image_id is not None:
                row.update(filled_with(tx, ctx, image_id, size_gib))
            self._quotas.take(tx, ctx.project_id, {"volumes": 1, "gigabytes": size_gib})
            rows.insert(tx, row)
            tag_rows.put(tx, ctx.project_id, volume_id, NOUN, tags or {})
            self._starter.start_fresh(tx, ctx, "volume_create", [(volume_id, {}, 1)])
            return _require(rows.get(tx, volume_id, None), volume_id)

        return self._db.transact(work)

    def update(self, ctx: Context, volume_id: str, change: Any) -> Row:
        """Change the columns that `change(row)` returns: name, description, metadata, bootable. Raises NotFound."""
        self._policy.check(ctx, "volume:volumes:update")

        def work(tx: Transaction) -> Row:
            row = _require(rows.hold(tx, volume_id, owner(ctx)) if is_uuid(volume_id) else None, volume_id)
            if values := change(row):
                rows.update(tx, volume_id, **values)
            return _full(tx, [_require(rows.get(tx, volume_id, None), volume_id)])[0]

        return self._db.transact(work)

    def delete(self, ctx: Context, volume_id: str, force: bool = False) -> None:
        """Want it gone: accepted in every state but those of one that an instance has, and once more; `force` is an
        operator's word for the same. Raises NotFound, Invalid (code `in_use`)."""
        self._policy.check(ctx, "volume:volumes:force_delete" if force else "volume:volumes:delete")
        self._db.transact(lambda tx: self._delete(tx, ctx, volume_id))

    def _delete(self, tx: Transaction, ctx: Context, volume_id: str) -> None:
        live = flows.live_of(tx, volume_id) if is_uuid(volume_id) else []  # before the row, as the engine does
        row = _require(rows.hold(tx, volume_id, owner(ctx)) if is_uuid(volume_id) else None, volume_id)
        if row["wanted"] == "deleted" and live:
            return
        if row["state"] in IN_USE or (row["state"] in MADE and attachments.of_volumes(tx, [volume_id])):
            raise Invalid(f"Invalid volume: volume {volume_id} is {row['state']}, and must not be attached to an "
                          "instance.", NOUN, code="in_use", state=row["state"])  # fmt: skip
        self._starter.replace(tx, ctx, NOUN, volume_id, "volume_delete", live, wanted="deleted")
        if not rows.move(tx, volume_id, "delete"):
            raise Conflict(f"Volume {volume_id} is {row['state']}.", NOUN, code="state", state=row["state"])

    def usage(self, ctx: Context) -> tuple[dict[str, int], dict[str, int]]:
        """(limits, usage) of the caller's project by resource; -1 is no limit."""
        self._policy.check(ctx, "volume:volumes:list")
        mine = ctx.project_id
        return self._db.read(lambda tx: (self._quotas.limits(tx, mine), quotas.usages(tx, mine)))

    def zones(self, ctx: Context) -> dict[str, bool]:
        """{zone: whether a back end in it takes new volumes}."""
        self._policy.check(ctx, "volume:volumes:list")
        return self._db.read(_zones)


def _zones(tx: Transaction) -> dict[str, bool]:
    found: dict[str, bool] = {}
    for host in hosts.list_hosts(tx, NOUN):
        found[host["zone"]] = found.get(host["zone"], False) or bool(host["enabled"])
    return found or {DEFAULT_ZONE: False}


def _full(tx: Transaction, found: Rows) -> Rows:
    """With what each is attached to; one statement for some hundreds."""
    used = [row["id"] for row in found if row["state"] in IN_USE]
    by_volume: dict[str, Rows] = {}
    for start in range(0, len(used), MOST_IDS):
        by_volume |= attachments.of_volumes(tx, used[start : start + MOST_IDS])
    return [{**row, "attachment": next(iter(by_volume.get(row["id"], ())), None)} for row in found]


def _require(row: Row | None, volume_id: str) -> Row:
    if row is None:
        raise NotFound(NOUN, volume_id[:64])
    return row
