"""Rows of attachments: one for each volume that an instance has, is to have, or has not quite let go of."""

from typing import Any

import sqlalchemy as sa

from nova_like.db.engine import Transaction
from nova_like.db.schema import db_now
from nova_like.db.schema.attachments import attachments

Row = dict[str, Any]
# on its way to the guest; the guest has it; on its way from the guest; no guest has it, its back end is to close it
ATTACHING, ATTACHED, DETACHING, RELEASING = "attaching", "attached", "detaching", "releasing"


def insert(tx: Transaction, row: Row) -> None:
    tx.execute(sa.insert(attachments).values(**row))


def get(tx: Transaction, attachment_id: str) -> Row | None:
    return tx.row(sa.select(attachments).where(attachments.c.id == attachment_id))


def update(tx: Transaction, attachment_id: str, **values: Any) -> None:
    changed = sa.update(attachments).where(attachments.c.id == attachment_id)
    tx.execute(changed.values(updated_at=db_now(), **values))


def remove(tx: Transaction, attachment_id: str) -> None:
    tx.execute(sa.delete(attachments).where(attachments.c.id == attachment_id))


def of_instance(tx: Transaction, instance_id: str) -> list[Row]:
    """All of one instance's, the oldest first."""
    return of_instances(tx, [instance_id]).get(instance_id, [])


def of_instances(tx: Transaction, instance_ids: list[str]) -> dict[str, list[Row]]:
    """{instance id: its attachments, the oldest first} of those that have any; one statement."""
    return _by("instance_id", tx, instance_ids)


def of_volumes(tx: Transaction, volume_ids: list[str]) -> dict[str, list[Row]]:
    """The same by volume."""
    return _by("volume_id", tx, volume_ids)


def _by(column: str, tx: Transaction, ids: list[str]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    table = attachments.c
    if ids:
        statement = sa.select(attachments).where(table[column].in_(ids)).order_by(table.created_at, table.id)
        for row in tx.rows(statement):
            found.setdefault(row[column], []).append(row)
    return found
