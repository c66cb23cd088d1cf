"""Limits and usage of projects. Usage moves in the transaction that moves what is counted, its rows held."""

import functools
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from nova_like.db.engine import Transaction
from nova_like.db.schema.quotas import quota_limits, quota_usages
from nova_like.model.errors import QuotaExceeded

Amounts = dict[str, int]
CLASS = "class:default"  # stands in place of a project: the limits of all that have none of their own


def limits(tx: Transaction, project_id: str, defaults: Amounts) -> Amounts:
    """The limit of every resource; -1 is none. A project's own goes before the operator's for all, and that before
    `defaults`."""
    rows = tx.rows(sa.select(quota_limits).where(quota_limits.c.project_id.in_((project_id, CLASS))))
    return _layered(defaults, [(row["project_id"], row["resource"], row["maximum"]) for row in rows])


def _layered(defaults: Amounts, rows: list[tuple[str, str, int]]) -> Amounts:
    """`defaults` under the rows (whose, resource, maximum) of the class, and those under a project's."""
    common = {resource: most for whose, resource, most in rows if whose == CLASS}
    return {**defaults, **common, **{resource: most for whose, resource, most in rows if whose != CLASS}}


def room(tx: Transaction, project_id: str, defaults: Amounts) -> tuple[Amounts, Amounts]:
    """(limits, usage) of a project, read without holding anything."""
    kinds = sa.union_all(
        sa.select(quota_limits.c.project_id.label("whose"), quota_limits.c.resource,
                  quota_limits.c.maximum.label("number"))
        .where(quota_limits.c.project_id.in_((project_id, CLASS))),
        sa.select(sa.literal(""), quota_usages.c.resource, quota_usages.c.used)
        .where(quota_usages.c.project_id == project_id),
    )  # fmt: skip
    rows = [(whose, resource, number) for whose, resource, number in tx.execute(kinds)]
    return _layered(defaults, [row for row in rows if row[0]]), {name: used for whose, name, used in rows if not whose}


def usages(tx: Transaction, project_id: str) -> Amounts:
    rows = tx.rows(sa.select(quota_usages).where(quota_usages.c.project_id == project_id))
    return {row["resource"]: row["used"] for row in rows}


def set_limits(tx: Transaction, project_id: str, values: Amounts) -> None:
    for resource, maximum in values.items():
        tx.execute(sa.delete(quota_limits).where(quota_limits.c.project_id == project_id,
                                                 quota_limits.c.resource == resource))  # fmt: skip
        tx.execute(sa.insert(quota_limits).values(project_id=project_id, resource=resource, maximum=maximum))


def drop_limits(tx: Transaction, project_id: str, resources: list[str]) -> None:
    """A project has no limits of its own of these from now on."""
    its = (quota_limits.c.project_id == project_id, quota_limits.c.resource.in_(resources))
    tx.execute(sa.delete(quota_limits).where(*its))


def take(tx: Transaction, project_id: str, amounts: Amounts, defaults: Amounts) -> None:
    """Add `amounts` to the usage, all or none: a refusal must roll the caller's transaction back. Raises QuotaExceeded
    (resource, limit, used, asked)."""
    found = _add(tx, project_id, amounts, 1)
    if len(found) < len(amounts):
        _make_rows(tx, project_id, amounts)
        missing = {name: number for name, number in amounts.items() if name not in found}
        found |= _add(tx, project_id, missing, 1)
    used = {name: used - amounts[name] for name, (used, _) in found.items()}
    check(amounts, used, {**defaults, **{name: most for name, (_, most) in found.items() if most is not None}})


def give(tx: Transaction, project_id: str, amounts: Amounts) -> None:
    """Take `amounts` off the usage."""
    _add(tx, project_id, amounts, -1)


def _add(tx: Transaction, project_id: str, amounts: Amounts, sign: int) -> dict[str, tuple[int, int | None]]:
    """{resource: (usage after it, the limit that is written down)} of those that have a row."""
    deltas = {f"of_{name}": sign * number for name, number in amounts.items()}
    rows = tx.execute(_adding(tuple(amounts)), {"project": project_id, **deltas})
    return {resource: (used, most) for resource, used, most in rows}


@functools.cache
def _adding(names: tuple[str, ...]) -> Any:
    """One statement for all; made once for each set of names, since it is on the path of every boot. Everybody holds
    the rows in one order first: an update of several rows takes them in any order, and two of those deadlock."""
    table = quota_usages.c
    mine = sa.select(table.project_id, table.resource).where(
        table.project_id == sa.bindparam("project"), table.resource.in_(names)
    )
    held = mine.order_by(table.resource).with_for_update().cte("held")
    deltas = {name: sa.bindparam(f"of_{name}", type_=sa.BigInteger) for name in names}
    return (
        sa.update(quota_usages)
        .where(table.project_id == held.c.project_id, table.resource == held.c.resource)
        .values(used=table.used + sa.case(deltas, value=table.resource))
        .returning(table.resource, table.used, sa.func.coalesce(_most(table.project_id), _most(CLASS)))
    )


# by other names than quota_usages has: in what SQLite returns, SQLAlchemy leaves the tables of columns out
_NAMED = sa.select(
    quota_limits.c.project_id.label("whose"), quota_limits.c.resource.label("what"),
    quota_limits.c.maximum.label("most"),
).subquery("named")  # fmt: skip


def _most(whose: Any) -> Any:
    """The limit written down for a project, of the resource at hand."""
    found = sa.select(_NAMED.c.most).where(_NAMED.c.whose == whose, _NAMED.c.what == quota_usages.c.resource)
    return found.correlate(quota_usages).scalar_subquery()


def _ceiling(limit: int) -> int:
    return limit if limit >= 0 else 2**62


def _make_rows(tx: Transaction, project_id: str, amounts: Amounts) -> None:
    kind = postgresql if tx.dialect == "postgresql" else sqlite
    rows = [{"project_id": project_id, "resource": name, "used": 0} for name in amounts]
    tx.execute(kind.insert(quota_usages).values(rows).on_conflict_do_nothing())


def check(amounts: Amounts, used: Amounts, allowed: Amounts) -> None:
    """Raises QuotaExceeded when `amounts` more would be over a limit."""
    over = [name for name in amounts if used.get(name, 0) + amounts[name] > _ceiling(allowed.get(name, -1))]
    if not over:
        return
    names = ", ".join(over)
    asked = ", ".join(str(amounts[name]) for name in over)
    have = ", ".join(str(used.get(name, 0)) for name in over)
    most = ", ".join(str(allowed.get(name)) for name in over)
    raise QuotaExceeded(
        f"Quota exceeded for {names}: Requested {asked}, but already used {have} of {most} {names}", over[0],
        resource=over[0], limit=allowed.get(over[0]), used=used.get(over[0], 0), asked=amounts[over[0]],
    )  # fmt: skip
