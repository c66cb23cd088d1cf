"""Projects by where they stand: below which others, above which others. A tree's root has its domain as parent."""

from typing import Any

import sqlalchemy as sa

from nova_like.db.engine import Transaction
from nova_like.db.schema.identity import projects

Row = dict[str, Any]
SHOWN = (projects.c.id, projects.c.parent_id, projects.c.name, projects.c.enabled)


def parents(tx: Transaction, project_id: str) -> list[Row]:
    """{id, parent_id, name, enabled} of all projects above, the nearest first."""
    up = sa.select(*SHOWN, sa.literal(0).label("steps")).where(projects.c.id == project_id).cte("up", recursive=True)
    joined = sa.join(projects, up, projects.c.id == up.c.parent_id)
    walk = up.union_all(sa.select(*SHOWN, (up.c.steps + 1)).select_from(joined))
    return tx.rows(sa.select(walk).where(walk.c.steps > 0).order_by(walk.c.steps))


def subtree(tx: Transaction, project_id: str) -> list[Row]:
    """{id, parent_id, name, enabled} of all projects below, no child before its parent."""
    first = sa.select(*SHOWN, sa.literal(1).label("steps")).where(projects.c.parent_id == project_id)
    down = first.cte("down", recursive=True)
    joined = sa.join(projects, down, projects.c.parent_id == down.c.id)
    walk = down.union_all(sa.select(*SHOWN, (down.c.steps + 1)).select_from(joined))
    return tx.rows(sa.select(walk).order_by(walk.c.steps, walk.c.name, walk.c.id))


def every(tx: Transaction) -> list[Row]:
    """{id, parent_id, domain_id} of all projects."""
    return tx.rows(sa.select(projects.c.id, projects.c.parent_id, projects.c.domain_id))


def has_children(tx: Transaction, project_id: str) -> bool:
    return tx.scalar(sa.select(projects.c.id).where(projects.c.parent_id == project_id).limit(1)) is not None
