"""Rows of security groups and their rules."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from nova_like import concurrency
from nova_like.db.engine import Transaction
from nova_like.db.schema import db_now
from nova_like.db.schema.networks import port_groups, security_group_rules, security_groups
from nova_like.model.errors import Conflict, NotFound

Row = dict[str, Any]
DEFAULT = "default"
NOUN = "security group"


def ensure_default(tx: Transaction, project_id: str, ssh: bool = False) -> str:
    """The id of the project's group `default`, made with its rules at the first look: everything goes out, and comes
    in from the group itself only; with `ssh`, tcp 22 comes in from everywhere."""
    found = _default(tx, project_id)
    if found is not None:
        return found
    kind = postgresql if tx.dialect == "postgresql" else sqlite
    group_id = concurrency.new_id()
    made = kind.insert(security_groups).on_conflict_do_nothing().values(
        id=group_id, project_id=project_id, name=DEFAULT, description="Default security group"
    )  # fmt: skip
    if tx.execute(made).rowcount != 1:  # somebody else looked at the same moment
        return _default(tx, project_id) or ""
    tx.execute(sa.insert(security_group_rules), _default_rules(group_id, project_id, ssh))
    return group_id


def _default(tx: Transaction, project_id: str) -> str | None:
    return tx.execute(_DEFAULT, {"project": project_id}).scalar()


_DEFAULT = sa.select(security_groups.c.id).where(
    security_groups.c.project_id == sa.bindparam("project"), security_groups.c.name == DEFAULT
)


def _default_rules(group_id: str, project_id: str, ssh: bool) -> list[Row]:
    rules = _outgoing(group_id, project_id)
    for ethertype in ("IPv4", "IPv6"):
        rules.append(rule_row(group_id, project_id, "ingress", ethertype, remote_group_id=group_id))
    if ssh:
        rules.append(rule_row(group_id, project_id, "ingress", "IPv4", protocol="tcp", port_min=22, port_max=22))
    return rules


def _outgoing(group_id: str, project_id: str) -> list[Row]:
    return [rule_row(group_id, project_id, "egress", ethertype) for ethertype in ("IPv4", "IPv6")]


def rule_row(group_id: str, project_id: str, direction: str, ethertype: str, **more: Any) -> Row:
    """A complete row of a rule, with an id of its own."""
    row = {
        "id": concurrency.new_id(), "group_id": group_id, "project_id": project_id, "direction": direction,
        "ethertype": ethertype, "protocol": None, "port_min": None, "port_max": None, "remote_cidr": None,
        "remote_group_id": None, "description": "",
    }  # fmt: skip
    return {**row, **more}


def resolve(tx: Transaction, project_id: str, names_or_ids: Sequence[str]) -> list[str]:
    """Ids of the project's groups given by name or id, each once, in order. Raises NotFound, or Conflict (`ambiguous`)
    for a name that several groups bear. `default` is made when it is missing."""
    if DEFAULT in names_or_ids:
        ensure_default(tx, project_id)
    table = security_groups.c
    named = sa.or_(table.id.in_(list(names_or_ids)), table.name.in_(list(names_or_ids)))
    rows = tx.rows(sa.select(table.id, table.name).where(table.project_id == project_id, named))
    return list(dict.fromkeys(_pick(rows, text) for text in names_or_ids))


def _pick(rows: list[Row], text: str) -> str:
    fitting = [row["id"] for row in rows if row["id"] == text] or [row["id"] for row in rows if row["name"] == text]
    if not fitting:
        raise NotFound(NOUN, text, f"Security group {text[:255]} not found.")
    if len(fitting) > 1:
        raise Conflict(f"Multiple security groups found matching '{text}'. Use an ID to be more specific.", NOUN,
                       code="ambiguous", id=text)  # fmt: skip
    return fitting[0]


def _owned(statement: sa.Select, project_id: str | None) -> sa.Select:
    return statement if project_id is None else statement.where(security_groups.c.project_id == project_id)


def list_groups(tx: Transaction, project_id: str | None) -> list[Row]:
    """Groups with their `rules`, oldest first."""
    statement = _owned(sa.select(security_groups), project_id)
    return _with_rules(tx, tx.rows(statement.order_by(security_groups.c.created_at, security_groups.c.id)))


def get(tx: Transaction, group_id: str, project_id: str | None) -> Row | None:
    """The group with its rules."""
    rows = tx.rows(_owned(sa.select(security_groups), project_id).where(security_groups.c.id == group_id))
    return _with_rules(tx, rows)[0] if rows else None


def hold(tx: Transaction, group_id: str) -> None:
    """Hold the group's row: its rules change one at a time."""
    tx.execute(sa.select(security_groups.c.id).where(security_groups.c.id == group_id).with_for_update())


