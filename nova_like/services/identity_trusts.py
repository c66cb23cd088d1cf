"""Trusts: one user lets another act for a project with some of his roles, in his name or in the other's own. What a
trust is worth at a time is identity_delegation's to say."""

from typing import Any

from nova_like import concurrency
from nova_like.db import roles, users
from nova_like.db import trusts as rows
from nova_like.db.engine import Database, Transaction
from nova_like.model.context import Context
from nova_like.model.errors import Forbidden, Invalid, NotFound
from nova_like.services import identity_delegation, identity_roles

Row = dict[str, Any]
Rows = list[Row]
MOST = 100  # of one trustor
DEEPEST = 3  # trusts made of trusts


class Trusts:
    """Rows come out with `roles` as rows."""

    def __init__(self, db: Database, policy: Any) -> None:
        self._db, self._policy = db, policy

    def list(self, ctx: Context, **wanted: str) -> Rows:
        """By trustor_user_id and trustee_user_id. Raises Forbidden unless the caller is one of those asked for."""
        if ctx.user_id not in wanted.values():
            self._policy.check(ctx, "identity:trusts:others_show")
        return self._db.read(lambda tx: rows.TRUSTS.list(tx, **wanted))

    def get(self, ctx: Context, id: str) -> Row:
        """Raises NotFound, also for one of others and for one that has ended."""
        with self._db.reading() as tx:
            row = self._found(tx, ctx, id, ("trustor", "trustee"), "others_show")
            return {**row, "roles": [role for role in roles.list_roles(tx) if role["id"] in row["role_ids"]]}

    def create(self, ctx: Context, values: Row) -> Row:
        """By the trustor himself. `values`: trustor_user_id, trustee_user_id, project_id, impersonation, roles (id or
        name), expires_at (seconds), remaining_uses, allow_redelegation, redelegation_count. Raises Forbidden, Invalid,
        NotFound for the trustee."""
        if values["trustor_user_id"] != ctx.user_id:
            raise Forbidden("The trustor must be the user who asks.")
        _check(values, concurrency.now().timestamp())
        row = {name: values.get(name) for name in ("trustor_user_id", "trustee_user_id", "project_id", "expires_at",
                                                   "remaining_uses")}  # fmt: skip
        row |= {"id": concurrency.new_id().replace("-", ""), "impersonation": values["impersonation"],
                "allow_redelegation": bool(values.get("allow_redelegation"))}  # fmt: skip

        def insert(tx: Transaction) -> Row:
            if rows.TRUSTS.count(tx, trustor_user_id=ctx.user_id) >= MOST:
                raise Forbidden(f"Unable to create additional trusts, maximum of {MOST} already exceeded for user.")
            given = _roles(tx, values)
            row["role_ids"] = [role["id"] for role in given]
            row["redelegation_count"] = _depth(tx, ctx, row, values)
            row["redelegated_trust_id"] = ctx.trust_id or None
            if users.get(tx, values["trustee_user_id"]) is None:
                id = values["trustee_user_id"]
                raise NotFound("user", id, f"Could not find user: {id[:64]}.")
            rows.TRUSTS.insert(tx, row)
            return {**row, "roles": given}

        return self._db.transact(insert)

    def delete(self, ctx: Context, id: str) -> None:
        """With all that were made of it, and all their tokens. Raises NotFound, Forbidden."""
        if ctx.restricted:
            raise Forbidden("You are not authorized to perform the requested action.")

        def work(tx: Transaction) -> None:
            self._found(tx, ctx, id, ("trustor",), "others_delete")
            rows.delete(tx, id)

        self._db.transact(work)

    def _found(self, tx: Transaction, ctx: Context, id: str, sides: tuple[str, ...], rule: str) -> Row:
        row = rows.TRUSTS.get(tx, id)
        if row is not None and identity_delegation.is_over(row, concurrency.now().timestamp()):
            row = None
        mine = row is not None and ctx.user_id in [row[f"{side}_user_id"] for side in sides]
        if row is None or not (mine or self._policy.allows(ctx, f"identity:trusts:{rule}")):
            raise NotFound("trust", id, f"Could not find trust: {id[:64]}.")
        return row


def _check(values: Row, now: float) -> None:
    if values.get("expires_at") is not None and values["expires_at"] <= now:
        raise Invalid("The expires_at of a trust must lie ahead.", field="expires_at")
    if values.get("allow_redelegation") and values.get("remaining_uses") is not None:
        raise Invalid("A trust that may be delegated further has no limit of uses.", field="remaining_uses")


def _roles(tx: Transaction, values: Row) -> Rows:
    """Those named, which the trustor has in the project. Raises Forbidden."""
    held = identity_roles.effective(tx, values["trustor_user_id"], ("project", values["project_id"]))
    found = [role for role in held if any(one.get("id", role["id"]) == role["id"] and one.get("name", role["name"])
                                          == role["name"] and one for one in values["roles"])]  # fmt: skip
    named = {one.get("id") or one.get("name") for one in values["roles"]}
    if not found or named - {role["id"] for role in found} - {role["name"] for role in found}:
        raise Forbidden("At least one role must be named, and the trustor must have each in the project.")
    return found


def _depth(tx: Transaction, ctx: Context, row: Row, values: Row) -> int:
    """How many trusts may still be made one of another of this one. Raises Forbidden for a token that may make none,
    and where more would be given than was received."""
    count = values.get("redelegation_count")
    asked = DEEPEST if count is None else count
    if not ctx.restricted:
        if asked > DEEPEST:
            raise Forbidden(f"The redelegation_count must be within 0 and {DEEPEST}.")
        return asked if row["allow_redelegation"] else 0
    above = rows.TRUSTS.get(tx, ctx.trust_id) if ctx.trust_id else None
    if above is None or not above["allow_redelegation"] or above["redelegation_count"] < 1:
        raise Forbidden("This token may not be delegated further.")
    ends = above["expires_at"] is not None and (row["expires_at"] is None or row["expires_at"] > above["expires_at"])
    more = set(row["role_ids"]) - set(above["role_ids"]) or row["project_id"] != above["project_id"]
    if ends or more or (row["impersonation"] and not above["impersonation"]):
        raise Forbidden("A trust gives no more than the one that it is made of.")
    left = above["redelegation_count"] - 1
    return min(left, asked) if row["allow_redelegation"] else 0
