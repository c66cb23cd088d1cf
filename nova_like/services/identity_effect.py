"""What assignments come to: to whom of a group, on which of the projects below, with which roles implied. Reads what it
needs of all of them at once."""

from collections.abc import Iterator
from typing import Any

from nova_like.db import project_tree, roles, user_groups
from nova_like.db.engine import Transaction

Row = dict[str, Any]
Rows = list[Row]


class Effect:
    """Of these assignments, the rows of db.assignments."""

    def __init__(self, tx: Transaction, sources: Rows) -> None:
        self._sources = sources
        groups = {row["actor_id"] for row in sources if row["actor_kind"] == "group"}
        self._members = user_groups.members(tx, groups)
        self._projects = {row["id"]: row for row in project_tree.every(tx)}
        self._below: dict[str, Rows] = {}
        self._within: dict[str, Rows] = {}
        for row in self._projects.values():
            self._below.setdefault(row["parent_id"], []).append(row)
            self._within.setdefault(row["domain_id"], []).append(row)
        self._everywhere = {row["id"] for row in roles.list_roles(tx)}
        self._implied: dict[str, set[str]] = {}
        for prior, implied in roles.implications(tx):
            self._implied.setdefault(prior, set()).add(implied)

    def rows(self, user_id: str | None) -> Rows:
        """{actor_kind: user, actor_id, role_id, target_kind, target_id, domain_id, source}, each once; of one user."""
        found: dict[tuple[str, ...], Row] = {}
        for source in self._sources:
            people = self._members.get(source["actor_id"], []) if source["actor_kind"] == "group" else [
                source["actor_id"]
            ]  # fmt: skip
            for kind, id, domain_id in self._targets(source):
                for role_id in self._roles(source["role_id"]):
                    for person in people:
                        if user_id in (None, person):
                            row = {"actor_kind": "user", "actor_id": person, "role_id": role_id, "target_kind": kind,
                                   "target_id": id, "domain_id": domain_id, "source": source}  # fmt: skip
                            found.setdefault((person, kind, id, role_id), row)
        return [found[key] for key in sorted(found)]

    def _targets(self, source: Row) -> Iterator[tuple[str, str, str | None]]:
        """(kind, id, its domain) of what an assignment is on."""
        kind, id = source["target_kind"], source["target_id"]
        if kind == "project":
            project = self._projects.get(id)
            yield kind, id, project["domain_id"] if project else None
        elif kind in ("domain", "system"):
            yield kind, id, id if kind == "domain" else None
        else:
            for row in self._within.get(id, []) if kind == "within" else self._all_below(id):
                yield "project", row["id"], row["domain_id"]

    def _all_below(self, project_id: str) -> Iterator[Row]:
        for row in self._below.get(project_id, []):
            yield row
            yield from self._all_below(row["id"])

    def _roles(self, role_id: str) -> list[str]:
        """A role and all that it implies, without those of domains."""
        known, more = set(), {role_id}
        while more:
            known |= more
            more = {implied for id in more for implied in self._implied.get(id, ())} - known
        return sorted(known & self._everywhere)
