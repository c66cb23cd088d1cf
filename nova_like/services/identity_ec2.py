"""EC2 access keys: a user's, for one project. Secrets lie sealed in the database and are shown to their user only."""

import hashlib
from typing import Any

from nova_like import concurrency
from nova_like.db import credentials, projects, users
from nova_like.db.engine import Database
from nova_like.model.context import Context
from nova_like.model.errors import Forbidden, NotFound, Unauthenticated
from nova_like.services import identity_delegation, identity_login, identity_roles
from nova_like.services.identity_delegation import By
from nova_like.services.identity_keys import Keys
from nova_like.services.identity_memory import Memory

Row = dict[str, Any]
Rows = list[Row]
ACCESS, SECRET = 32, 40  # characters
MOST = 100  # credentials of one user, access keys and others


class Ec2Credentials:
    """Rows come out with `secret`, in clear."""

    def __init__(self, db: Database, policy: Any, keys: Keys, seconds: float) -> None:
        self._db, self._policy, self._keys = db, policy, keys
        self._known = Memory(seconds)

    def create(self, ctx: Context, user_id: str, project_id: str) -> Row:
        """A new key pair for a project where that user has a role. Raises Forbidden for somebody else's user, NotFound
        for a project that is not his."""
        self._own(ctx, user_id)
        by = delegated(ctx, user_id)

        def insert(tx: Any) -> Row:
            check_room(tx, user_id)
            if not identity_roles.effective(tx, user_id, ("project", project_id)):
                raise NotFound("project", project_id, f"Could not find project: {project_id[:64]}.")
            row = {"access": concurrency.secret(ACCESS).lower(), "user_id": user_id, "project_id": project_id, **by}
            row["id"] = hashlib.sha256(row["access"].encode()).hexdigest()
            secret = concurrency.secret(SECRET)
            row["sealed_secret"] = self._keys.seal(secret.encode())
            credentials.insert(tx, row)
            return row  # sealed: it may be kept under an idempotency key

        return self._opened(self._db.transact(insert))

    def list(self, ctx: Context, user_id: str) -> list[Row]:
        self._own(ctx, user_id)
        return [self._opened(row) for row in self._db.read(lambda tx: credentials.list_of_user(tx, user_id))]

    def get(self, ctx: Context, user_id: str, access: str) -> Row:
        """Raises NotFound; Forbidden for somebody else's user."""
        self._own(ctx, user_id)
        row = self._db.read(lambda tx: credentials.get(tx, access))
        if row is None or row["user_id"] != user_id:
            raise NotFound("credential", access, f"Could not find credential: {access[:64]}.")
        return self._opened(row)

    def delete(self, ctx: Context, user_id: str, access: str) -> None:
        self.get(ctx, user_id, access)
        self._db.transact(lambda tx: credentials.delete(tx, access))
        self._known.forget(access)

    def key(self, access: str) -> tuple[str, Context] | None:
        """(secret, caller) for the check of a signature; None for a key that opens nothing now."""
        try:
            return self._known.get(access, lambda: self._look_up(access))
        except NotFound:
            return None

    def forget(self, access: str) -> None:
        """A key was changed or deleted elsewhere."""
        self._known.forget(access)

    def _look_up(self, access: str) -> tuple[str, Context]:
        with self._db.reading() as tx:
            row = credentials.get(tx, access)
            user = users.get(tx, row["user_id"]) if row else None
            project = projects.get(tx, row["project_id"]) if row else None
            if row is None or user is None or project is None:
                raise NotFound("credential")
            if not identity_login.usable(user, concurrency.now().timestamp()):
                raise NotFound("credential")
            roles = self._roles(tx, row)
        if not roles or not project["enabled"] or not project["domain_enabled"]:
            raise NotFound("credential")
        return self._opened(row)["secret"], _context(user, project, roles, row)

    def _roles(self, tx: Any, row: Row) -> Rows:
        """Of the key's user by what the key was made. None by a credential that is bound to requests of other APIs."""
        by, now = By(row["trust_id"] or "", row["application_credential_id"] or ""), concurrency.now().timestamp()
        try:
            found = identity_delegation.standing(tx, row["user_id"], ("project", row["project_id"]), by, now)
        except Unauthenticated:
            return []
        return [] if (found.application_credential or {}).get("access_rules") else found.roles

    def _own(self, ctx: Context, user_id: str) -> None:
        if user_id != ctx.user_id:
            self._policy.check(ctx, "identity:ec2_credentials:others")

    def _opened(self, row: Row) -> Row:
        return {**row, "secret": self._keys.open(row["sealed_secret"]).decode()}


def check_room(tx: Any, user_id: str) -> None:
    """Raises Forbidden for a user who has as many credentials as he may."""
    if credentials.KEYS.count(tx, user_id=user_id) + credentials.OTHERS.count(tx, user_id=user_id) >= MOST:
        raise Forbidden(f"Unable to create additional credentials, maximum of {MOST} already exceeded for user.")


def delegated(ctx: Context, user_id: str) -> Row:
    """By what a key is made that this caller makes. Raises Forbidden for one who was delegated only his own."""
    if ctx.restricted and user_id != ctx.user_id:
        raise Forbidden("You are not authorized to perform the requested action.")
    return {"trust_id": ctx.trust_id or None, "application_credential_id": ctx.application_credential_id or None}


def _context(user: Row, project: Row, roles: list[Row], key: Row) -> Context:
    return Context(
        user_id=user["id"], user_name=user["name"], user_domain_id=user["domain_id"], project_id=project["id"],
        project_name=project["name"], project_domain_id=project["domain_id"],
        roles=tuple(role["name"] for role in roles), trust_id=key["trust_id"] or "",
        application_credential_id=key["application_credential_id"] or "",
        restricted=bool(key["trust_id"] or key["application_credential_id"]),
    )  # fmt: skip
