"""Who is filling an image: an upload, a staging or an import holds it by `upload_id` and says now and then that it
lives. One that has not said so for DEAD_SECONDS is dead, and another may begin."""

from typing import Any

import sqlalchemy as sa

from nova_like.db.engine import Transaction
from nova_like.db.schema import db_now
from nova_like.db.schema.images import images

Row = dict[str, Any]
DEAD_SECONDS = 90.0
FILLING = ("saving", "uploading", "importing")
_T = images.c


def now(tx: Transaction) -> float:
    return float(tx.scalar(sa.select(db_now())))


def is_dead(tx: Transaction, row: Row) -> bool:
    """Whether who filled this image by a request of its own is gone. A dead import is taken up again instead."""
    filling = row["status"] == "saving" or (row["status"] == "uploading" and row["upload_id"] is not None)
    return filling and row["updated_at"] < now(tx) - DEAD_SECONDS


def change(tx: Transaction, image_id: str, upload_id: str, values: Row | None = None) -> bool:
    """Write `values`, and that it lives, while `upload_id` holds the image; whether it did."""
    mine = (_T.id == image_id, _T.status.in_(FILLING), _T.upload_id == upload_id)
    return tx.execute(sa.update(images).where(*mine).values({"updated_at": db_now(), **(values or {})})).rowcount == 1


def give_up(tx: Transaction, image_id: str, upload_id: str) -> bool:
    """Queued again, as if nothing had been sent; whether it was held."""
    return change(tx, image_id, upload_id, {"status": "queued", "upload_id": None})


def requeue_dead(tx: Transaction, staged_seconds: float) -> int:
    """Uploads and stagings whose process is gone, and what was staged so long ago that nobody will import it."""
    filling = sa.or_(_T.status == "saving", sa.and_(_T.status == "uploading", _T.upload_id.is_not(None)))
    dead = sa.and_(filling, _T.updated_at < db_now() - DEAD_SECONDS)
    left = sa.and_(_T.status == "uploading", _T.upload_id.is_(None), _T.updated_at < db_now() - staged_seconds)
    return tx.execute(sa.update(images).where(sa.or_(dead, left)).values(status="queued", upload_id=None)).rowcount


def dead_imports(tx: Transaction) -> list[str]:
    """Images whose import is to be taken up again."""
    dead = (_T.status == "importing", _T.updated_at < db_now() - DEAD_SECONDS)
    return list(tx.execute(sa.select(_T.id).where(*dead)).scalars())


def take_over(tx: Transaction, image_id: str, upload_id: str) -> bool:
    """Hold an image whose import is dead; whether nobody was faster."""
    dead = (_T.id == image_id, _T.status == "importing", _T.updated_at < db_now() - DEAD_SECONDS)
    return tx.execute(sa.update(images).where(*dead).values(upload_id=upload_id, updated_at=db_now())).rowcount == 1
