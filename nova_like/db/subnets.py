"""Rows of subnets: address ranges of networks."""

from typing import Any

import sqlalchemy as sa

from nova_like.db.engine import Transaction
from nova_like.db.schema.networks import addresses, networks, subnets

Row = dict[str, Any]


def _select(project_id: str | None) -> sa.Select:
    """Subnets of the networks that a project (None: anybody) may see."""
    statement = sa.select(subnets)
    if project_id is None:
        return statement
    open_to_all = sa.select(networks.c.id).where(networks.c.shared)
    return statement.where(sa.or_(subnets.c.project_id == project_id, subnets.c.network_id.in_(open_to_all)))


def get(tx: Transaction, subnet_id: str, project_id: str | None) -> Row | None:
    return tx.row(_select(project_id).where(subnets.c.id == subnet_id))


def list_subnets(tx: Transaction, project_id: str | None) -> list[Row]:
    return tx.rows(_select(project_id).order_by(subnets.c.created_at, subnets.c.id))


def insert(tx: Transaction, row: Row) -> None:
    tx.execute(sa.insert(subnets).values(**row))


def update(tx: Transaction, subnet_id: str, **values: Any) -> None:
    tx.execute(sa.update(subnets).where(subnets.c.id == subnet_id).values(**values))


def delete(tx: Transaction, subnet_id: str) -> bool:
    """Delete a subnet unless ports hold its addresses; whether it is gone."""
    if tx.scalar(sa.select(addresses.c.number).where(addresses.c.subnet_id == subnet_id).limit(1)) is not None:
        return False
    tx.execute(sa.delete(subnets).where(subnets.c.id == subnet_id))
    return True


def delete_of(tx: Transaction, network_id: str) -> None:
    """All subnets of a network."""
    tx.execute(sa.delete(subnets).where(subnets.c.network_id == network_id))
