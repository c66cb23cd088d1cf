"""Images by signed link, for hosts: given out to those that boot from them, filled by those that made them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from nova_like.db import image_holds as holds
from nova_like.db import images as rows
from nova_like.db.engine import Database, Transaction
from nova_like.images import links
from nova_like.images.inspect import Findings
from nova_like.images.links import Filling
from nova_like.model.errors import Forbidden, Invalid
from nova_like.services.image_data import ImageData
from nova_like.services.image_intake import Intake, filled
from nova_like.services.images import NOUN, not_queued, require

Row = dict[str, Any]


class ImageLinks:
    """`key` is [images] link_key."""

    def __init__(self, db: Database, data: ImageData, intake: Intake, key: str) -> None:
        self._db, self._data, self._intake, self._key = db, data, intake, key

    def download(self, image_id: str, expires: str, signature: str) -> Row:
        """The row of the image that a link names. Raises Forbidden (forged, expired), NotFound."""
        return self._row(image_id, lambda now: links.verify(self._key, image_id, expires, signature, now))

    def upload(self, image_id: str, query: Mapping[str, str], size_bytes: int | None, chunks: Iterable[bytes]) -> None:
        """Take in the data that a link was made for (`query`: expires, size, sha256, signature); to have them already
        is success. Raises Forbidden, NotFound, Invalid (other data), Conflict (the image has others)."""
        asked = links.filling(image_id, query["expires"], query["size"], query["sha256"])
        if asked is None:
            raise _refused()
        row = self._row(image_id, lambda now: asked.holds(self._key, query["signature"], now))
        if size_bytes != asked.size_bytes:
            raise _other()
        if _has(row, asked):
            for _ in chunks:  # whoever sends listens only then
                pass
            return

        def fill(row: Row, upload_id: str) -> Row:
            return filled(self._intake.receive(row, upload_id, chunks, lambda found: _same(found, asked)))

        self._data.take(image_id, lambda tx, upload_id: _begin(tx, image_id, upload_id), fill)

    def _row(self, image_id: str, holds: Callable[[float], bool]) -> Row:
        # a forged one costs no statement; a true one lives by the clock of the database, by which it was made
        row, now = self._db.read(lambda tx: _row_and_time(tx, image_id)) if holds(0.0) else (None, float("inf"))
        if not holds(now):
            raise _refused()
        return require(row, image_id)


def _row_and_time(tx: Transaction, image_id: str) -> tuple[Row | None, float]:
    return rows.get(tx, image_id), holds.now(tx)


def _begin(tx: Transaction, image_id: str, upload_id: str) -> Row:
    """Hold the image. Who was filling it is no more, or will find that it lost the hold: a host sends one thing at a
    time, and does not wait until an API process that died in it counts as dead."""
    row = require(rows.hold(tx, image_id), image_id)
    if row["status"] not in ("queued", "saving"):
        raise not_queued(row)
    rows.update(tx, image_id, status="saving", upload_id=upload_id)
    return row


def _has(row: Row, asked: Filling) -> bool:
    return (row["size_bytes"], row["sha256"]) == (asked.size_bytes, asked.sha256)


def _same(found: Findings, asked: Filling) -> None:
    if (found.size_bytes, found.sha256) != (asked.size_bytes, asked.sha256):
        raise _other()


def _refused() -> Forbidden:
    return Forbidden("The link is not valid, or not any more.", NOUN)


def _other() -> Invalid:
    return Invalid("The data are not those that the link was made for.", NOUN, field="data")
