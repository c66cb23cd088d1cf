"""The data of images: taken in, judged while they stream by, given out to users and, by signed link, to hosts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from nova_like import concurrency, logs
from nova_like.db import images as rows
from nova_like.db.engine import Database, Transaction
from nova_like.db.schema import db_now
from nova_like.db.schema.images import images
from nova_like.images import links
from nova_like.images.inspect import Findings, Inspector
from nova_like.images.store import FileStore
from nova_like.model.context import Context
from nova_like.model.errors import Forbidden, NotFound
from nova_like.services.images import NOUN, hold, missing_format, not_queued, require
from nova_like.services.scope import owner

LOG = logs.get(__name__)
Row = dict[str, Any]
GIB = 1 << 30
BEAT_SECONDS = 10.0  # an upload in progress says so this often
DEAD_SECONDS = 90.0  # an upload that has not said so for this long is dead; another may begin


@dataclass(frozen=True)
class Limits:
    """The largest upload and the largest disk that an image may claim to be, in bytes."""

    size_bytes: int
    virtual_bytes: int


class ImageData:
    def __init__(self, db: Database, policy: Any, store: FileStore, limits: Limits, link_key: str) -> None:
        self._db, self._policy, self._store = db, policy, store
        self._limits, self._link_key = limits, link_key

    @property
    def max_bytes(self) -> int:
        return self._limits.size_bytes

    def upload(self, ctx: Context, image_id: str, chunks: Iterable[bytes]) -> None:
        """Take the data of a queued image in: active afterwards, or queued again with nothing kept. Raises NotFound,
        Conflict (`state`), Invalid (`image`: it lies; `missing`: no format), TooLarge, and what `chunks` raises."""
        self._policy.check(ctx, "image:images:upload")
        upload_id = concurrency.new_id()
        row = self._db.transact(lambda tx: self._begin(tx, ctx, image_id, upload_id))
        try:
            findings = self._receive(row, upload_id, chunks)
        except BaseException:
            self._db.transact(lambda tx: _give_up(tx, image_id, upload_id))
            raise
        if not self._db.transact(lambda tx: _finish(tx, image_id, upload_id, findings)):
            self._forget(image_id)
            raise NotFound(NOUN, image_id, f"Image {image_id} was deleted while its data were uploaded.")

    def _begin(self, tx: Transaction, ctx: Context, image_id: str, upload_id: str) -> Row:
        row = hold(tx, ctx, image_id)
        missing_format(row)
        Inspector(row["disk_format"])  # refuses what could not be judged
        dead = row["status"] == "saving" and row["updated_at"] < tx.scalar(sa.select(db_now())) - DEAD_SECONDS
        if row["status"] != "queued" and not dead:
            raise not_queued(row)
        rows.update(tx, image_id, status="saving", upload_id=upload_id)
        return row

    def _receive(self, row: Row, upload_id: str, chunks: Iterable[bytes]) -> Findings:
        inspector = Inspector(row["disk_format"], self._limits.virtual_bytes)
        said = concurrency.monotonic()
        with self._store.create(row["id"], self._limits.size_bytes) as upload:
            for chunk in chunks:
                upload.write(chunk)
                concurrency.call_native(inspector.feed, chunk)
                if concurrency.monotonic() - said > BEAT_SECONDS:
                    said = concurrency.monotonic()
                    self._beat(row["id"], upload_id)
            findings = inspector.finish()
            self._beat(row["id"], upload_id)  # the last word before the file bears the image's name
            upload.commit()
        return findings

    def _beat(self, image_id: str, upload_id: str) -> None:
        """Say that this upload lives. Raises NotFound when it is not wanted any more."""
        if not self._db.transact(lambda tx: _change(tx, image_id, upload_id, {})):
            raise NotFound(NOUN, image_id, f"Image {image_id} was deleted while its data were uploaded.")

    def _forget(self, image_id: str) -> None:
        """Remove the file of an image that has no record."""
        if self._db.read(lambda tx: rows.get(tx, image_id)) is None:
            self._store.delete(image_id)

    def download(self, ctx: Context, image_id: str) -> Row:
        """The row of an image whose data the caller may read. Raises NotFound, Forbidden (deactivated)."""
        self._policy.check(ctx, "image:images:download")
        row = require(self._db.read(lambda tx: rows.get(tx, image_id, owner(ctx))), image_id)
        if row["status"] == "deactivated" and not ctx.is_admin:
            raise Forbidden("The requested image has been deactivated. Image data download is forbidden.", NOUN)
        return row

    def by_link(self, image_id: str, expires: str, signature: str) -> Row:
        """The row of the image that a signed link names. Raises Forbidden (forged, expired), NotFound."""

        def holds(now: float) -> bool:
            return links.verify(self._link_key, image_id, expires, signature, now)

        # a forged one costs no statement; a true one lives by the clock of the database, by which it was made
        row, now = self._db.read(lambda tx: _row_and_time(tx, image_id)) if holds(0.0) else (None, float("inf"))
        if not holds(now):
            raise Forbidden("The link is not valid, or not any more.", NOUN)
        return require(row, image_id)

    def read(self, row: Row, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The data in chunks. Raises NotFound."""
        return self._store.read(row["id"], start, length)

    def sweep(self) -> int:
        """Make good what died half-way: uploads whose process is gone, files without a record. How many there were."""
        known = set(self._db.read(lambda tx: list(tx.execute(sa.select(images.c.id)).scalars())))
        orphans = [image for image in self._store.ids() if image not in known]
        for image_id in orphans:
            self._forget(image_id)
        dead = self._db.transact(_requeue_dead)
        return len(orphans) + dead + self._store.sweep()


def _mine(image_id: str, upload_id: str) -> Any:
    return sa.and_(images.c.id == image_id, images.c.status == "saving", images.c.upload_id == upload_id)


def _change(tx: Transaction, image_id: str, upload_id: str, values: Row) -> bool:
    """Write `values` while this upload holds the image; whether it did."""
    statement = sa.update(images).where(_mine(image_id, upload_id))
    return tx.execute(statement.values({"updated_at": db_now(), **values})).rowcount == 1


def _finish(tx: Transaction, image_id: str, upload_id: str, found: Findings) -> bool:
    facts = {"size_bytes": found.size_bytes, "virtual_size_bytes": found.virtual_size_bytes,
             "md5": found.md5, "sha256": found.sha256, "sha512": found.sha512}  # fmt: skip
    return _change(tx, image_id, upload_id, {"status": "active", "upload_id": None, **facts})


def _row_and_time(tx: Transaction, image_id: str) -> tuple[Row | None, float]:
    return rows.get(tx, image_id), float(tx.scalar(sa.select(db_now())))


def _give_up(tx: Transaction, image_id: str, upload_id: str) -> None:
    _change(tx, image_id, upload_id, {"status": "queued", "upload_id": None})


def _requeue_dead(tx: Transaction) -> int:
    dead = sa.and_(images.c.status == "saving", images.c.updated_at < db_now() - DEAD_SECONDS)
    return tx.execute(sa.update(images).where(dead).values(status="queued", upload_id=None)).rowcount


def limits_of(conf: Any) -> Limits:
    """The limits that `[images]` names."""
    return Limits(conf.images.max_size_gib * GIB, conf.images.max_virtual_gib * GIB)
