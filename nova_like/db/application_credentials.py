"""Rows of application credentials and of the access rules that they may be bound to. A rule is its user's, and stays
when the last application credential that names it goes."""

from typing import Any

import sqlalchemy as sa

from nova_like.db.engine import Transaction
from nova_like.db.records import Records
from nova_like.db.schema.delegation import access_rules, application_credential_rules, application_credentials

Row = dict[str, Any]
CREDENTIALS = Records(application_credentials, "user_id", "name")
RULES = Records(access_rules, "user_id", "service", "path", "method")
_links = application_credential_rules.c


def get(tx: Transaction, id: str) -> Row | None:
    """An application credential with its `access_rules`."""
    found = _with_rules(tx, [row] if (row := CREDENTIALS.get(tx, id)) else [])
    return found[0] if found else None


def by_name(tx: Transaction, user_id: str, name: str) -> Row | None:
    found = list_of_user(tx, user_id, name)
    return found[0] if found else None


def list_of_user(tx: Transaction, user_id: str, name: str | None = None) -> list[Row]:
    """In order of name, each with its `access_rules`."""
    return _with_rules(tx, CREDENTIALS.list(tx, user_id=user_id, name=name))


def insert(tx: Transaction, row: Row, rule_ids: list[str]) -> None:
    """Raises Conflict for a name that the user has given already."""
    CREDENTIALS.insert(tx, row)
    for id in rule_ids:
        values = {"application_credential_id": row["id"], "access_rule_id": id}
        tx.execute(sa.insert(application_credential_rules).values(**values))


def delete(tx: Transaction, id: str) -> None:
    tx.execute(sa.delete(application_credential_rules).where(_links.application_credential_id == id))
    CREDENTIALS.delete(tx, id)


def is_rule_used(tx: Transaction, rule_id: str) -> bool:
    return tx.scalar(sa.select(sa.exists().where(_links.access_rule_id == rule_id)))


def _with_rules(tx: Transaction, rows: list[Row]) -> list[Row]:
    if not rows:
        return []
    joined = sa.join(application_credential_rules, access_rules, _links.access_rule_id == access_rules.c.id)
    statement = sa.select(access_rules, _links.application_credential_id).select_from(joined)
    statement = statement.where(_links.application_credential_id.in_([row["id"] for row in rows]))
    rules: dict[str, list[Row]] = {}
    for rule in tx.rows(statement.order_by(access_rules.c.service, access_rules.c.path, access_rules.c.method)):
        rules.setdefault(rule.pop("application_credential_id"), []).append(rule)
    return [{**row, "access_rules": rules.get(row["id"], [])} for row in rows]
