"""Who logs in, and for which scope: turns a login into a user and a scope, or into one uniform refusal.

Issues no token (identity.py does). Every refusal reads the same, so that nobody learns which users exist.
"""

from dataclasses import dataclass, field
from typing import Any

from nova_like.db import application_credentials, domains, projects, users
from nova_like.db.engine import Transaction
from nova_like.model.errors import Unauthenticated

Row = dict[str, Any]
CREDENTIAL = "application_credential"
REFUSED = "The request you have made requires authentication."


@dataclass(frozen=True)
class Named:
    """A user, project or domain by id, or by name in a domain (itself by id or name)."""

    id: str | None = None
    name: str | None = None
    domain_id: str | None = None
    domain_name: str | None = None


@dataclass(frozen=True)
class Login:
    """`methods` are the ones asked for; `scope_kind`: project, domain, system, trust, unscoped, or default (the
    user's)."""

    methods: tuple[str, ...]
    user: Named = Named()
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    credential: Named = Named()  # an application credential, by name in its user
    secret: str | None = field(default=None, repr=False)
    scope_kind: str = "default"
    scope: Named = Named()


def refusal() -> Unauthenticated:
    return Unauthenticated(REFUSED)


def find_user(tx: Transaction, named: Named) -> Row | None:
    if named.id is not None:
        return users.get(tx, named.id)
    domain_id = _domain_id(tx, named)
    if named.name is None or domain_id is None:
        return None
    return users.by_name(tx, named.name, domain_id)


def find_credential(tx: Transaction, login: Login) -> Row | None:
    """The application credential of a login, named by id, or by name and user."""
    if login.credential.id is not None:
        return application_credentials.get(tx, login.credential.id)
    user = find_user(tx, login.user)
    if user is None or login.credential.name is None:
        return None
    return application_credentials.by_name(tx, user["id"], login.credential.name)


def usable(user: Row | None, now: float) -> bool:
    """Whether this user may log in and be: enabled, in an enabled domain, password not run out."""
    if user is None or not user["enabled"] or not user["domain_enabled"]:
        return False
    return user["password_expires_at"] is None or user["password_expires_at"] > now


def find_scope(tx: Transaction, kind: str, named: Named, user: Row) -> tuple[str, str]:
    """(kind, id) of the scope that is asked for; whether the user has a role there is not judged here.
    Raises Unauthenticated for one that does not exist."""
    if kind == "system":
        return "system", "all"
    if kind == "domain":
        domain_id = _domain_id(tx, Named(domain_id=named.id, domain_name=named.name))
        if domain_id is None:
            raise refusal()
        return "domain", domain_id
    if kind == "project":
        return "project", _project_id(tx, named)
    if kind == "default" and user["default_project_id"]:
        return "project", user["default_project_id"]
    return "", ""


def _project_id(tx: Transaction, named: Named) -> str:
    if named.id is not None:
        found = projects.get(tx, named.id)
    else:
        domain_id = _domain_id(tx, named)
        found = projects.by_name(tx, named.name, domain_id) if named.name and domain_id else None
    if found is None:
        raise refusal()
    return found["id"]


def _domain_id(tx: Transaction, named: Named) -> str | None:
    if named.domain_id is not None:
        found = domains.get(tx, named.domain_id)
        return found["id"] if found else None
    if named.domain_name is not None:
        rows = domains.list_domains(tx, {"name": named.domain_name})
        return rows[0]["id"] if rows else None
    return None
