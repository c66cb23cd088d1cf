"""Roles given to users and groups on projects, domains and the system, or inherited by the projects below (OS-INHERIT).
A manager of a domain gives only the roles below admin, and only of things and people in his domain."""

from dataclasses import dataclass
from typing import Any

from nova_like.db import assignments as rows
from nova_like.db import domains, projects, roles, user_groups, users
from nova_like.db.engine import Database, Transaction
from nova_like.model.context import Context
from nova_like.model.errors import Forbidden, Invalid, NotFound
from nova_like.services import identity_access as access
from nova_like.services import identity_roles

Row = dict[str, Any]
Rows = list[Row]
INHERITED = {"project": "below", "domain": "within"}
FIND = {"project": projects.get, "domain": domains.get, "user": users.get, "group": user_groups.ROWS.get}


@dataclass(frozen=True)
class Place:
    """Where and to whom: `target` is project, domain or system; `actor` is user or group."""

    target: str
    target_id: str
    actor: str
    actor_id: str
    inherited: bool = False

    @property
    def kind(self) -> str:
        return INHERITED[self.target] if self.inherited else self.target


class Grants:
    """Raises NotFound for what is not there; Forbidden alike for what is not the caller's."""

    def __init__(self, db: Database, policy: Any) -> None:
        self._db, self._policy = db, policy

    def list(self, ctx: Context, place: Place) -> Rows:
        """The roles given there, in order of name."""
        with self._db.reading() as tx:
            self._judge(tx, ctx, "list", place)
            given = rows.role_ids(tx, place.actor_id, place.kind, place.target_id)
            return [row for row in roles.every(tx) if row["id"] in given]

    def check(self, ctx: Context, place: Place, role_id: str) -> None:
        """Raises NotFound for a role that is not given there."""
        with self._db.reading() as tx:
            self._judge(tx, ctx, "show", place, role_id)
            if role_id not in rows.role_ids(tx, place.actor_id, place.kind, place.target_id):
                raise _not_given(role_id)

    def give(self, ctx: Context, place: Place, role_id: str) -> None:
        """Again it changes nothing. A role of a domain is given on no project of another."""

        def write(tx: Transaction) -> None:
            target, role = self._judge(tx, ctx, "create", place, role_id)
            self._check_managed(tx, ctx, role)
            if role["domain_id"] is not None and place.target == "system":
                raise Invalid("A role of a domain cannot be given on the system.", "role", field="role_id")
            if place.target == "project" and role["domain_id"] not in (None, _domain_of(place, target)):
                raise Forbidden("A role of a domain is given only on projects of that domain.")
            rows.grant(tx, place.actor_id, place.kind, place.target_id, role_id, place.actor)

        self._db.transact(write)

    def take(self, ctx: Context, place: Place, role_id: str) -> None:
        """Raises NotFound for a role that is not given there."""

        def leave(tx: Transaction) -> None:
            _, role = self._judge(tx, ctx, "delete", place, role_id)
            self._check_managed(tx, ctx, role)
            if not rows.revoke(tx, place.actor_id, place.kind, place.target_id, role_id):
                raise _not_given(role_id)

        self._db.transact(leave)

    def _judge(self, tx: Transaction, ctx: Context, verb: str, place: Place,
               role_id: str | None = None) -> tuple[Row, Row]:  # fmt: skip
        """The rows of target and role ({} for none of them)."""
        actor = FIND[place.actor](tx, place.actor_id)
        role = roles.get(tx, role_id) if role_id is not None else {}
        target: Row | None = {}
        if place.target == "system":
            self._policy.check(ctx, f"identity:system_grants:{verb}")
        else:
            target = FIND[place.target](tx, place.target_id)
            whose = [_domain_of(place, target), access.domain_of(actor)]
            whose += [role["domain_id"]] if role and role["domain_id"] else []
            access.check(self._policy, ctx, f"identity:grants:{verb}", *whose)
        access.found(place.actor, place.actor_id, actor)
        return access.found(place.target, place.target_id, target), access.found("role", role_id or "", role)

    def _check_managed(self, tx: Transaction, ctx: Context, role: Row) -> None:
        if not ctx.is_admin and not identity_roles.is_managed(tx, role):
            raise Forbidden("Only an admin may give or take this role.")


def _domain_of(place: Place, target: Row | None) -> str | None:
    if not target:
        return None
    return str(target["id"] if place.target == "domain" else target["domain_id"])


def _not_given(role_id: str) -> NotFound:
    return NotFound("role", role_id, f"Could not find role assignment with role: {role_id[:64]}.")
