"""Rows of image members: with which projects an image is shared, and what each has said to it."""

from typing import Any

import sqlalchemy as sa

from nova_like.db.engine import Transaction
from nova_like.db.schema import db_now
from nova_like.db.schema.images import image_members
from nova_like.model.errors import Conflict

Row = dict[str, Any]
_T = image_members.c


def list_members(tx: Transaction, image_id: str, project_id: str | None = None) -> list[Row]:
    """All members, or the one that is `project_id`; oldest first."""
    one = [] if project_id is None else [_T.project_id == project_id]
    statement = sa.select(image_members).where(_T.image_id == image_id, *one)
    return tx.rows(statement.order_by(_T.created_at, _T.project_id))


def get(tx: Transaction, image_id: str, project_id: str) -> Row | None:
    return next(iter(list_members(tx, image_id, project_id)), None)


def insert(tx: Transaction, image_id: str, project_id: str) -> None:
    """Raises Conflict (`duplicate`). The caller holds the image's row."""
    if get(tx, image_id, project_id) is not None:
        raise Conflict(f"Image member {project_id} already exists.", "image", code="duplicate")
    tx.execute(sa.insert(image_members).values(image_id=image_id, project_id=project_id, status="pending"))


def update(tx: Transaction, image_id: str, project_id: str, status: str) -> None:
    where = (_T.image_id == image_id, _T.project_id == project_id)
    tx.execute(sa.update(image_members).where(*where).values(status=status, updated_at=db_now()))


def delete(tx: Transaction, image_id: str, project_id: str) -> bool:
    """Whether there was one."""
    where = (_T.image_id == image_id, _T.project_id == project_id)
    return tx.execute(sa.delete(image_members).where(*where)).rowcount == 1


def count(tx: Transaction, image_id: str) -> int:
    return int(tx.scalar(sa.select(sa.func.count()).where(_T.image_id == image_id)))
