"""With whom an image is shared: the owner asks projects in, and each says whether it wants it in its lists."""

from typing import Any

from nova_like.db import image_members as rows
from nova_like.db import images
from nova_like.db.engine import Database, Transaction
from nova_like.model.context import Context
from nova_like.model.errors import Forbidden, NotFound, TooLarge
from nova_like.services.images import NOUN, hold, require
from nova_like.services.scope import owner

Row = dict[str, Any]
Rows = list[Row]
MOST = 128  # members of one image


class ImageMembers:
    """Rows are those of the table `image_members`."""

    def __init__(self, db: Database, policy: Any) -> None:
        self._db, self._policy = db, policy

    def list(self, ctx: Context, image_id: str) -> Rows:
        """All members for the owner; for a member, itself. Raises NotFound, also for who is neither."""
        self._policy.check(ctx, "image:members:list")
        return self._db.read(lambda tx: _seen(tx, ctx, image_id))

    def get(self, ctx: Context, image_id: str, project_id: str) -> Row:
        """Raises NotFound."""
        self._policy.check(ctx, "image:members:show")
        found = self._db.read(lambda tx: _seen(tx, ctx, image_id))
        return _require(next((row for row in found if row["project_id"] == project_id), None), project_id)

    def create(self, ctx: Context, image_id: str, project_id: str) -> Row:
        """Offer the image to a project: `pending` until it answers. Raises NotFound, Forbidden (not the owner's; not
        `shared`), Conflict (`duplicate`), TooLarge."""
        self._policy.check(ctx, "image:members:create")

        def work(tx: Transaction) -> Row:
            image = hold(tx, ctx, image_id)
            if image["visibility"] != "shared":
                raise Forbidden("Only shared images have members.", NOUN)
            if rows.count(tx, image_id) >= MOST:
                raise TooLarge(f"An image may have {MOST} members.", NOUN, limit=MOST)
            rows.insert(tx, image_id, project_id)
            return _require(rows.get(tx, image_id, project_id), project_id)

        return self._db.transact(work)

    def answer(self, ctx: Context, image_id: str, project_id: str, status: str) -> Row:
        """The member's own word: pending, accepted or rejected. Raises NotFound, Forbidden (nobody answers for it)."""
        self._policy.check(ctx, "image:members:update")

        def work(tx: Transaction) -> Row:
            found = _seen(tx, ctx, image_id)
            _require(next((row for row in found if row["project_id"] == project_id), None), project_id)
            if project_id != ctx.project_id and not ctx.is_admin:
                raise Forbidden("Only the member may change its status.", NOUN)
            rows.update(tx, image_id, project_id, status)
            return _require(rows.get(tx, image_id, project_id), project_id)

        return self._db.transact(work)

    def delete(self, ctx: Context, image_id: str, project_id: str) -> None:
        """Raises NotFound, Forbidden (not the owner's)."""
        self._policy.check(ctx, "image:members:delete")

        def work(tx: Transaction) -> None:
            hold(tx, ctx, image_id)
            if not rows.delete(tx, image_id, project_id):
                raise NotFound("member", project_id[:64])

        self._db.transact(work)


def _seen(tx: Transaction, ctx: Context, image_id: str) -> Rows:
    """The members that the caller may know of. Raises NotFound when the image has none for him."""
    image = require(images.get(tx, image_id, owner(ctx)), image_id)
    if ctx.is_admin or image["owner_id"] == ctx.project_id:
        return rows.list_members(tx, image_id)
    own = rows.get(tx, image_id, ctx.project_id) if ctx.project_id and image["visibility"] == "shared" else None
    return [require(own, image_id)]


def _require(row: Row | None, project_id: str) -> Row:
    if row is None:
        raise NotFound("member", project_id[:64])
    return row
