"""Images: their records, and who may see and change them. Their data come and go in image_data.py."""

from typing import Any

from nova_like import concurrency
from nova_like.db import image_lists as lists
from nova_like.db import image_tasks
from nova_like.db import images as rows
from nova_like.db.engine import Database, Transaction
from nova_like.images.store import FileStore
from nova_like.model.context import Context
from nova_like.model.errors import Conflict, Forbidden, Invalid, NotFound
from nova_like.model.ids import is_uuid
from nova_like.services.scope import home, owner

Row = dict[str, Any]
Rows = list[Row]
NOUN = "image"
ALL = 100_000  # what a caller without pages gets
FIXED_WITH_DATA = {"disk_format", "container_format"}


class Images:
    """Rows are those of the table `images`."""

    def __init__(self, db: Database, policy: Any, store: FileStore, staging: FileStore) -> None:
        self._db, self._policy, self._store, self._staging = db, policy, store, staging

    def list(
        self, ctx: Context, filters: Row | None = None, all_projects: bool = False, limit: int = ALL, **page: Any
    ) -> Rows:
        """Images that the caller may see, newest first; `filters`, `marker` and `sort` as in db.image_lists.
        Hidden ones only when `filters` asks for them. Raises Invalid for an unknown marker."""
        self._policy.check(ctx, "image:images:list")
        chosen = {"hidden": False, **(filters or {})}
        try:
            return self._db.read(lambda tx: lists.list_images(tx, owner(ctx, all_projects), chosen, limit, **page))
        except LookupError:
            raise Invalid(f"Image {page['marker'][:64]} could not be found.", NOUN, field="marker") from None

    def get(self, ctx: Context, image_id: str) -> Row:
        """Raises NotFound."""
        self._policy.check(ctx, "image:images:show")
        return require(self._db.read(lambda tx: rows.get(tx, image_id, owner(ctx))), image_id)

    def create(self, ctx: Context, values: Row) -> Row:
        """A record without data, `queued`. `values` are columns. Raises Conflict (`duplicate`), Forbidden."""
        self._policy.check(ctx, "image:images:create")
        self._check_rights(ctx, {"owner_id": ctx.project_id}, values)
        owned = {"owner_id": values.get("owner_id") or home(ctx)}
        row = {"id": values.get("id") or concurrency.new_id(), "status": "queued", **values, **owned}

        def work(tx: Transaction) -> Row:
            rows.insert(tx, row)
            return require(rows.get(tx, row["id"]), row["id"])

        return self._db.transact(work)

    def _check_rights(self, ctx: Context, row: Row, values: Row) -> None:
        """Raises Forbidden for publishing by anybody but an operator, and for giving an image away."""
        if values.get("visibility") == "public":
            self._policy.check(ctx, "image:images:publish")
        if values.get("owner_id", row["owner_id"]) != row["owner_id"] and not ctx.is_admin:
            raise Forbidden("You are not permitted to change the owner of an image.", NOUN)

    def update(self, ctx: Context, image_id: str, change: Any) -> Row:
        """Change the columns that `change(row)` returns. Raises NotFound, Forbidden, and what `change` raises."""
        self._policy.check(ctx, "image:images:update")

        def work(tx: Transaction) -> Row:
            row = hold(tx, ctx, image_id)
            values = change(row)
            self._check_rights(ctx, row, values)
            if row["status"] != "queued" and any(values.get(key, row[key]) != row[key] for key in FIXED_WITH_DATA):
                raise Forbidden("The format of an image that has data cannot be changed.", NOUN)
            if values:
                rows.update(tx, image_id, **values)
            return require(rows.get(tx, image_id), image_id)

        return self._db.transact(work)

    def delete(self, ctx: Context, image_id: str) -> None:
        """Record and data are gone, whatever the status; instances keep their own copies. Raises NotFound, Forbidden
        (protected)."""
        self._policy.check(ctx, "image:images:delete")

        def work(tx: Transaction) -> None:
            row = hold(tx, ctx, image_id)
            if row["protected"]:
                raise Forbidden(f"Image {image_id} is protected and cannot be deleted.", NOUN)
            image_tasks.end(tx, image_id, "failure", "The image was deleted.")
            rows.delete(tx, image_id)
            tx.after(lambda: self._store.delete(image_id))
            tx.after(lambda: self._staging.delete(image_id))

        self._db.transact(work)

    def tag(self, ctx: Context, image_id: str, tag: str) -> None:
        """Add a tag; it may be there. Raises NotFound, Invalid (too many)."""

        def more(row: Row) -> Row:
            tags = row["tags"] or []
            if len(tags) >= 128:
                raise Invalid("An image may have 128 tags.", NOUN, field="tags", code="too_many")
            return {"tags": list(dict.fromkeys([*tags, tag]))}

        self.update(ctx, image_id, more)

    def untag(self, ctx: Context, image_id: str, tag: str) -> None:
        """Raises NotFound, for the image and for the tag."""

        def less(row: Row) -> Row:
            if tag not in (row["tags"] or []):
                raise NotFound("tag", tag)
            return {"tags": [kept for kept in row["tags"] if kept != tag]}

        self.update(ctx, image_id, less)

    def set_active(self, ctx: Context, image_id: str, active: bool) -> None:
        """Let an image be used, or stop that. Raises NotFound, Forbidden (no data yet)."""
        self._policy.check(ctx, "image:images:deactivate")
        after = "active" if active else "deactivated"

        def work(tx: Transaction) -> None:
            hold(tx, ctx, image_id)
            if not rows.move(tx, image_id, ("active", "deactivated"), after):
                raise Forbidden(f"Image {image_id} has no data.", NOUN)

        self._db.transact(work)


def require(row: Row | None, image_id: str) -> Row:
    """The row. Raises NotFound when there is none."""
    if row is None:
        raise NotFound(NOUN, image_id[:64])
    return row


def hold(tx: Transaction, ctx: Context, image_id: str) -> Row:
    """The row of an image that the caller may change. Raises NotFound, or Forbidden for a public one of others."""
    row = require(rows.hold(tx, image_id, owner(ctx)) if is_uuid(image_id) else None, image_id)
    if row["owner_id"] != ctx.project_id and not ctx.is_admin:
        raise Forbidden("You are not permitted to modify this image.", NOUN)
    return row


def missing_format(row: Row) -> None:
    """Raises Invalid unless the formats are known: data are judged by what they are declared to be."""
    absent = [key for key in sorted(FIXED_WITH_DATA) if not row[key]]
    if absent:
        raise Invalid(f"Properties {', '.join(absent)} must be set prior to saving data.", NOUN, code="missing")


def not_queued(row: Row, wanted: str = "saving") -> Conflict:
    """The refusal of data for an image that has some, or is getting some."""
    return Conflict(f"Image status transition from {row['status']} to {wanted} is not allowed", NOUN, code="state",
                    state=row["status"])  # fmt: skip
