"""What somebody may do now: by his own roles, by a trust, or by an application credential. Asked for every token and
access key, so whatever a delegation stands on takes it along when it goes."""

from dataclasses import dataclass
from typing import Any

from nova_like.db import application_credentials, trusts, users
from nova_like.db.engine import Transaction
from nova_like.services import identity_login, identity_roles

Row = dict[str, Any]
Scope = tuple[str, str]


@dataclass(frozen=True)
class By:
    """Ids of the trust or the application credential that is acted by; empty: by oneself."""

    trust_id: str = ""
    application_credential_id: str = ""


@dataclass(frozen=True)
class Standing:
    """`roles` are rows, those implied included."""

    roles: list[Row]
    trust: Row | None = None
    application_credential: Row | None = None

    @property
    def is_restricted(self) -> bool:
        """Whether nothing may be handed out further."""
        credential = self.application_credential
        return self.trust is not None or (credential is not None and not credential["unrestricted"])


def standing(tx: Transaction, user_id: str, scope: Scope, by: By, now: float) -> Standing:
    """Of this user in this scope. Raises Unauthenticated where the delegation holds no more."""
    if by.trust_id:
        return _by_trust(tx, user_id, scope, by.trust_id, now)
    if by.application_credential_id:
        return _by_credential(tx, user_id, scope, by.application_credential_id, now)
    return Standing(identity_roles.effective(tx, user_id, scope))


def _by_trust(tx: Transaction, user_id: str, scope: Scope, id: str, now: float) -> Standing:
    row = trusts.TRUSTS.get(tx, id)
    if row is None or is_over(row, now) or scope != ("project", row["project_id"]):
        raise identity_login.refusal()
    if row["redelegated_trust_id"] and trusts.TRUSTS.get(tx, row["redelegated_trust_id"]) is None:
        raise identity_login.refusal()
    if user_id != row["trustor_user_id" if row["impersonation"] else "trustee_user_id"]:
        raise identity_login.refusal()
    if not all(identity_login.usable(users.get(tx, row[f"{who}_user_id"]), now) for who in ("trustor", "trustee")):
        raise identity_login.refusal()
    held = {role["id"] for role in identity_roles.effective(tx, row["trustor_user_id"], scope)}
    if not set(row["role_ids"]) <= held:  # the trustor cannot give any more what he gave
        raise identity_login.refusal()
    return Standing(identity_roles.expand(tx, set(row["role_ids"])), trust=row)


def _by_credential(tx: Transaction, user_id: str, scope: Scope, id: str, now: float) -> Standing:
    row = application_credentials.get(tx, id)
    if row is None or is_over(row, now) or scope != ("project", row["project_id"]) or user_id != row["user_id"]:
        raise identity_login.refusal()
    held = {role["id"] for role in identity_roles.effective(tx, user_id, scope)}
    left = set(row["role_ids"]) & held
    if not left:
        raise identity_login.refusal()
    return Standing(identity_roles.expand(tx, left), application_credential=row)


def is_over(row: Row, now: float) -> bool:
    return row["expires_at"] is not None and row["expires_at"] <= now
