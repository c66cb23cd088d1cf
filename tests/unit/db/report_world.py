"""Reports of many hosts, and a look at which statements the database library had to compile for them."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import CacheStats

from nova_like.db import hosts
from nova_like.db.engine import Database


def reports(number: int) -> list[dict[str, Any]]:
    """Rows as `hosts.upsert` takes them."""
    own = {"kind": "compute", "address": "a", "boot_id": "b", "vcpus": 4, "ram_mib": 512, "disk_gib": 8}
    return [{**own, "name": f"r{n}", "facts": {"n": n}} for n in range(number)]


def cache_hits(db: Database, numbers: tuple[int, ...]) -> list[bool]:
    """Of each write of so many reports, one after the other: whether its statement was there already."""
    hits = []

    def look(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if statement.startswith("INSERT INTO hosts"):
            hits.append(context.cache_hit is CacheStats.CACHE_HIT)

    sa.event.listen(db.engine, "before_cursor_execute", look)
    try:
        for number in numbers:
            db.transact(lambda tx, number=number: hosts.upsert(tx, reports(number)))  # type: ignore[misc]
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", look)
    return hits
