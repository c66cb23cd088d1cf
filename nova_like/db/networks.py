"""Rows of networks with their subnets."""

from typing import Any

import sqlalchemy as sa

from nova_like.db.engine import Transaction
from nova_like.db.schema.networks import networks, subnets

Row = dict[str, Any]


def usable(tx: Transaction, project_id: str, ids: list[str] | None = None) -> list[Row]:
    """Networks that a project may put ports on (its own and shared ones), each with `subnets`; of `ids` if given."""
    statement = sa.select(networks).where(sa.or_(networks.c.project_id == project_id, networks.c.shared))
    statement = statement.where(sa.not_(networks.c.external))
    if ids is not None:
        statement = statement.where(networks.c.id.in_(ids))
    return with_subnets(tx, tx.rows(statement.order_by(networks.c.created_at, networks.c.id)))


def with_subnets(tx: Transaction, rows: list[Row]) -> list[Row]:
    """The same rows with their `subnets`, by one statement."""
    found: dict[str, list[Row]] = {row["id"]: [] for row in rows}
    if rows:
        statement = sa.select(subnets).where(subnets.c.network_id.in_(list(found)))
        for subnet in tx.rows(statement.order_by(subnets.c.created_at, subnets.c.id)):
            found[subnet["network_id"]].append(subnet)
    return [{**row, "subnets": found[row["id"]]} for row in rows]
