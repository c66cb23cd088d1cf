"""Locks are rows: who holds which resource. The unique index of exclusive locks is what makes them locks."""

import sqlalchemy as sa

from nova_like.db.engine import Transaction
from nova_like.db.schema.flows import locks


def holder(tx: Transaction, resource_id: str) -> str | None:
    """The flow that holds the resource, if any."""
    return tx.scalar(sa.select(locks.c.flow_id).where(locks.c.resource_id == resource_id).limit(1))


def take(tx: Transaction, pairs: list[tuple[str, str]]) -> None:
    """Exclusive locks for (resource id, flow id) pairs. The caller holds the resources' rows and has seen no holder;
    the unique index refuses anything else."""
    tx.send(sa.insert(locks), [{"resource_id": r, "flow_id": f, "mode": "exclusive"} for r, f in pairs])


_RELEASE = sa.delete(locks).where(locks.c.flow_id == sa.bindparam("held_by"))


def release(tx: Transaction, flow_id: str) -> None:
    tx.send(_RELEASE, {"held_by": flow_id})


def hand_over(tx: Transaction, flow_id: str, successor_id: str) -> None:
    """All that one flow holds is its successor's."""
    tx.send(sa.update(locks).where(locks.c.flow_id == flow_id).values(flow_id=successor_id))
