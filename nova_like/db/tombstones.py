"""Rows of tombstones: what hosts that are away still hold of resources that their users are rid of."""

from typing import Any

import sqlalchemy as sa

from nova_like.db.engine import Transaction
from nova_like.db.flows import LIVE
from nova_like.db.schema.flows import flows
from nova_like.db.schema.hosts import hosts
from nova_like.db.schema.tombstones import tombstones

Row = dict[str, Any]
EVACUATED = "evacuated"  # of an instance that lives elsewhere: it holds nothing, and stays until its host is back


def insert(tx: Transaction, row: Row) -> None:
    tx.execute(sa.insert(tombstones).values(**row))


def get(tx: Transaction, tombstone_id: str) -> Row | None:
    return tx.row(sa.select(tombstones).where(tombstones.c.id == tombstone_id))


def remove(tx: Transaction, tombstone_id: str) -> bool:
    """False when somebody else has removed it."""
    return tx.execute(sa.delete(tombstones).where(tombstones.c.id == tombstone_id)).rowcount == 1


def hold(tx: Transaction, tombstone_id: str) -> Row | None:
    """The row, held until the transaction ends."""
    return tx.row(sa.select(tombstones).where(tombstones.c.id == tombstone_id).with_for_update())


def of_resource(tx: Transaction, resource_id: str) -> list[Row]:
    return tx.rows(sa.select(tombstones).where(tombstones.c.resource_id == resource_id))


def hosts_forced(tx: Transaction, word: str) -> list[str]:
    """Names of hosts that have tombstones and of which an operator said `word`."""
    said = sa.select(hosts.c.name).where(hosts.c.forced == word)
    return list(
        tx.execute(
            sa.select(tombstones.c.host).where(tombstones.c.host.in_(said), tombstones.c.kind != EVACUATED).distinct()
        ).scalars()
    )


def on_host(tx: Transaction, host: str, host_kind: str | None = None) -> list[Row]:
    """All of a host, the oldest first."""
    statement = sa.select(tombstones).where(tombstones.c.host == host)
    if host_kind is not None:
        statement = statement.where(tombstones.c.host_kind == host_kind)
    return tx.rows(statement.order_by(tombstones.c.created_at, tombstones.c.id))


def of(resource_id: Any) -> sa.Exists:
    """Whether a resource (a column or a value) has any: a condition for other statements."""
    return sa.exists().where(tombstones.c.resource_id == resource_id)


def holding(resource_id: Any) -> sa.Exists:
    """Whether one of them holds what the resource had."""
    return sa.exists().where(tombstones.c.resource_id == resource_id, tombstones.c.kind != EVACUATED)


def held(tx: Transaction, resource_id: str) -> bool:
    """Whether one of them holds what the resource has, or had."""
    return bool(tx.scalar(sa.select(holding(resource_id))))


def unattended(tx: Transaction, limit: int) -> list[Row]:
    """Those that no flow is at work on."""
    at_work = sa.exists().where(flows.c.resource_id == tombstones.c.id, flows.c.state.in_(LIVE))
    return tx.rows(sa.select(tombstones).where(~at_work).order_by(tombstones.c.created_at).limit(limit))
