"""Tokens: issued at login, validated at every request, revoked. Users, projects and the rest are identity_directory's,
access keys identity_ec2's."""

from typing import Any

from nova_like import concurrency
from nova_like.db import domains, projects, revocations, trusts, users
from nova_like.db.engine import Database, Transaction
from nova_like.model.context import Context
from nova_like.model.errors import NotFound, Unauthenticated
from nova_like.services import (
    identity_aim,
    identity_catalog_nouns,
    identity_delegation,
    identity_ec2_signature,
    identity_limits,
    identity_login,
    identity_passwords,
    identity_tokens,
)
from nova_like.services.identity_aim import Aim
from nova_like.services.identity_application_credentials import ApplicationCredentials
from nova_like.services.identity_assignments import Assignments
from nova_like.services.identity_catalog import Catalog
from nova_like.services.identity_credentials import Credentials
from nova_like.services.identity_delegation import By
from nova_like.services.identity_directory import Directory
from nova_like.services.identity_domains import Domains
from nova_like.services.identity_ec2 import Ec2Credentials
from nova_like.services.identity_grants import Grants
from nova_like.services.identity_groups import Groups
from nova_like.services.identity_kept import Kept
from nova_like.services.identity_keys import Keys
from nova_like.services.identity_limits import Limits
from nova_like.services.identity_login import Login, refusal
from nova_like.services.identity_memory import Memory
from nova_like.services.identity_password_change import PasswordChange
from nova_like.services.identity_password_rules import PasswordRules
from nova_like.services.identity_project_tags import ProjectTags
from nova_like.services.identity_project_tree import ProjectTree
from nova_like.services.identity_projects import Projects
from nova_like.services.identity_role_admin import Roles
from nova_like.services.identity_tokens import Claims, Token
from nova_like.services.identity_trusts import Trusts
from nova_like.services.identity_users import Users

Row = dict[str, Any]
NOBODY = By()  # by oneself


