"""Rows of images: what the store holds, who may see it, and how far an upload has come. Lists are image_lists.py's."""

from typing import Any

import sqlalchemy as sa

from nova_like.db import tags as ec2_tags
from nova_like.db.engine import Transaction
from nova_like.db.schema import db_now
from nova_like.db.schema.images import image_members, images
from nova_like.model.errors import Conflict, NotFound

Row = dict[str, Any]


def seen_by(project_id: Any) -> Any:
    """The condition that a project (None: anybody) may see an image when it knows its id."""
    if project_id is None:
        return sa.true()
    open_to_all = images.c.visibility.in_(["public", "community"])
    return sa.or_(images.c.owner_id == project_id, open_to_all, shared_with(project_id))


def shared_with(project_id: Any, status: str | None = None) -> Any:
    """The condition that an image is shared with a project, whose answer was `status` (None: whatever)."""
    its = [image_members.c.image_id == images.c.id, image_members.c.project_id == project_id]
    if status is not None:
        its.append(image_members.c.status == status)
    return sa.and_(images.c.visibility == "shared", sa.exists().where(*its).correlate(images))


def get(tx: Transaction, image_id: str, project_id: str | None = None) -> Row | None:
    """The row, if `project_id` (None: anybody) may see it."""
    if project_id is None:
        return tx.row(_ANY, {"image_id": image_id})
    return tx.row(_SEEN, {"image_id": image_id, "project": project_id})


_ANY = sa.select(images).where(images.c.id == sa.bindparam("image_id"))
_SEEN = _ANY.where(seen_by(sa.bindparam("project")))


def hold(tx: Transaction, image_id: str, project_id: str | None = None) -> Row | None:
    """The row, held until the transaction ends."""
    return tx.row(sa.select(images).where(images.c.id == image_id, seen_by(project_id)).with_for_update())


def get_bootable(tx: Transaction, project_id: str | None, image_id: str) -> Row:
    """An image that the project may use, whatever its status: `active` is for the caller to ask. Raises NotFound."""
    row = get(tx, image_id, project_id)
    if row is None:
        raise NotFound("image", image_id)
    return row


def insert(tx: Transaction, row: Row) -> None:
    """Raises Conflict (`duplicate`) when the id is taken, by whomsoever."""
    if tx.scalar(sa.select(images.c.id).where(images.c.id == row["id"])) is not None:
        raise Conflict(f"Image ID {row['id']} already exists!", "image", code="duplicate", id=row["id"])
    tx.execute(sa.insert(images).values(**row))


def update(tx: Transaction, image_id: str, **values: Any) -> None:
    tx.execute(sa.update(images).where(images.c.id == image_id).values(**values, updated_at=db_now()))


def move(tx: Transaction, image_id: str, before: tuple[str, ...], after: str, **values: Any) -> bool:
    """Change the status, only from one of `before`; whether it was."""
    statement = sa.update(images).where(images.c.id == image_id, images.c.status.in_(before))
    return tx.execute(statement.values(status=after, **values, updated_at=db_now())).rowcount == 1


def backups(tx: Transaction, project_id: str | None, instance_id: str, kind: str) -> list[Row]:
    """A project's backups of an instance of one kind that may be removed, the newest first."""
    said = sa.cast(images.c.properties, sa.Text).contains(instance_id)  # narrows; what it says is looked at below
    mine = (images.c.owner_id == project_id, images.c.protected.is_(False), said)
    rows = tx.rows(sa.select(images).where(*mine).order_by(images.c.created_at.desc(), images.c.id))
    wanted = {"image_type": "backup", "instance_uuid": instance_id, "backup_type": kind}
    return [row for row in rows if wanted.items() <= (row["properties"] or {}).items()]


def delete(tx: Transaction, image_id: str) -> None:
    """The row goes, with its members and the EC2 tags that projects have put on it."""
    ec2_tags.remove_all(tx, image_id)
    tx.execute(sa.delete(image_members).where(image_members.c.image_id == image_id))
    tx.execute(sa.delete(images).where(images.c.id == image_id))
