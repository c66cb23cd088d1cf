"""For whom and for what a token is asked: user, scope, by what delegation, and until when at the latest. Judges what a
delegation lets one ask for; what it is worth now is identity_delegation's."""

import math
from dataclasses import dataclass
from typing import Any

from nova_like.db import trusts
from nova_like.db.engine import Transaction
from nova_like.model.errors import Forbidden
from nova_like.services import identity_delegation, identity_login, identity_roles
from nova_like.services.identity_delegation import By
from nova_like.services.identity_login import Login, refusal
from nova_like.services.identity_tokens import Token

Row = dict[str, Any]


@dataclass(frozen=True)
class Aim:
    """`until`: seconds since 1970."""

    user_id: str
    scope: tuple[str, str]
    by: By = By()
    until: float = math.inf


def find(
    tx: Transaction, login: Login, user: Row, parent: Token | None, credential: Row | None, now: float
) -> Aim:  # fmt: skip
    """Of a login that `user` has proven. Raises Unauthenticated, and Forbidden to leave the scope of a trust."""
    if credential is not None:
        return _of_credential(login, user, credential)
    if parent is not None and parent.claims.by != By():
        return _of_delegated(login, parent)
    if login.scope_kind == "trust":
        return _of_trust(tx, login, user, now)
    scope = identity_login.find_scope(tx, login.scope_kind, login.scope, user)
    if login.scope_kind == "default" and not identity_roles.effective(tx, user["id"], scope):
        scope = ("", "")
    return Aim(user["id"], scope)


def _of_credential(login: Login, user: Row, row: Row) -> Aim:
    """It has a scope of its own, and proves nothing beside other methods."""
    if login.scope_kind != "default" or len(login.methods) > 1:
        raise refusal()
    by = By(application_credential_id=row["id"])
    return Aim(user["id"], ("project", row["project_id"]), by, row["expires_at"] or math.inf)


def _of_delegated(login: Login, parent: Token) -> Aim:
    """A token of a token that was delegated: the same once more."""
    if parent.claims.by.trust_id:
        raise Forbidden("A token of a trust gives no other token.")
    if login.scope_kind not in ("default", "project") or (
        login.scope_kind == "project" and login.scope.id != parent.claims.scope[1]
    ):
        raise refusal()
    return Aim(parent.user["id"], parent.claims.scope, parent.claims.by)


def _of_trust(tx: Transaction, login: Login, user: Row, now: float) -> Aim:
    row = trusts.TRUSTS.get(tx, login.scope.id or "")
    if row is None or row["trustee_user_id"] != user["id"] or identity_delegation.is_over(row, now):
        raise refusal()
    if row["remaining_uses"] == 0:
        raise refusal()
    whose = row["trustor_user_id"] if row["impersonation"] else user["id"]
    return Aim(whose, ("project", row["project_id"]), By(trust_id=row["id"]), row["expires_at"] or math.inf)
