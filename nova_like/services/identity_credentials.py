"""Credentials of users, of any type: text that other services read. Those of type ec2 are the access keys of
identity_ec2, seen otherwise. All lies sealed, and is shown to its user and to operators only."""

import hashlib
import json
from typing import Any

from nova_like import concurrency
from nova_like.db import credentials
from nova_like.db.engine import Database, Transaction
from nova_like.model.context import Context
from nova_like.model.errors import Conflict, Invalid, NotFound
from nova_like.services import identity_roles
from nova_like.services.identity_ec2 import Ec2Credentials, check_room, delegated
from nova_like.services.identity_keys import Keys

Row = dict[str, Any]
Rows = list[Row]
EC2 = "ec2"
LONGEST_ACCESS, LONGEST_SECRET = 64, 255


class Credentials:
    """Rows come out as {id, type, blob, user_id, project_id}, the blob in clear."""

    def __init__(self, db: Database, policy: Any, keys: Keys, ec2: Ec2Credentials) -> None:
        self._db, self._policy, self._keys, self._ec2 = db, policy, keys, ec2

    def list(self, ctx: Context, user_id: str | None = None, type: str | None = None) -> Rows:
        """The caller's own; everybody's for those who may see them."""
        everybody = self._policy.allows(ctx, "identity:credentials:others_show")
        if not everybody and user_id not in (None, ctx.user_id):
            return []
        owner = user_id if everybody else ctx.user_id
        with self._db.reading() as tx:
            keys = credentials.KEYS.list(tx, user_id=owner) if type in (None, EC2) else []
            others = credentials.OTHERS.list(tx, user_id=owner, type=type) if type != EC2 else []
        return [self._opened(row) for row in (*keys, *others)]

    def get(self, ctx: Context, id: str) -> Row:
        """Raises NotFound, also for another's."""
        return self._opened(self._db.read(lambda tx: self._found(tx, ctx, id, "others_show")))

    def create(self, ctx: Context, values: Row) -> Row:
        """`values`: type, blob, user_id (the caller's unless given), project_id. Raises Forbidden for another's user,
        NotFound for a project that is not his, Invalid for an ec2 blob that is no key, Conflict for a known one."""
        owner = values.get("user_id") or ctx.user_id
        others = owner != ctx.user_id
        if others:
            self._policy.check(ctx, "identity:credentials:others_create")
        by = delegated(ctx, owner)
        row = self._sealed({**values, "user_id": owner})
        if "access" in row:
            row |= by

        def insert(tx: Transaction) -> Row:
            check_room(tx, owner)
            if not others and row["project_id"]:
                _check_project(tx, owner, row["project_id"])
            rows = credentials.KEYS if "access" in row else credentials.OTHERS
            if "access" in row and credentials.get(tx, row["access"]) is not None:
                raise Conflict("There is a credential with this access key already.", code="duplicate")
            rows.insert(tx, row)
            return row  # sealed: it may be kept under an idempotency key

        return self._opened(self._db.transact(insert))

    def update(self, ctx: Context, id: str, values: Row) -> Row:
        """Another blob; the rest of a credential stays as it is. Raises NotFound, Invalid, Conflict."""

        def change(tx: Transaction) -> Row:
            before = self._opened(self._found(tx, ctx, id, "others_update"))
            if wrong := [name for name in values if name != "blob" and values[name] != before.get(name)]:
                raise Invalid(f"The {wrong[0]} of a credential cannot be changed.", field=wrong[0])
            after = self._sealed({**before, **values})
            rows = credentials.KEYS if "access" in after else credentials.OTHERS
            written = ("access", "sealed_secret") if "access" in after else ("sealed_blob",)
            if "access" in after:
                tx.after(lambda: self._ec2.forget(json.loads(before["blob"])["access"]))
                known = credentials.get(tx, after["access"])
                if known is not None and known["id"] != id:
                    raise Conflict("There is a credential with this access key already.", code="duplicate")
            rows.update(tx, id, **{name: after[name] for name in written})
            return self._found(tx, ctx, id, "others_update")

        return self._opened(self._db.transact(change))

    def delete(self, ctx: Context, id: str) -> None:
        """Raises NotFound."""

        def work(tx: Transaction) -> str | None:
            row = self._found(tx, ctx, id, "others_delete")
            (credentials.KEYS if "access" in row else credentials.OTHERS).delete(tx, id)
            return row.get("access")

        if (access := self._db.transact(work)) is not None:
            self._ec2.forget(access)

    def _found(self, tx: Transaction, ctx: Context, id: str, rule: str) -> Row:
        row = credentials.OTHERS.get(tx, id) or credentials.KEYS.get(tx, id)
        if row is None or (
            row["user_id"] != ctx.user_id and not self._policy.allows(ctx, f"identity:credentials:{rule}")
        ):
            raise NotFound("credential", id, f"Could not find credential: {id[:64]}.")
        return row

    def _sealed(self, values: Row) -> Row:
        """The row that keeps these values. Raises Invalid."""
        same = {"user_id": values["user_id"], "project_id": values.get("project_id")}
        if values["type"] != EC2:
            blob = self._keys.seal(values["blob"].encode())
            return {"id": concurrency.new_id().replace("-", ""), "type": values["type"], "sealed_blob": blob, **same}
        access, secret = _key_of(values["blob"])
        if not same["project_id"]:
            raise Invalid("A credential of type ec2 needs a project_id.", field="project_id")
        id = hashlib.sha256(access.encode()).hexdigest()
        return {"id": id, "access": access, "sealed_secret": self._keys.seal(secret.encode()), **same}

    def _opened(self, row: Row) -> Row:
        shown = {"id": row["id"], "user_id": row["user_id"], "project_id": row["project_id"]}
        if "access" not in row:
            return {**shown, "type": row["type"], "blob": self._keys.open(row["sealed_blob"]).decode()}
        key = {"access": row["access"], "secret": self._keys.open(row["sealed_secret"]).decode()}
        return {**shown, "type": EC2, "blob": json.dumps(key)}


def _key_of(blob: str) -> tuple[str, str]:
    """(access, secret) of an ec2 blob. Raises Invalid."""
    try:
        key = json.loads(blob)
        access, secret = key["access"], key["secret"]
    except (ValueError, TypeError, KeyError, RecursionError):
        access = secret = None
    if not isinstance(access, str) or not isinstance(secret, str):
        raise Invalid("Invalid blob in credential: an access and a secret are needed.", field="blob")
    if not (0 < len(access) <= LONGEST_ACCESS and access.isascii() and 0 < len(secret) <= LONGEST_SECRET
            and secret.isascii() and (access + secret).isprintable()):  # fmt: skip
        raise Invalid("Invalid blob in credential: the access or the secret is too long, or no plain text.",
                      field="blob")  # fmt: skip
    return access, secret


def _check_project(tx: Transaction, user_id: str, project_id: str) -> None:
    if not identity_roles.effective(tx, user_id, ("project", project_id)):
        raise NotFound("project", project_id, f"Could not find project: {project_id[:64]}.")
