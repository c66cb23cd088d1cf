"""A user changes his own password, by the one that he has: no token is needed, since one that ran out gives none."""

from typing import Any

from nova_like import concurrency
from nova_like.db import users
from nova_like.db.engine import Database, Transaction
from nova_like.services import identity_passwords
from nova_like.services.identity_domains import milliseconds
from nova_like.services.identity_login import refusal


class PasswordChange:
    def __init__(self, db: Database, conf: Any) -> None:
        self._db, self._rounds = db, conf.password_rounds

    def change(self, user_id: str, original: str, password: str) -> None:
        """Voids all his tokens. Raises Unauthenticated, the same for every reason."""
        user = self._db.read(lambda tx: users.get(tx, user_id))
        known = user["password_hash"] if user else None
        if not identity_passwords.matches(original, known, self._rounds) or user is None:
            raise refusal()
        if not (user["enabled"] and user["domain_enabled"]):
            raise refusal()
        fresh = identity_passwords.hashed(password, self._rounds)

        def write(tx: Transaction) -> None:
            now = users.get(tx, user_id)
            if now is None or now["password_hash"] != known:  # somebody else was faster
                raise refusal()
            users.update(tx, user_id, password_hash=fresh, token_floor=milliseconds(),
                         password_changed_at=concurrency.now().timestamp())  # fmt: skip

        self._db.transact(write)
