"""What became of imports, for those who asked for them and for operators. Changes nothing."""

from typing import Any

from nova_like.db import image_tasks as rows
from nova_like.db import images
from nova_like.db.engine import Database, Transaction
from nova_like.db.retention import TASK_SECONDS
from nova_like.model.context import Context
from nova_like.model.errors import Invalid, NotFound
from nova_like.services.images import NOUN, require
from nova_like.services.scope import owner

Row = dict[str, Any]
Rows = list[Row]
MOST_SHOWN = 1000  # tasks of one image


class ImageTasks:
    """Rows are those of the table `image_tasks`, with `expires_at`: when they go."""

    def __init__(self, db: Database, policy: Any) -> None:
        self._db, self._policy = db, policy

    def of_image(self, ctx: Context, image_id: str) -> Rows:
        """The imports of an image of one's own, newest first. Raises NotFound, also for others' who may see it."""
        self._policy.check(ctx, "image:images:show")

        def work(tx: Transaction) -> Rows:
            image = require(images.get(tx, image_id, owner(ctx)), image_id)
            if image["owner_id"] != ctx.project_id and not ctx.is_admin:
                raise NotFound(NOUN, image_id)
            return [_dated(row) for row in rows.list_tasks(tx, MOST_SHOWN, image_id)]

        return self._db.read(work)

    def list(self, ctx: Context, limit: int, status: str | None = None, marker: str | None = None) -> Rows:
        """All imports, newest first. Raises Invalid for an unknown marker."""
        self._policy.check(ctx, "image:tasks:list")
        try:
            found = self._db.read(lambda tx: rows.list_tasks(tx, limit, status=status, marker=marker))
        except LookupError:
            raise Invalid("The task of the marker could not be found.", NOUN, field="marker") from None
        return [_dated(row) for row in found]

    def get(self, ctx: Context, task_id: str) -> Row:
        """Raises NotFound."""
        self._policy.check(ctx, "image:tasks:show")
        found = self._db.read(lambda tx: rows.get(tx, task_id))
        if found is None:
            raise NotFound("task", task_id[:64])
        return _dated(found)


def _dated(row: Row) -> Row:
    """The row, with the time when it goes."""
    return {**row, "expires_at": row["ended_at"] and row["ended_at"] + TASK_SECONDS}
