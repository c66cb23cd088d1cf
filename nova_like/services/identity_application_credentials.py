"""Application credentials: a user's rights in one project, or some of them, for a program; and the access rules that
bind such a program to some requests. Their secrets are hashed like passwords and shown once."""

from typing import Any

from nova_like import concurrency
from nova_like.db import application_credentials as rows
from nova_like.db import roles
from nova_like.db.engine import Database, Transaction
from nova_like.model.context import Context
from nova_like.model.errors import Conflict, Forbidden, Invalid, NotFound
from nova_like.services import identity_access_rules, identity_passwords, identity_roles, scope
from nova_like.services.identity_keys import Keys

Row = dict[str, Any]
Rows = list[Row]
MOST = 100  # of one user
SECRET = 48  # characters


class ApplicationCredentials:
    """Rows come out with `roles` and `access_rules` as rows; `secret` only from `create`."""

    def __init__(self, db: Database, policy: Any, keys: Keys, rounds: int) -> None:
        self._db, self._policy, self._keys, self._rounds = db, policy, keys, rounds

    def list(self, ctx: Context, user_id: str, name: str | None = None) -> Rows:
        """Raises Forbidden for another's user."""
        self._own(ctx, user_id, "show")
        with self._db.reading() as tx:
            return self._shown(tx, rows.list_of_user(tx, user_id, name))

    def get(self, ctx: Context, user_id: str, id: str) -> Row:
        """Raises Forbidden for another's user, NotFound."""
        self._own(ctx, user_id, "show")
        with self._db.reading() as tx:
            return self._shown(tx, [_found(tx, user_id, id)])[0]

    def create(self, ctx: Context, user_id: str, values: Row) -> Row:
        """For the project of the caller's token, who makes it for himself. `values`: name, description, roles (each
        with id or name; all of the caller's unless given), expires_at (seconds), unrestricted, secret, access_rules.
        Raises Forbidden, Invalid, Conflict."""
        if user_id != ctx.user_id:
            raise Forbidden("You are not authorized to perform the requested action.")
        _check_free(ctx)
        now, secret = concurrency.now().timestamp(), values.get("secret") or concurrency.secret(SECRET)
        row = {
            "id": concurrency.new_id().replace("-", ""), "name": values["name"], "user_id": user_id,
            "description": values.get("description"), "project_id": scope.home(ctx),
            "expires_at": values.get("expires_at"), "unrestricted": bool(values.get("unrestricted")),
            "secret_hash": identity_passwords.hashed(secret, self._rounds),  # slow: outside the transaction
        }  # fmt: skip
        if row["expires_at"] is not None and row["expires_at"] <= now:
            raise Invalid("The expires_at of an application credential must lie ahead.", field="expires_at")

        def insert(tx: Transaction) -> Row:
            if rows.CREDENTIALS.count(tx, user_id=user_id) >= MOST:
                raise Forbidden(f"Unable to create additional application credentials, maximum of {MOST} already "
                                "exceeded for user.")  # fmt: skip
            if rows.by_name(tx, user_id, row["name"]) is not None:
                raise Conflict(f"There is an application credential {row['name']} already.", code="duplicate")
            row["role_ids"] = _role_ids(tx, ctx, values.get("roles") or [])
            rows.insert(tx, row, _rule_ids(tx, user_id, values.get("access_rules") or []))
            made = self._shown(tx, [_found(tx, user_id, row["id"])])[0]
            return {**made, "sealed_secret": self._keys.seal(secret.encode())}  # for an idempotency key

        made = self._db.transact(insert)
        return {**made, "secret": self._keys.open(made["sealed_secret"]).decode()}

    def delete(self, ctx: Context, user_id: str, id: str) -> None:
        """With all tokens that it gave. Raises Forbidden, NotFound."""
        self._own(ctx, user_id, "delete")
        _check_free(ctx)

        def work(tx: Transaction) -> None:
            _found(tx, user_id, id)
            rows.delete(tx, id)

        self._db.transact(work)

    def rules(self, ctx: Context, user_id: str) -> Rows:
        self._own(ctx, user_id, "show")
        return self._db.read(lambda tx: rows.RULES.list(tx, user_id=user_id))

    def rule(self, ctx: Context, user_id: str, id: str) -> Row:
        """Raises Forbidden, NotFound."""
        self._own(ctx, user_id, "show")
        return self._db.read(lambda tx: _rule(tx, user_id, id))

    def delete_rule(self, ctx: Context, user_id: str, id: str) -> None:
        """Raises Forbidden while an application credential is bound to it, NotFound."""
        self._own(ctx, user_id, "delete")
        _check_free(ctx)

        def work(tx: Transaction) -> None:
            _rule(tx, user_id, id)
            if rows.is_rule_used(tx, id):
                raise Forbidden(f"Could not delete access rule {id}: an application credential is bound to it.")
            rows.RULES.delete(tx, id)

        self._db.transact(work)

    def _own(self, ctx: Context, user_id: str, verb: str) -> None:
        if user_id != ctx.user_id:
            self._policy.check(ctx, f"identity:application_credentials:others_{verb}")

    def _shown(self, tx: Transaction, found: Rows) -> Rows:
        known = {role["id"]: role for role in roles.list_roles(tx)} if found else {}
        kept = [{name: value for name, value in row.items() if name != "secret_hash"} for row in found]
        return [{**row, "roles": [known[id] for id in row["role_ids"] if id in known]} for row in kept]


