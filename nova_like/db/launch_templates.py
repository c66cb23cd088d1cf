"""Rows of launch templates and their versions. A version never changes."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from nova_like.db import tags
from nova_like.db.engine import Transaction
from nova_like.db.schema import db_now
from nova_like.db.schema.templates import launch_template_versions as versions
from nova_like.db.schema.templates import launch_templates as templates
from nova_like.model.errors import Conflict

Row = dict[str, Any]
NOUN = "launch_template"


def insert(tx: Transaction, row: Row) -> None:
    """Raises Conflict (`duplicate`) when the project has one of that name."""
    try:
        tx.execute(sa.insert(templates).values(**row))
    except IntegrityError:
        raise Conflict(f"Launch template {row['name']} already exists.", NOUN, code="duplicate") from None


def insert_version(tx: Transaction, row: Row) -> Row:
    """The new version as it is kept."""
    tx.execute(sa.insert(versions).values(**row, created_at=db_now()))
    found = tx.row(_versions([row["template_id"]]).where(versions.c.version == row["version"]))
    assert found is not None
    return found


def get(tx: Transaction, template_id: str, project_id: str) -> Row | None:
    """The row, if the project owns it."""
    return tx.row(_owned(template_id, project_id))


def hold(tx: Transaction, template_id: str, project_id: str) -> Row | None:
    """The row, held until the transaction ends."""
    return tx.row(_owned(template_id, project_id).with_for_update())


def _owned(template_id: str, project_id: str) -> sa.Select:
    return sa.select(templates).where(templates.c.id == template_id, templates.c.project_id == project_id)


def list_templates(tx: Transaction, project_id: str) -> list[Row]:
    """A project's, in the order of their names."""
    return tx.rows(sa.select(templates).where(templates.c.project_id == project_id).order_by(templates.c.name))


def list_versions(tx: Transaction, template_ids: list[str]) -> list[Row]:
    """All versions of these templates, the newest of each first."""
    return tx.rows(_versions(template_ids))


def _versions(template_ids: list[str]) -> sa.Select:
    chosen = sa.select(versions).where(versions.c.template_id.in_(template_ids))
    return chosen.order_by(versions.c.template_id, versions.c.version.desc())


def update(tx: Transaction, template_id: str, **values: Any) -> None:
    tx.execute(sa.update(templates).where(templates.c.id == template_id).values(**values, updated_at=db_now()))


def delete(tx: Transaction, template_id: str) -> None:
    """With its versions, and the tags on it."""
    tags.remove_all(tx, template_id)
    tx.execute(sa.delete(versions).where(versions.c.template_id == template_id))
    tx.execute(sa.delete(templates).where(templates.c.id == template_id))
