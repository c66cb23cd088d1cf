"""What an API host keeps of images beside the store: queued by operators, copied behind the request.

Each host has its own, and answers for itself only.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from nova_like import concurrency, logs
from nova_like.db import images as rows
from nova_like.db.engine import Database
from nova_like.images.kept import Kept, KeptImages
from nova_like.images.store import FileStore
from nova_like.model.context import Context
from nova_like.model.errors import Fault, Invalid, NotFound
from nova_like.services.images import NOUN, require

LOG = logs.get(__name__)
Row = dict[str, Any]


class ImageCache:
    """`kept` is None where no directory was chosen. `hand_over(call)` has `call` run soon, elsewhere."""

    def __init__(
        self, db: Database, policy: Any, store: FileStore, kept: KeptImages | None,
        hand_over: Callable[[Callable[[], None]], Any],
    ) -> None:  # fmt: skip
        self._db, self._policy, self._store, self._kept, self._hand_over = db, policy, store, kept, hand_over

    def list(self, ctx: Context) -> tuple[list[Kept], list[str]]:
        """What is kept, and the ids of what is queued. Raises NotFound (this host keeps none)."""
        kept = self._asked(ctx, "image:cache:list")
        return kept.images(), kept.queued()

    def queue(self, ctx: Context, image_id: str) -> None:
        """Have an image kept soon. Raises NotFound, Invalid (it has no data)."""
        kept = self._asked(ctx, "image:cache:queue")
        row = require(self._db.read(lambda tx: rows.get(tx, image_id)), image_id)
        if row["status"] != "active":
            raise Invalid(f"Image {image_id} is {row['status']} and cannot be cached.", NOUN, field="status")
        kept.queue(image_id)
        self._hand_over(partial(self._keep, kept, image_id))

    def delete(self, ctx: Context, image_id: str) -> None:
        """Keep an image no more, nor queue it. Raises NotFound."""
        kept = self._asked(ctx, "image:cache:delete")
        if not any([kept.unqueue(image_id), kept.delete(image_id)]):
            raise NotFound(NOUN, image_id)

    def clear(self, ctx: Context, images: bool, queue: bool) -> None:
        """Keep nothing more, or queue nothing more, or both."""
        kept = self._asked(ctx, "image:cache:delete")
        for image_id in kept.queued() if queue else []:
            kept.unqueue(image_id)
        for one in kept.images() if images else []:
            kept.delete(one.image_id)

    def sweep(self) -> int:
        """Copy what is still queued, for its process may have died; drop what there is no image of. How many."""
        if self._kept is None:
            return 0
        there = {one.image_id for one in self._kept.images()}
        gone = [image_id for image_id in there if self._db.read(partial(rows.get, image_id=image_id)) is None]
        for image_id in gone:
            self._kept.delete(image_id)
        left = self._kept.queued()
        for image_id in left:
            self._hand_over(partial(self._keep, self._kept, image_id))
        return len(gone) + len(left) + self._kept.sweep()

    def _asked(self, ctx: Context, rule: str) -> KeptImages:
        self._policy.check(ctx, rule)
        if self._kept is None:
            raise NotFound("cache", reason="This host keeps no copies of images.")
        return self._kept

    def _keep(self, kept: KeptImages, image_id: str) -> None:
        """Copy it, unless it is queued no more; what cannot be copied is queued no more either."""
        try:
            row = self._db.read(lambda tx: rows.get(tx, image_id))
            if image_id in kept.queued() and row is not None and row["status"] == "active":
                self._copy(kept, row)
            kept.unqueue(image_id)
        except Fault as fault:
            LOG.warning("image %s is not kept: %s", image_id, fault.reason)
            kept.unqueue(image_id)
        except Exception:
            LOG.exception("keeping image %s", image_id)

    def _copy(self, kept: KeptImages, row: Row) -> None:
        with kept.create(row["id"], row["sha256"], row["size_bytes"]) as copy:
            for chunk in self._store.read(row["id"]):
                concurrency.call_native(copy.write, chunk)
            copy.commit()
