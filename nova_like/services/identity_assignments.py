"""The list of role assignments: as they were given, or as they take effect. Everybody may ask for his own."""

from dataclasses import dataclass
from typing import Any

from nova_like.db import assignment_names, project_tree, projects
from nova_like.db import assignments as rows
from nova_like.db.engine import Database, Transaction
from nova_like.model.context import Context
from nova_like.model.errors import Invalid
from nova_like.services import identity_access as access
from nova_like.services.identity_effect import Effect

Row = dict[str, Any]
Rows = list[Row]


@dataclass(frozen=True)
class Wanted:
    """Filters; None is none. `subtree` takes in the projects below `project_id`."""

    user_id: str | None = None
    group_id: str | None = None
    role_id: str | None = None
    project_id: str | None = None
    domain_id: str | None = None
    system: bool = False
    inherited: bool = False
    effective: bool = False
    subtree: bool = False

    def check(self) -> None:
        """Raises Invalid for filters that cannot go together."""
        places = (self.project_id is not None, self.domain_id is not None, self.system)
        for wrong, reason in (
            (self.user_id is not None and self.group_id is not None, "user and group"),
            (sum(places) > 1, "two scopes"), (self.effective and self.group_id is not None, "effective and group"),
            (self.effective and self.inherited and self.domain_id is not None, "effective, domain and inherited"),
        ):  # fmt: skip
            if wrong:
                raise Invalid(f"These filters cannot be combined: {reason}.", field="scope")
        if self.subtree and self.project_id is None:
            raise Invalid("include_subtree needs scope.project.id.", field="include_subtree")


class Assignments:
    def __init__(self, db: Database, policy: Any) -> None:
        self._db, self._policy = db, policy

    def list(self, ctx: Context, wanted: Wanted, names: bool = False) -> Rows:
        """Rows of assignments, with `names` those of their actor, role and target beside them (`actor`, `role`,
        `target`). Effective ones are users' only, and say in `source` where they come from. With a token of a domain,
        those of things in it."""
        wanted.check()
        with self._db.reading() as tx:
            self._may(tx, ctx, wanted)
            places = _projects(tx, wanted)
            if wanted.effective:
                found = _effective(tx, wanted, places, access.realm(ctx))
            else:
                found = rows.find(tx, **_given(wanted, places), realm=access.realm(ctx))
            return assignment_names.beside(tx, found) if names else found

    def _may(self, tx: Transaction, ctx: Context, wanted: Wanted) -> None:
        if wanted.subtree:
            domain_id = access.domain_of(projects.get(tx, wanted.project_id or ""))
            if ctx.domain_id or not ctx.is_admin:
                access.check(self._policy, ctx, "identity:assignments:list_tree", domain_id)
        elif not ctx.user_id or wanted.user_id != ctx.user_id:
            access.check(self._policy, ctx, "identity:assignments:list", ctx.domain_id)


def _projects(tx: Transaction, wanted: Wanted) -> set[str] | None:
    """Ids of the projects that are asked for; None: no filter."""
    if wanted.project_id is None:
        return None
    below = project_tree.subtree(tx, wanted.project_id) if wanted.subtree else []
    return {wanted.project_id, *(row["id"] for row in below)}


def _given(wanted: Wanted, places: set[str] | None) -> Row:
    kinds = {"below", "within"} if wanted.inherited else None
    if places is not None:
        kinds = ({"project", "below"}) & (kinds or {"project", "below"})
    elif wanted.domain_id is not None:
        kinds, places = ({"domain", "within"}) & (kinds or {"domain", "within"}), {wanted.domain_id}
    elif wanted.system:
        kinds = {"system"} & (kinds or {"system"})
    return {"actor_id": wanted.user_id or wanted.group_id, "role_id": wanted.role_id, "kinds": kinds,
            "target_ids": places}  # fmt: skip


def _effective(tx: Transaction, wanted: Wanted, places: set[str] | None, realm: str | None) -> Rows:
    sources = rows.find(tx, user_id=wanted.user_id, kinds={"below", "within"} if wanted.inherited else None)
    found = Effect(tx, sources).rows(wanted.user_id)
    kind = "domain" if wanted.domain_id is not None else "system" if wanted.system else None
    return [
        row for row in found
        if wanted.role_id in (None, row["role_id"]) and (places is None or row["target_id"] in places)
        and kind in (None, row["target_kind"]) and wanted.domain_id in (None, row["target_id"])
        and (realm is None or row["domain_id"] == realm)
    ]  # fmt: skip
