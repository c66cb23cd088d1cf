"""Rows of the catalogue of metadata: namespaces, and what stands in each."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from nova_like.db.engine import Transaction
from nova_like.db.schema import db_now
from nova_like.db.schema.metadefs import metadef_items, metadef_namespaces
from nova_like.model.errors import Conflict

Row = dict[str, Any]
_N, _I = metadef_namespaces.c, metadef_items.c


def _seen_by(project_id: str | None) -> Any:
    return sa.true() if project_id is None else sa.or_(_N.visibility == "public", _N.owner_id == project_id)


def get(tx: Transaction, namespace: str, project_id: str | None) -> Row | None:
    """A namespace by its name, if the project (None: anybody) may see it."""
    return tx.row(sa.select(metadef_namespaces).where(_N.namespace == namespace, _seen_by(project_id)))


def list_namespaces(
    tx: Transaction, project_id: str | None, limit: int, marker: str | None = None, visibility: str | None = None
) -> list[Row]:
    """By name, beyond the name that `marker` is."""
    chosen = [_seen_by(project_id)]
    if marker is not None:
        chosen.append(_N.namespace > marker)
    if visibility is not None:
        chosen.append(_N.visibility == visibility)
    return tx.rows(sa.select(metadef_namespaces).where(*chosen).order_by(_N.namespace).limit(limit))


def insert(tx: Transaction, row: Row) -> None:
    """Raises Conflict (`duplicate`)."""
    _write(tx, sa.insert(metadef_namespaces).values(**row), row["namespace"])


def update(tx: Transaction, row: Row, values: Row) -> None:
    """Raises Conflict (`duplicate`): another has the new name."""
    statement = sa.update(metadef_namespaces).where(_N.id == row["id"])
    _write(tx, statement.values(**values, updated_at=db_now()), values.get("namespace", ""))


def _write(tx: Transaction, statement: Any, name: str) -> None:
    try:
        tx.execute(statement)
    except IntegrityError:
        raise Conflict(f"The metadata definition {name} already exists.", "definition", code="duplicate") from None


def delete(tx: Transaction, namespace_id: str) -> None:
    """With all that stands in it."""
    delete_items(tx, namespace_id)
    tx.execute(sa.delete(metadef_namespaces).where(_N.id == namespace_id))


def list_items(tx: Transaction, namespace_ids: list[str], kind: str | None = None) -> list[Row]:
    """By name, of one kind or of all."""
    chosen = [_I.namespace_id.in_(namespace_ids)] + ([] if kind is None else [_I.kind == kind])
    return tx.rows(sa.select(metadef_items).where(*chosen).order_by(_I.kind, _I.name))


def get_item(tx: Transaction, namespace_id: str, kind: str, name: str) -> Row | None:
    return tx.row(sa.select(metadef_items).where(_I.namespace_id == namespace_id, _I.kind == kind, _I.name == name))


def put_item(tx: Transaction, namespace_id: str, kind: str, name: str, body: Row, instead: str | None = None) -> None:
    """A new one, or one in the place of the one that is called `instead`. Raises Conflict (`duplicate`)."""
    if instead is None:
        values = {"namespace_id": namespace_id, "kind": kind, "name": name, "body": body}
        _write(tx, sa.insert(metadef_items).values(**values), name)
        return
    where = (_I.namespace_id == namespace_id, _I.kind == kind, _I.name == instead)
    _write(tx, sa.update(metadef_items).where(*where).values(name=name, body=body, updated_at=db_now()), name)


def delete_items(tx: Transaction, namespace_id: str, kind: str | None = None, name: str | None = None) -> int:
    """One, all of a kind, or all; how many."""
    chosen = [_I.namespace_id == namespace_id]
    chosen += [] if kind is None else [_I.kind == kind]
    chosen += [] if name is None else [_I.name == name]
    return tx.execute(sa.delete(metadef_items).where(*chosen)).rowcount