def _check_free(ctx: Context) -> None:
    if ctx.restricted:
        raise Forbidden("A trust or a restricted application credential hands out nothing further.")


def _found(tx: Transaction, user_id: str, id: str) -> Row:
    row = rows.get(tx, id)
    if row is None or row["user_id"] != user_id:
        raise NotFound("application credential", id, f"Could not find Application Credential: {id[:64]}.")
    return row


def _rule(tx: Transaction, user_id: str, id: str) -> Row:
    row = rows.RULES.get(tx, id)
    if row is None or row["user_id"] != user_id:
        raise NotFound("access rule", id, f"Could not find Access Rule: {id[:64]}.")
    return row


def _role_ids(tx: Transaction, ctx: Context, wanted: Rows) -> list[str]:
    """Of the caller's roles in his project: those named, or all. Raises Invalid for one that is not his."""
    held = identity_roles.effective(tx, ctx.user_id, ("project", ctx.project_id))
    if ctx.application_credential_id:  # not more than this one was given
        held = [role for role in held if role["name"] in ctx.roles]
    found = []
    for one in wanted:
        match = [role["id"] for role in held if one.get("id", role["id"]) == role["id"]
                 and one.get("name", role["name"]) == role["name"]]  # fmt: skip
        if not match or not one:
            raise Invalid(f"The role {str(one.get('id') or one.get('name'))[:64]} is not assigned to the user in the "
                          "project.", field="roles")  # fmt: skip
        found += match
    return sorted(set(found)) or [role["id"] for role in held]


def _rule_ids(tx: Transaction, user_id: str, wanted: Rows) -> list[str]:
    """Rules by id, or by what they say: made unless the user has the same already. Raises Invalid."""
    mine = rows.RULES.list(tx, user_id=user_id)
    known = {(row["service"], row["path"], row["method"]): row["id"] for row in mine}
    found = []
    for one in wanted:
        if "id" in one and len(one) == 1:
            found.append(_rule(tx, user_id, one["id"])["id"])
            continue
        if not one.keys() >= {"service", "path", "method"} or not identity_access_rules.is_template(one["path"]):
            raise Invalid("An access rule has a service, a method and a path whose wildcards are whole segments.",
                          field="access_rules")  # fmt: skip
        place = (one["service"], one["path"], one["method"])
        if place not in known:
            known[place] = concurrency.new_id().replace("-", "")
            rows.RULES.insert(tx, {"id": known[place], "user_id": user_id, "service": place[0], "path": place[1],
                                   "method": place[2]})  # fmt: skip
        found.append(known[place])
    return list(dict.fromkeys(found))
