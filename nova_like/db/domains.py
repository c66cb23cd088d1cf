"""Rows of domains."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from nova_like.db import held_roles, listing
from nova_like.db.engine import Transaction
from nova_like.db.records import Records
from nova_like.db.schema.identity import assignments, domains

Row = dict[str, Any]
ROWS = Records(domains, "name")


def get(tx: Transaction, domain_id: str) -> Row | None:
    return tx.row(sa.select(domains).where(domains.c.id == domain_id))


def hold(tx: Transaction, domain_id: str, alone: bool = False) -> Row | None:
    """The same, held until the transaction ends: nobody deletes it meanwhile, nor puts anything in it if `alone`."""
    return tx.row(sa.select(domains).where(domains.c.id == domain_id).with_for_update(read=not alone))


def by_name(tx: Transaction, name: str) -> Row | None:
    return tx.row(sa.select(domains).where(domains.c.name == name))


def list_held(tx: Transaction, user_id: str) -> list[Row]:
    """Enabled domains on which a user has a role, by a group too."""
    mine = sa.select(assignments.c.target_id).where(held_roles.of(user_id), assignments.c.target_kind == "domain")
    return tx.rows(sa.select(domains).where(domains.c.id.in_(mine), domains.c.enabled).order_by(domains.c.name))


def list_domains(tx: Transaction, wanted: Mapping[str, Any]) -> list[Row]:
    """Domains in order of name; `wanted` as in listing.asked."""
    return listing.asked(tx, sa.select(domains), domains, wanted)
