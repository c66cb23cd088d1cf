"""What a token says, and its form: msgpack sealed by the Fernet keys. Knows no database."""

from dataclasses import dataclass, field
from typing import Any

import msgspec

from nova_like import concurrency
from nova_like.model.context import Context
from nova_like.model.errors import Unauthenticated
from nova_like.services.identity_keys import Keys

FORM = 1
MAX_TOKEN = 1024


@dataclass(frozen=True)
class Claims:
    """`scope` is (kind, id): project, domain, system or none ("", ""). Times are seconds since 1970."""

    user_id: str
    methods: tuple[str, ...]
    scope: tuple[str, str]
    issued_at: float
    expires_at: float
    audit_ids: tuple[str, ...]  # its own, then the one of the login that it descends from


@dataclass(frozen=True)
class Token:
    """A token with all that is true of it now. `roles` are rows, expanded by implication."""

    id: str = field(repr=False)
    claims: Claims
    user: dict[str, Any]
    target: dict[str, Any] | None  # the row of the project or domain in scope
    roles: list[dict[str, Any]]

    def context_for(self, request_id: str) -> Context:
        """The caller whom this token stands for, under a request's id."""
        kind, id = self.claims.scope
        target = self.target or {}
        return Context(
            request_id=request_id, user_id=self.user["id"], user_name=self.user["name"],
            user_domain_id=self.user["domain_id"],
            project_id=id if kind == "project" else "",
            project_name=target.get("name", "") if kind == "project" else "",
            project_domain_id=target.get("domain_id", "") if kind == "project" else "",
            domain_id=id if kind == "domain" else "", system=kind == "system",
            roles=tuple(role["name"] for role in self.roles), token_id=self.id,
        )  # fmt: skip


def new_audit_id() -> str:
    return concurrency.secret(22)


def write(keys: Keys, claims: Claims) -> str:
    """The token that carries these claims."""
    values = (FORM, claims.user_id, claims.methods, claims.scope, claims.issued_at, claims.expires_at, claims.audit_ids)
    return keys.seal(msgspec.msgpack.encode(values))


def read(keys: Keys, token: str) -> Claims:
    """The claims of a token that these keys sealed, whatever their time. Raises Unauthenticated."""
    if len(token) > MAX_TOKEN:
        raise Unauthenticated("The token is not valid.")
    try:
        form, user_id, methods, scope, issued, expires, audit = msgspec.msgpack.decode(keys.open(token))
    except (msgspec.DecodeError, TypeError, ValueError):
        raise Unauthenticated("The token is not valid.") from None  # sealed by us, but no token: a stored secret
    if form != FORM:
        raise Unauthenticated("The token is of an unknown form.")
    return Claims(user_id, tuple(methods), (scope[0], scope[1]), issued, expires, tuple(audit))
