"""The rows that assignments name: users, groups, projects, domains and roles, a statement for each kind."""

from typing import Any

import sqlalchemy as sa

from nova_like.db import projects, roles
from nova_like.db.engine import Transaction
from nova_like.db.schema.identity import domains, groups, users

Rows = list[dict[str, Any]]


def beside(tx: Transaction, found: Rows) -> Rows:
    """The same assignments with `actor`, `role` and `target`: {id, name, domain_id, domain_name}, {} for none."""
    actors = {row["actor_id"] for row in found}
    targets = {row["target_id"] for row in found}
    people = {row["id"]: row for table in (users, groups) for row in _named(tx, table, actors)}
    places = {row["id"]: row for row in projects.by_ids(tx, targets)}
    places |= {row["id"]: row for row in tx.rows(sa.select(domains).where(domains.c.id.in_(targets)))}
    known = {row["id"]: row for row in roles.every(tx)}
    return [
        {**row, "actor": people.get(row["actor_id"], {}), "role": known.get(row["role_id"], {}),
         "target": places.get(row["target_id"], {})} for row in found
    ]  # fmt: skip


def _named(tx: Transaction, table: sa.Table, ids: set[str]) -> Rows:
    shown = (table.c.id, table.c.name, table.c.domain_id, domains.c.name.label("domain_name"))
    joined = sa.join(table, domains, table.c.domain_id == domains.c.id)
    return tx.rows(sa.select(*shown).select_from(joined).where(table.c.id.in_(ids)))
