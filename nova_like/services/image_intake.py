"""How bytes become an image's data: judged while they stream by, whole in the store or not there at all."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from nova_like import concurrency
from nova_like.db import image_holds as holds
from nova_like.db.engine import Database
from nova_like.images.inspect import Findings, Inspector
from nova_like.images.store import FileStore, Upload
from nova_like.model.errors import NotFound

Row = dict[str, Any]
NOUN = "image"
GIB = 1 << 30
BEAT_SECONDS = 10.0  # who fills an image says so this often


@dataclass(frozen=True)
class Limits:
    """The largest upload and the largest disk that an image may claim to be, in bytes."""

    size_bytes: int
    virtual_bytes: int


def limits_of(conf: Any) -> Limits:
    """The limits that `[images]` names."""
    return Limits(conf.images.max_size_gib * GIB, conf.images.max_virtual_gib * GIB)


class Intake:
    """`store` has the images, `staging` what was sent and waits to be imported."""

    def __init__(self, db: Database, store: FileStore, staging: FileStore, limits: Limits) -> None:
        self._db, self.store, self.staging, self.limits = db, store, staging, limits

    def receive(
        self, row: Row, upload_id: str, chunks: Iterable[bytes], check: Callable[[Findings], None] = lambda found: None
    ) -> Findings:  # fmt: skip
        """Put the data into the store, by the hold `upload_id`, if `check` has nothing against them. Raises NotFound
        when the image is wanted no more, Invalid, TooLarge, Unavailable, and what `chunks` and `check` raise."""
        inspector = Inspector(row["disk_format"], self.limits.virtual_bytes)
        with self.store.create(row["id"], self.limits.size_bytes) as upload:
            self._pour(upload, row["id"], upload_id, chunks, inspector)
            findings = inspector.finish()
            check(findings)
            upload.sync()
            self._beat(row["id"], upload_id)  # the last word before the file bears the image's name
            upload.commit()
        return findings

    def stage(self, image_id: str, upload_id: str, chunks: Iterable[bytes]) -> None:
        """Keep the data as they come, to be judged when they are imported. Raises as `receive`."""
        with self.staging.create(image_id, self.limits.size_bytes) as upload:
            self._pour(upload, image_id, upload_id, chunks)
            upload.sync()
            self._beat(image_id, upload_id)
            upload.commit()

    def _pour(
        self, upload: Upload, image_id: str, upload_id: str, chunks: Iterable[bytes], inspector: Inspector | None = None
    ) -> None:
        said = concurrency.monotonic()
        for chunk in chunks:
            upload.write(chunk)
            if inspector is not None:
                concurrency.call_native(inspector.feed, chunk)
            if concurrency.monotonic() - said > BEAT_SECONDS:
                said = concurrency.monotonic()
                self._beat(image_id, upload_id)

    def _beat(self, image_id: str, upload_id: str) -> None:
        if not self._db.transact(lambda tx: holds.change(tx, image_id, upload_id)):
            raise gone(image_id)


def filled(found: Findings) -> Row:
    """The columns of an image that has these data."""
    return {"status": "active", "upload_id": None, "size_bytes": found.size_bytes,
            "virtual_size_bytes": found.virtual_size_bytes, "md5": found.md5, "sha256": found.sha256,
            "sha512": found.sha512}  # fmt: skip


def gone(image_id: str) -> NotFound:
    """The refusal of data that nobody waits for any more."""
    return NotFound(NOUN, image_id, f"Image {image_id} was deleted while its data were uploaded.")
