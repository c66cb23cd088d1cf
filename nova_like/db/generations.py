"""Generations of resources: raised in the transaction that changes a resource's direction."""

import functools
from typing import Any

import sqlalchemy as sa

from nova_like.db.engine import Transaction
from nova_like.db.schema import db_now
from nova_like.db.schema.compute import instances
from nova_like.db.schema.volumes import volumes

TABLES = {"instance": instances, "volume": volumes}


def raise_generation(tx: Transaction, noun: str, resource_id: str, **values: Any) -> int:
    """Write `values` with a generation one higher, which is returned."""
    statement = _raising(noun, tuple(values))
    return int(tx.execute(statement, {"resource_id": resource_id, **values}).scalar_one())


@functools.cache
def _raising(noun: str, names: tuple[str, ...]) -> Any:
    table = TABLES[noun]
    statement = sa.update(table).where(table.c.id == sa.bindparam("resource_id"))
    given = {name: sa.bindparam(name, type_=table.c[name].type) for name in names}
    statement = statement.values(generation=table.c.generation + 1, updated_at=db_now(), **given)
    return statement.returning(table.c.generation)
