"""Rows of images."""

from typing import Any

import sqlalchemy as sa

from nova_like.db.engine import Transaction
from nova_like.db.schema.images import images
from nova_like.model.errors import NotFound

Row = dict[str, Any]


def get(tx: Transaction, image_id: str) -> Row | None:
    """The row, whoever may see it."""
    return tx.row(sa.select(images).where(images.c.id == image_id))


def visible(project_id: str | None) -> Any:
    """Images that a project may see: its own, public and community ones. None is all."""
    if project_id is None:
        return sa.true()
    return sa.or_(images.c.owner_id == project_id, images.c.visibility.in_(("public", "community")))


def get_bootable(tx: Transaction, project_id: str | None, image_id: str) -> Row:
    """An image that a project may boot. Raises NotFound."""
    row = tx.row(sa.select(images).where(images.c.id == image_id, images.c.status != "deleted", visible(project_id)))
    if row is None:
        raise NotFound("image", image_id)
    return row
