"""Rows of security groups and their rules."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from nova_like import concurrency
from nova_like.db.engine import Transaction
from nova_like.db.schema import db_now
from nova_like.db.schema.networks import addresses, port_groups, security_group_rules, security_groups
from nova_like.model.errors import Conflict, NotFound
from nova_like.model.orders import Rule

Row = dict[str, Any]


def ensure_default(tx: Transaction, project_id: str) -> str:
    """The id of the project's group `default`, made with its rules at the first look: all out, its own members in."""
    mine = sa.and_(security_groups.c.project_id == project_id, security_groups.c.name == "default")
    found = tx.scalar(sa.select(security_groups.c.id).where(mine))
    if found is not None:
        return str(found)
    kind = postgresql if tx.dialect == "postgresql" else sqlite
    row = {"id": concurrency.new_id(), "project_id": project_id, "name": "default",
           "description": "Default security group", "created_at": db_now(), "updated_at": db_now()}  # fmt: skip
    made = tx.execute(kind.insert(security_groups).values(row).on_conflict_do_nothing()).rowcount == 1
    if made:
        tx.execute(sa.insert(security_group_rules), _default_rules(project_id, row["id"]))
    return str(tx.scalar(sa.select(security_groups.c.id).where(mine)))


def _default_rules(project_id: str, group_id: str) -> list[Row]:
    common = {"project_id": project_id, "group_id": group_id}
    return [
        {"id": concurrency.new_id(), "direction": direction, "ethertype": kind, **common,
         "remote_group_id": group_id if direction == "ingress" else None}
        for direction in ("egress", "ingress") for kind in ("IPv4", "IPv6")
    ]  # fmt: skip


def resolve(tx: Transaction, project_id: str, names_or_ids: list[str]) -> list[str]:
    """Ids of a project's groups given by name or id, in order. Raises NotFound, Conflict (a name given twice over)."""
    table = security_groups.c
    wanted = sa.or_(table.id.in_(names_or_ids), table.name.in_(names_or_ids))
    rows = tx.rows(sa.select(table.id, table.name).where(table.project_id == project_id, wanted))
    return [_one(rows, name) for name in dict.fromkeys(names_or_ids)]


def _one(rows: list[Row], wanted: str) -> str:
    found = [row["id"] for row in rows if row["id"] == wanted] or [row["id"] for row in rows if row["name"] == wanted]
    if not found:
        raise NotFound("security group", wanted, f"Security group {wanted} not found.")
    if len(found) > 1:
        raise Conflict(f"Multiple security groups match '{wanted}'; use an id.", "security group", code="ambiguous")
    return str(found[0])


def orders(tx: Transaction, group_ids: list[str]) -> dict[str, list[Rule]]:
    """{group id: its rules}, groups of remote members resolved to their addresses of now."""
    if not group_ids:
        return {}
    table = security_group_rules.c
    rows = tx.rows(sa.select(security_group_rules).where(table.group_id.in_(group_ids)).order_by(table.id))
    members = member_addresses(tx, sorted({row["remote_group_id"] for row in rows if row["remote_group_id"]}))
    found: dict[str, list[Rule]] = {}
    for row in rows:
        remote = (row["remote_cidr"],) if row["remote_cidr"] else ()
        if row["remote_group_id"]:
            remote = members.get(row["remote_group_id"], ("255.255.255.255/32",))  # nobody: matches no peer
        rule = Rule(row["direction"], row["ethertype"], row["protocol"], row["port_min"], row["port_max"], remote)
        found.setdefault(row["group_id"], []).append(rule)
    return found


def member_addresses(tx: Transaction, group_ids: list[str]) -> dict[str, tuple[str, ...]]:
    """{group id: addresses of its ports, as /32}."""
    if not group_ids:
        return {}
    joined = port_groups.join(addresses, addresses.c.port_id == port_groups.c.port_id)
    statement = sa.select(port_groups.c.group_id, addresses.c.address).select_from(joined)
    found: dict[str, list[str]] = {}
    for group, address in tx.execute(statement.where(port_groups.c.group_id.in_(group_ids))):
        found.setdefault(group, []).append(f"{address}/32")
    return {group: tuple(sorted(items)) for group, items in found.items()}
