"""What a token says, and its form: msgpack sealed by the Fernet keys. Knows no database."""

from dataclasses import dataclass, field
from typing import Any

import msgspec

from nova_like import concurrency
from nova_like.model.context import Context
from nova_like.model.errors import Unauthenticated
from nova_like.services import identity_access_rules
from nova_like.services.identity_delegation import By, Standing
from nova_like.services.identity_keys import Keys

FORM, FORM_BY = 1, 2  # the second also says by what it was delegated
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
    by: By = By()


@dataclass(frozen=True)
class Token:
    """A token with all that is true of it now."""

    id: str = field(repr=False)
    claims: Claims
    user: dict[str, Any]
    target: dict[str, Any] | None  # the row of the project or domain in scope
    standing: Standing

    @property
    def roles(self) -> list[dict[str, Any]]:
        """Rows, expanded by implication."""
        return self.standing.roles

    def permits(self, mount: str, method: str, path: str) -> bool:
        """Whether this request may be made with it: an application credential may be bound to some."""
        rules = (self.standing.application_credential or {}).get("access_rules")
        return not rules or identity_access_rules.permits(rules, mount, method, path)

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
            restricted=self.standing.is_restricted, trust_id=self.claims.by.trust_id,
            application_credential_id=self.claims.by.application_credential_id,
        )  # fmt: skip


def new_audit_id() -> str:
    return concurrency.secret(22)


def write(keys: Keys, claims: Claims) -> str:
    """The token that carries these claims."""
    said = (claims.user_id, claims.methods, claims.scope, claims.issued_at, claims.expires_at, claims.audit_ids)
    by = (claims.by.trust_id, claims.by.application_credential_id)
    return keys.seal(msgspec.msgpack.encode((FORM_BY, *said, by) if any(by) else (FORM, *said)))


def read(keys: Keys, token: str) -> Claims:
    """The claims of a token that these keys sealed, whatever their time. Raises Unauthenticated."""
    if len(token) > MAX_TOKEN:
        raise Unauthenticated("The token is not valid.")
    try:
        form, user_id, methods, scope, issued, expires, audit, *by = msgspec.msgpack.decode(keys.open(token))
    except (msgspec.DecodeError, TypeError, ValueError):
        raise Unauthenticated("The token is not valid.") from None  # sealed by us, but no token: a stored secret
    if form not in (FORM, FORM_BY):
        raise Unauthenticated("The token is of an unknown form.")
    return Claims(user_id, tuple(methods), (scope[0], scope[1]), issued, expires, tuple(audit),
                  By(*by[0]) if form == FORM_BY else By())  # fmt: skip
