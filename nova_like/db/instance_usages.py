"""How long instances ran, for what is charged: read from their rows, for as long as those are kept. Changes nothing."""

from typing import Any

import sqlalchemy as sa

from nova_like.db.engine import Transaction
from nova_like.db.schema.compute import instances

Row = dict[str, Any]
_TABLE = instances.c
_ENDED = sa.func.coalesce(_TABLE.terminated_at, _TABLE.deleted_at)
_COLUMNS = (_TABLE.id, _TABLE.project_id, _TABLE.name, _TABLE.flavor, _TABLE.vcpus, _TABLE.ram_mib, _TABLE.disk_gib,
            _TABLE.state, _TABLE.launched_at, _ENDED.label("ended_at"))  # fmt: skip


def between(
    tx: Transaction, start: float, end: float, project_id: str | None = None, marker: str | None = None,
    limit: int | None = None,
) -> list[Row]:  # fmt: skip
    """Instances that lived at some time between two moments, in order of project and id, from behind the id `marker`:
    launched_at and ended_at (None: it lives) in seconds. Raises LookupError for an unknown marker."""
    lived = (_TABLE.launched_at.is_not(None), _TABLE.launched_at < end, sa.or_(_ENDED.is_(None), start < _ENDED))
    statement = sa.select(*_COLUMNS).where(*lived)
    if project_id is not None:
        statement = statement.where(_TABLE.project_id == project_id)
    if marker is not None:
        last = tx.row(sa.select(_TABLE.project_id, _TABLE.id).where(_TABLE.id == marker))
        if last is None or project_id not in (None, last["project_id"]):
            raise LookupError(marker)
        statement = statement.where(sa.tuple_(_TABLE.project_id, _TABLE.id) > sa.tuple_(
            sa.literal(last["project_id"]), sa.literal(last["id"])))  # fmt: skip
    return tx.rows(statement.order_by(_TABLE.project_id, _TABLE.id).limit(limit))