def _with_rules(tx: Transaction, rows: list[Row]) -> list[Row]:
    held: dict[str, list[Row]] = {row["id"]: [] for row in rows}
    if held:
        table = security_group_rules.c
        statement = sa.select(security_group_rules).where(table.group_id.in_(list(held)))
        for rule in tx.rows(statement.order_by(table.created_at, table.id)):
            held[rule["group_id"]].append(rule)
    for row in rows:
        row["rules"] = held[row["id"]]
    return rows


def insert(tx: Transaction, row: Row) -> None:
    """A new group, that lets everything out."""
    tx.execute(sa.insert(security_groups).values(**row))
    tx.execute(sa.insert(security_group_rules), _outgoing(row["id"], row["project_id"]))


def update(tx: Transaction, group_id: str, **values: Any) -> None:
    statement = sa.update(security_groups).where(security_groups.c.id == group_id)
    tx.execute(statement.values(**values, updated_at=db_now()))


def delete(tx: Transaction, group_id: str, unname: bool = False) -> bool:
    """Delete a group with its rules, unless ports are in it or rules of others name it (with `unname` those go, too);
    whether it is gone."""
    rules = security_group_rules.c
    port = tx.scalar(sa.select(port_groups.c.port_id).where(port_groups.c.group_id == group_id).limit(1))
    named = tx.scalar(sa.select(rules.id).where(rules.remote_group_id == group_id, rules.group_id != group_id).limit(1))
    if port is not None or (named is not None and not unname):
        return False
    tx.execute(sa.delete(security_group_rules).where(rules.remote_group_id == group_id))
    tx.execute(sa.delete(security_group_rules).where(rules.group_id == group_id))
    tx.execute(sa.delete(security_groups).where(security_groups.c.id == group_id))
    return True


def list_rules(tx: Transaction, project_id: str | None) -> list[Row]:
    """Rules, oldest first."""
    table = security_group_rules.c
    statement = sa.select(security_group_rules).order_by(table.created_at, table.id)
    return tx.rows(statement if project_id is None else statement.where(table.project_id == project_id))


def get_rule(tx: Transaction, rule_id: str, project_id: str | None) -> Row | None:
    table = security_group_rules.c
    statement = sa.select(security_group_rules).where(table.id == rule_id)
    return tx.row(statement if project_id is None else statement.where(table.project_id == project_id))


def insert_rule(tx: Transaction, row: Row) -> None:
    tx.execute(sa.insert(security_group_rules).values(**row))


def delete_rule(tx: Transaction, rule_id: str) -> None:
    tx.execute(sa.delete(security_group_rules).where(security_group_rules.c.id == rule_id))


def count(tx: Transaction, project_id: str) -> tuple[int, int]:
    """(groups, rules) of a project."""
    groups = sa.select(sa.func.count()).where(security_groups.c.project_id == project_id)
    rules = sa.select(sa.func.count()).where(security_group_rules.c.project_id == project_id)
    return tx.scalar(groups), tx.scalar(rules)
