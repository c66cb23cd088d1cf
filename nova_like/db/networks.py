"""Rows of networks, with the subnets that they hold."""

from typing import Any

import sqlalchemy as sa

from nova_like.db import subnets as subnet_rows
from nova_like.db.engine import Transaction
from nova_like.db.schema import db_now
from nova_like.db.schema.networks import networks, ports, subnets

Row = dict[str, Any]


def seen_by(project_id: str | None) -> Any:
    """The condition that a project (None: anybody) may see a network."""
    if project_id is None:
        return sa.true()
    return sa.or_(networks.c.project_id == project_id, networks.c.shared, networks.c.external)


def usable(tx: Transaction, project_id: str, ids: list[str] | None = None) -> list[Row]:
    """The networks that a project's guests may be plugged into (its own or shared), oldest first, each with `subnets`.
    With `ids`, those of them that are usable; what is missing is not there for this project."""
    statement = _USABLE if ids is None else _USABLE.where(networks.c.id.in_(ids))
    found: dict[str, Row] = {}
    width = len(networks.c)
    for row in tx.execute(statement, {"project": project_id}):
        network = dict(zip(networks.c.keys(), row[:width], strict=True))
        held = found.setdefault(network["id"], {**network, "subnets": []})["subnets"]
        if row[width] is not None:
            held.append(dict(zip(subnets.c.keys(), row[width:], strict=True)))
    return list(found.values())


_USABLE = (
    sa.select(networks, subnets)  # one query: it is on the path of every boot
    .select_from(networks.outerjoin(subnets, subnets.c.network_id == networks.c.id))
    .where(sa.or_(networks.c.project_id == sa.bindparam("project"), networks.c.shared))
    .where(networks.c.admin_up, sa.not_(networks.c.external))
    .order_by(networks.c.created_at, networks.c.id, subnets.c.created_at, subnets.c.id)
)


def with_subnets(tx: Transaction, rows: list[Row]) -> list[Row]:
    """The same rows, each with its `subnets`, oldest first; one query for all."""
    held: dict[str, list[Row]] = {row["id"]: [] for row in rows}
    if held:
        inside = sa.select(subnets).where(subnets.c.network_id.in_(list(held)))
        for subnet in tx.rows(inside.order_by(subnets.c.created_at, subnets.c.id)):
            held[subnet["network_id"]].append(subnet)
    for row in rows:
        row["subnets"] = held[row["id"]]
    return rows


def get(tx: Transaction, network_id: str, project_id: str | None) -> Row | None:
    """A network that the project may see, with its subnets."""
    row = tx.row(sa.select(networks).where(networks.c.id == network_id, seen_by(project_id)))
    return with_subnets(tx, [row])[0] if row else None


def list_networks(tx: Transaction, project_id: str | None) -> list[Row]:
    """All that the project may see, oldest first, with subnets."""
    statement = sa.select(networks).where(seen_by(project_id)).order_by(networks.c.created_at, networks.c.id)
    return with_subnets(tx, tx.rows(statement))


def insert(tx: Transaction, row: Row) -> None:
    tx.execute(sa.insert(networks).values(**row))


def update(tx: Transaction, network_id: str, **values: Any) -> None:
    tx.execute(sa.update(networks).where(networks.c.id == network_id).values(**values, updated_at=db_now()))


def hold(tx: Transaction, network_id: str) -> None:
    """Hold the row until the transaction ends: a network's subnets change one at a time."""
    tx.execute(sa.select(networks.c.id).where(networks.c.id == network_id).with_for_update())


def delete(tx: Transaction, network_id: str) -> bool:
    """Delete a network, and the subnets in it, unless it has ports; whether it is gone."""
    if tx.scalar(sa.select(ports.c.id).where(ports.c.network_id == network_id).limit(1)) is not None:
        return False
    subnet_rows.delete_of(tx, network_id)
    tx.execute(sa.delete(networks).where(networks.c.id == network_id))
    return True
