"""Key pairs of users. A private key is returned once, by the call that made it, and kept nowhere."""

from typing import Any

from nova_like import concurrency
from nova_like.db import keypairs as rows
from nova_like.model import certificates, sshkeys
from nova_like.model.context import Context
from nova_like.model.errors import Conflict, Invalid, NotFound, QuotaExceeded

Row = dict[str, Any]
Rows = list[Row]
SSH, X509 = "ssh", "x509"
_CHECKS = {SSH: sshkeys.check_public, X509: certificates.check}
_FINGERPRINTS = {SSH: sshkeys.md5_fingerprint, X509: certificates.fingerprint}


class Keypairs:
    """`limit` is the most that a user may have; -1 is no limit. `user_id` of the verbs: another user's, for admins."""

    def __init__(self, db: Any, policy: Any, limit: int = 100) -> None:
        self._db, self._policy, self._limit = db, policy, limit

    def _user(self, ctx: Context, user_id: str | None) -> str:
        if user_id is None or user_id == ctx.user_id:
            return ctx.user_id
        self._policy.check(ctx, "compute:keypairs:others")
        return user_id

    def list(self, ctx: Context, user_id: str | None = None, **page: Any) -> Rows:
        """In order of name; `page` as in db.keypairs.list_keypairs. Raises Invalid for an unknown marker."""
        self._policy.check(ctx, "compute:keypairs:list")
        owner = self._user(ctx, user_id)
        try:
            return self._db.read(lambda tx: rows.list_keypairs(tx, owner, **page))
        except LookupError:
            raise Invalid(f"marker [{page['marker']}] not found", "keypair", field="marker") from None

    def get(self, ctx: Context, name: str, user_id: str | None = None) -> Row:
        """Raises NotFound."""
        self._policy.check(ctx, "compute:keypairs:show")
        owner = self._user(ctx, user_id)
        row = self._db.read(lambda tx: rows.get(tx, owner, name))
        if row is None:
            raise NotFound("keypair", name, f"Keypair {name} not found for user {owner}")
        return row

    def create(
        self, ctx: Context, name: str, user_id: str | None = None, algorithm: str = "rsa"
    ) -> tuple[Row, str]:  # fmt: skip
        """(row, private key in PEM) of a new key of `rsa` or `ed25519`, or a certificate (`x509`). Raises Conflict,
        QuotaExceeded."""
        self._policy.check(ctx, "compute:keypairs:create")
        owner = self._user(ctx, user_id)
        private, public = _generate(algorithm, owner)
        row = self._insert(ctx, owner, name, public, X509 if algorithm == X509 else SSH)
        if row["public_key"] != public:  # an earlier request with the same idempotency key made it
            raise Conflict(f"Key pair '{name}' was made by this request before, and its private key was shown then. "
                           "Delete it and make another one.", "keypair", code="duplicate")  # fmt: skip
        return row, private

    def import_key(
        self, ctx: Context, name: str, public_key: str, user_id: str | None = None, kind: str = SSH
    ) -> Row:  # fmt: skip
        """Keep a public key (an OpenSSH line; a PEM certificate of the kind `x509`). Raises Invalid, Conflict,
        QuotaExceeded."""
        self._policy.check(ctx, "compute:keypairs:create")
        owner = self._user(ctx, user_id)
        return self._insert(ctx, owner, name, _CHECKS[kind](public_key), kind)

    def _insert(self, ctx: Context, owner: str, name: str, public: str, kind: str) -> Row:
        row = {
            "id": concurrency.new_id(), "user_id": owner, "project_id": ctx.project_id or None, "name": name,
            "kind": kind, "public_key": public, "fingerprint": _FINGERPRINTS[kind](public),
        }  # fmt: skip

        def work(tx: Any) -> Row:
            have = rows.count(tx, owner)
            if self._limit >= 0 and have >= self._limit and rows.get(tx, owner, name) is None:
                raise QuotaExceeded("Quota exceeded, too many key pairs.", "key_pairs", resource="key_pairs",
                                    limit=self._limit, used=have, asked=1)  # fmt: skip
            return rows.insert(tx, row)

        return self._db.transact(work)

    def delete(self, ctx: Context, name: str, user_id: str | None = None) -> None:
        """Raises NotFound. Instances keep the key that they were booted with."""
        self._policy.check(ctx, "compute:keypairs:delete")
        owner = self._user(ctx, user_id)
        if not self._db.transact(lambda tx: rows.delete(tx, owner, name)):
            raise NotFound("keypair", name, f"Keypair {name} not found for user {owner}")


def _generate(algorithm: str, owner: str) -> tuple[str, str]:
    """(private, public)."""
    if algorithm == X509:
        private, public = concurrency.call_native(certificates.generate, owner, concurrency.now())
        return private, public
    private, line = concurrency.call_native(sshkeys.generate, algorithm)
    return private, f"{line} generated"