class Identity:
    """`directory`, `ec2` and `catalog` are the other parts of the noun."""

    def __init__(self, db: Database, policy: Any, conf: Any) -> None:
        self._db, self._policy, self._conf = db, policy, conf.identity
        self._keys = Keys(self._conf.key_repository)
        self._known = Memory(self._conf.cache_seconds)
        self.catalog = Catalog(db, self._conf.cache_seconds)
        self.services = Kept(db, policy, identity_catalog_nouns.SERVICE, self.catalog.changed)
        self.regions = Kept(db, policy, identity_catalog_nouns.REGION, self.catalog.changed)
        self.endpoints = Kept(db, policy, identity_catalog_nouns.ENDPOINT, self.catalog.changed)
        self._password_rules = PasswordRules(db, self._conf)
        self._build_directory(db, policy)
        self.ec2 = Ec2Credentials(db, policy, self._keys, self._conf.cache_seconds)
        self.application_credentials = ApplicationCredentials(db, policy, self._keys, self._conf.password_rounds)
        self.trusts = Trusts(db, policy)
        self.registered_limits = Kept(db, policy, identity_limits.REGISTERED)
        self.limits = Limits(db, policy, identity_limits.LIMIT)
        self.policies = Kept(db, policy, identity_limits.POLICY)
        self.endpoint_groups = Kept(db, policy, identity_limits.ENDPOINT_GROUP)
        self.credentials = Credentials(db, policy, self._keys, self.ec2)

    def _build_directory(self, db: Database, policy: Any) -> None:
        self.domains = Domains(db, policy)
        self.projects = Projects(db, policy, self.domains)
        self.project_tags = ProjectTags(db, policy, self.projects)
        self.project_tree = ProjectTree(db, policy, self.projects)
        self.users = Users(db, policy, self._conf.password_rounds, self._password_rules)
        self.password_change = PasswordChange(db, self._conf, self._password_rules)
        self.groups = Groups(db, policy)
        self.directory = Directory(db, policy, self.users)
        self.roles = Roles(db, policy)
        self.grants = Grants(db, policy)
        self.assignments = Assignments(db, policy)

    def ec2_key(self, access: str) -> tuple[str, Context] | None:
        """(secret, caller) of an access key; None for one that is unknown or whose user may not log in."""
        return self.ec2.key(access)

    def ec2_login(self, ctx: Context, signed: dict[str, Any]) -> Token:
        """A token for the signer of an EC2 request, asked by a trusted service. Raises Forbidden, Unauthenticated."""
        self._policy.check(ctx, "identity:ec2_credentials:login")
        found = self.ec2.key(signed["access"])
        secret = found[0] if found else concurrency.secret()  # an unknown key costs the same work
        if not identity_ec2_signature.is_good(signed, secret, _now()) or found is None:
            raise refusal()
        by = By(found[1].trust_id, found[1].application_credential_id)
        return self.issue_for(found[1].user_id, found[1].project_id, "ec2credential", by)

    # -- login

    def authenticate(self, login: Login) -> Token:
        """A new token. Raises Unauthenticated, the same for every reason; NotFound for a token that opens nothing;
        Forbidden to leave the scope of a trust."""
        now = _now()
        parent = self._parent(login.token) if login.token is not None else None
        credential = self._check_credential(login) if identity_login.CREDENTIAL in login.methods else None
        user = self._user_of(login, parent, credential, now)
        methods = tuple(dict.fromkeys((*(parent.claims.methods if parent else ()), *login.methods)))
        with self._db.reading() as tx:
            aim = identity_aim.find(tx, login, user, parent, credential, now)
            token = self._issue(tx, aim, methods, parent.claims if parent else None)
        if login.scope_kind == "trust" and not self._db.transact(lambda tx: trusts.use(tx, aim.by.trust_id)):
            raise refusal()
        return token

    def issue_for(self, user_id: str, project_id: str, method: str, by: By = NOBODY) -> Token:
        """A token for somebody who proved himself otherwise (a signed EC2 request). Raises Unauthenticated."""
        with self._db.reading() as tx:
            return self._issue(tx, Aim(user_id, ("project", project_id), by), (method,), None)

    def _parent(self, token: str) -> Token:
        """Looked up anew: what a token is taken on trust for must not become the life of another."""
        try:
            return self._look_up(token)
        except Unauthenticated:
            raise _no_token() from None

    def _user_of(self, login: Login, parent: Token | None, credential: Row | None, now: float) -> Row:
        user = parent.user if parent else None
        if "password" in login.methods:
            user = self._check_password(login, now)
        elif credential is not None:
            user = self._db.read(lambda tx: users.get(tx, credential["user_id"]))
        if user is None or (parent is not None and parent.user["id"] != user["id"]):
            raise refusal()
        return user

    def _check_password(self, login: Login, now: float) -> Row:
        user = self._db.read(lambda tx: identity_login.find_user(tx, login.user))
        user = self._password_rules.prove(user, login.password or "", now)
        if not identity_login.usable(user, now):
            raise refusal()
        return user

    def _check_credential(self, login: Login) -> Row:
        row = self._db.read(lambda tx: identity_login.find_credential(tx, login))
        same = identity_passwords.matches(login.secret or "", row["secret_hash"] if row else None,
                                          self._conf.password_rounds)  # fmt: skip
        if not same or row is None:
            raise refusal()
        return row

    def _issue(self, tx: Transaction, aim: Aim, methods: tuple[str, ...], parent: Claims | None) -> Token:
        now = _now()
        expires = parent.expires_at if parent else now + self._conf.token_ttl_seconds
        audit = (identity_tokens.new_audit_id(), *(parent.audit_ids[-1:] if parent else ()))
        claims = Claims(aim.user_id, methods, aim.scope, now, min(expires, aim.until), audit, aim.by)
        return self._fill(tx, identity_tokens.write(self._keys, claims), claims)

    # -- tokens that exist

    def validate(self, token: str, allow_expired: bool = False) -> Token:
        """What a token stands for now. Raises Unauthenticated: forged, expired, revoked, or its user, project or role
        gone. Taken on trust for `[identity] cache_seconds` after that. `allow_expired`: one that has ended lately
        will do."""
        if allow_expired:
            return self._look_up(token, self._conf.allow_expired_seconds)
        found = self._known.get(token, lambda: self._look_up(token))
        if found.claims.expires_at <= _now():
            raise refusal()
        return found

    def show(self, ctx: Context, subject: str, allow_expired: bool = False) -> Token:
        """Another token, or one's own. Raises NotFound when it is not valid, Forbidden when it is not the caller's."""
        token = self._subject(subject, allow_expired)
        if token.user["id"] != ctx.user_id:
            self._policy.check(ctx, "identity:tokens:validate")
        return token

    def revoke(self, ctx: Context, subject: str) -> None:
        """Void a token for good; on other workers within the time that they remember tokens."""
        token = self._subject(subject)
        if token.user["id"] != ctx.user_id:
            self._policy.check(ctx, "identity:tokens:revoke")
        claims = token.claims
        self._db.transact(lambda tx: revocations.revoke(tx, claims.audit_ids[0], claims.expires_at))
        self._known.forget(subject)

    def _subject(self, subject: str, allow_expired: bool = False) -> Token:
        try:
            return self.validate(subject, allow_expired)
        except Unauthenticated:
            raise _no_token() from None

    def _look_up(self, token: str, grace: float = 0) -> Token:
        claims = identity_tokens.read(self._keys, token)
        if claims.expires_at + grace <= _now():
            raise refusal()
        with self._db.reading() as tx:
            if revocations.is_revoked(tx, claims.audit_ids[0]):
                raise refusal()
            return self._fill(tx, token, claims)

    def _fill(self, tx: Transaction, token: str, claims: Claims) -> Token:
        """The token with its user, target and roles as they are now. Raises Unauthenticated where they are not."""
        user = users.get(tx, claims.user_id)
        issued = claims.issued_at * 1000
        if user is None or not identity_login.usable(user, _now()) or issued < user["token_floor"]:
            raise refusal()
        if issued < user["domain_token_floor"]:
            raise refusal()
        user.pop("password_hash")
        target = _target(tx, claims.scope, issued)
        standing = identity_delegation.standing(tx, user["id"], claims.scope, claims.by, min(_now(), claims.expires_at))
        if claims.scope[0] and not standing.roles:
            raise refusal()
        return Token(token, claims, user, target, standing)


def _target(tx: Transaction, scope: tuple[str, str], issued: float) -> Row | None:
    """The enabled project or domain of a scope, not disabled since `issued` (milliseconds). Raises Unauthenticated."""
    kind, id = scope
    if kind not in ("project", "domain"):
        return None
    row = projects.get(tx, id) if kind == "project" else domains.get(tx, id)
    if row is None or not row["enabled"] or not row.get("domain_enabled", True):
        raise refusal()
    if issued < max(row["token_floor"], row.get("domain_token_floor", 0)):
        raise refusal()
    return row


def _no_token() -> NotFound:
    return NotFound("token", reason="Could not find token.")


def _now() -> float:
    return concurrency.now().timestamp()
