"""The service catalogue as a token shows it."""

import re
from typing import Any

from nova_like.db import catalog
from nova_like.services.identity_memory import Memory

_PROJECT = re.compile(r"[$%]\((?:project|tenant)_id\)s")


class Catalog:
    """Endpoint URLs may hold `$(project_id)s`; endpoints that need a project are left out where there is none."""

    def __init__(self, db: Any, seconds: float) -> None:
        self._db, self._memory = db, Memory(seconds)
        self.changed = self._memory.forget

    def of(self, project_id: str) -> list[dict[str, Any]]:
        """[{id, type, name, endpoints: [{id, interface, region, region_id, url}]}]."""
        rows = self._memory.get("", lambda: self._db.read(catalog.list_endpoints))
        found: dict[str, dict[str, Any]] = {}
        for row in rows:
            if _PROJECT.search(row["url"]) and not project_id:
                continue
            service = found.setdefault(row["service_id"], _service(row))
            service["endpoints"].append(_endpoint(row, project_id))
        return list(found.values())


def _service(row: dict[str, Any]) -> dict[str, Any]:
    return {"id": row["service_id"], "type": row["type"], "name": row["name"], "endpoints": []}


def _endpoint(row: dict[str, Any], project_id: str) -> dict[str, Any]:
    return {
        "id": row["id"], "interface": row["interface"], "region": row["region_id"] or None,
        "region_id": row["region_id"] or None, "url": _PROJECT.sub(lambda _: project_id, row["url"]),
    }  # fmt: skip
