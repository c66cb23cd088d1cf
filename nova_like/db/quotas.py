"""Limits and usage of projects. Usage moves by conditional update, in the transaction that moves what is counted."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from nova_like.db.engine import Transaction
from nova_like.db.schema.quotas import quota_limits, quota_usages
from nova_like.model.errors import QuotaExceeded

Amounts = dict[str, int]


def limits(tx: Transaction, project_id: str, defaults: Amounts) -> Amounts:
    """The limit of every resource; -1 is none."""
    rows = tx.rows(sa.select(quota_limits).where(quota_limits.c.project_id == project_id))
    return {**defaults, **{row["resource"]: row["maximum"] for row in rows}}


def usages(tx: Transaction, project_id: str) -> Amounts:
    rows = tx.rows(sa.select(quota_usages).where(quota_usages.c.project_id == project_id))
    return {row["resource"]: row["used"] for row in rows}


def set_limits(tx: Transaction, project_id: str, values: Amounts) -> None:
    for resource, maximum in values.items():
        tx.execute(sa.delete(quota_limits).where(quota_limits.c.project_id == project_id,
                                                 quota_limits.c.resource == resource))  # fmt: skip
        tx.execute(sa.insert(quota_limits).values(project_id=project_id, resource=resource, maximum=maximum))


def take(tx: Transaction, project_id: str, amounts: Amounts, allowed: Amounts) -> None:
    """Add `amounts` to the usage, all or none. Raises QuotaExceeded (resource, limit, used, asked)."""
    if _add(tx, project_id, amounts, allowed):
        return
    _make_rows(tx, project_id, amounts)
    if not _add(tx, project_id, amounts, allowed):
        _explain(tx, project_id, amounts, allowed)


def give(tx: Transaction, project_id: str, amounts: Amounts) -> None:
    """Take `amounts` off the usage."""
    delta = sa.case(amounts, value=quota_usages.c.resource)
    statement = sa.update(quota_usages).where(quota_usages.c.project_id == project_id)
    tx.execute(statement.where(quota_usages.c.resource.in_(list(amounts))).values(used=quota_usages.c.used - delta))


def _add(tx: Transaction, project_id: str, amounts: Amounts, allowed: Amounts) -> bool:
    """Raise the usage of each resource that has room; whether all had. When not, nothing stays raised."""
    delta = sa.case(amounts, value=quota_usages.c.resource)
    limit = sa.case({name: _ceiling(allowed.get(name, -1)) for name in amounts}, value=quota_usages.c.resource)
    mine = (quota_usages.c.project_id == project_id, quota_usages.c.resource.in_(list(amounts)))
    statement = sa.update(quota_usages).where(*mine, quota_usages.c.used + delta <= limit)
    raised = tx.execute(statement.values(used=quota_usages.c.used + delta).returning(quota_usages.c.resource))
    names = list(raised.scalars())
    if len(names) == len(amounts):
        return True
    if names:
        give(tx, project_id, {name: amounts[name] for name in names})
    return False


def _ceiling(limit: int) -> int:
    return limit if limit >= 0 else 2**62


def _make_rows(tx: Transaction, project_id: str, amounts: Amounts) -> None:
    kind = postgresql if tx.dialect == "postgresql" else sqlite
    rows = [{"project_id": project_id, "resource": name, "used": 0} for name in amounts]
    tx.execute(kind.insert(quota_usages).values(rows).on_conflict_do_nothing())


def _explain(tx: Transaction, project_id: str, amounts: Amounts, allowed: Amounts) -> None:
    used = usages(tx, project_id)
    over = [name for name in amounts if used.get(name, 0) + amounts[name] > _ceiling(allowed.get(name, -1))]
    names = ", ".join(over)
    asked = ", ".join(str(amounts[name]) for name in over)
    have = ", ".join(str(used.get(name, 0)) for name in over)
    most = ", ".join(str(allowed.get(name)) for name in over)
    raise QuotaExceeded(
        f"Quota exceeded for {names}: Requested {asked}, but already used {have} of {most} {names}", over[0],
        resource=over[0], limit=allowed.get(over[0]), used=used.get(over[0], 0), asked=amounts[over[0]],
    )  # fmt: skip
