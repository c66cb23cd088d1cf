"""The data of images: uploaded or staged by users, given out to users. What hosts do by links is image_links.py's."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import sqlalchemy as sa

from nova_like import concurrency
from nova_like.db import image_holds as holds
from nova_like.db import images as rows
from nova_like.db.engine import Database, Transaction
from nova_like.db.schema.images import images
from nova_like.images.inspect import Inspector
from nova_like.images.kept import KeptImages
from nova_like.model.context import Context
from nova_like.model.errors import Forbidden
from nova_like.services.image_intake import Intake, filled, gone
from nova_like.services.images import NOUN, hold, missing_format, not_queued, require
from nova_like.services.scope import owner

Row = dict[str, Any]
YOUNG_SECONDS = 3600.0  # a staged file without its image may be about to get it


class ImageData:
    def __init__(
        self, db: Database, policy: Any, intake: Intake, staged_seconds: float, kept: KeptImages | None = None
    ) -> None:  # fmt: skip
        """`kept`: what this host has beside the store."""
        self._db, self._policy, self._intake, self._store = db, policy, intake, intake.store
        self._staged_seconds, self._kept = staged_seconds, kept

    @property
    def max_bytes(self) -> int:
        return self._intake.limits.size_bytes

    def upload(self, ctx: Context, image_id: str, chunks: Iterable[bytes]) -> None:
        """Take the data of a queued image in: active afterwards, or queued again with nothing kept. Raises NotFound,
        Conflict (`state`), Invalid (`image`: it lies; `missing`: no format), TooLarge, and what `chunks` raises."""

        def fill(row: Row, upload_id: str) -> Row:
            return filled(self._intake.receive(row, upload_id, chunks))

        self._take(ctx, image_id, "saving", fill, _judgeable)

    def stage(self, ctx: Context, image_id: str, chunks: Iterable[bytes]) -> None:
        """Keep data until they are imported; the image is `uploading` until then. Raises as `upload`, but looks at
        nothing: what it is will be judged by the import."""

        def fill(row: Row, upload_id: str) -> Row:
            self._intake.stage(image_id, upload_id, chunks)
            return {"upload_id": None}

        self._take(ctx, image_id, "uploading", fill, lambda row: None)

    def _take(
        self, ctx: Context, image_id: str, status: str, fill: Callable[[Row, str], Row], check: Callable[[Row], None]
    ) -> None:
        """Hold the image while `fill(row, upload_id)` runs, and write the columns that it returns."""
        self._policy.check(ctx, "image:images:upload")
        self.take(image_id, lambda tx, upload_id: _begin(tx, ctx, image_id, status, upload_id, check), fill)

    def take(
        self, image_id: str, begin: Callable[[Transaction, str], Row], fill: Callable[[Row, str], Row]
    ) -> None:  # fmt: skip
        """Hold the image, as `begin(tx, upload_id)` does, while `fill(row, upload_id)` runs, and write what it says."""
        upload_id = concurrency.new_id()
        row = self._db.transact(lambda tx: begin(tx, upload_id))
        try:
            values = fill(row, upload_id)
        except BaseException:
            self._db.transact(lambda tx: holds.give_up(tx, image_id, upload_id))
            raise
        if not self._db.transact(lambda tx: holds.change(tx, image_id, upload_id, values)):
            self._forget(image_id)
            raise gone(image_id)

    def _forget(self, image_id: str) -> None:
        """Remove the files of an image that has no record."""
        if self._db.read(lambda tx: rows.get(tx, image_id)) is None:
            self._store.delete(image_id)
            self._intake.staging.delete(image_id)

    def download(self, ctx: Context, image_id: str) -> Row:
        """The row of an image whose data the caller may read. Raises NotFound, Forbidden (deactivated)."""
        self._policy.check(ctx, "image:images:download")
        row = require(self._db.read(lambda tx: rows.get(tx, image_id, owner(ctx))), image_id)
        if row["status"] == "deactivated" and not ctx.is_admin:
            raise Forbidden("The requested image has been deactivated. Image data download is forbidden.", NOUN)
        return row

    def read(self, row: Row, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The data in chunks. Raises NotFound."""
        kept = self._kept.read(row["id"], row["sha256"], start, length) if self._kept else None
        return kept or self._store.read(row["id"], start, length)

    def sweep(self) -> int:
        """Make good what died half-way: uploads whose process is gone, files without a record. How many there were."""
        staged = self._intake.staging.ids(YOUNG_SECONDS)  # before the rows: what is staged from now on is not meant
        known = dict(self._db.read(lambda tx: list(tx.execute(sa.select(images.c.id, images.c.status)).all())))
        orphans = [image for image in self._store.ids() if image not in known]
        for image_id in orphans:
            self._forget(image_id)
        left = [image for image in staged if known.get(image) not in ("uploading", "importing")]
        for image_id in left:
            self._intake.staging.delete(image_id)
        dead = self._db.transact(lambda tx: holds.requeue_dead(tx, self._staged_seconds))
        return len(orphans) + len(left) + dead + self._store.sweep() + self._intake.staging.sweep()


def _begin(
    tx: Transaction, ctx: Context, image_id: str, status: str, upload_id: str, check: Callable[[Row], None]
) -> Row:
    row = hold(tx, ctx, image_id)
    check(row)
    if row["status"] != "queued" and not holds.is_dead(tx, row):
        raise not_queued(row, status)
    rows.update(tx, image_id, status=status, upload_id=upload_id)
    return row


def _judgeable(row: Row) -> None:
    missing_format(row)
    Inspector(row["disk_format"])  # refuses what could not be judged
