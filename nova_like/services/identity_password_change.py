"""A user changes his own password, by the one that he has: no token is needed, since one that ran out gives none."""

from typing import Any

from nova_like import concurrency
from nova_like.db import users
from nova_like.db.engine import Database, Transaction
from nova_like.services import identity_passwords
from nova_like.services.identity_login import refusal
from nova_like.services.identity_password_rules import PasswordRules


class PasswordChange:
    def __init__(self, db: Database, conf: Any, rules: PasswordRules) -> None:
        self._db, self._rounds, self._rules = db, conf.password_rounds, rules

    def change(self, user_id: str, original: str, password: str) -> None:
        """Voids all his tokens. Raises Unauthenticated, the same for every reason; Invalid for one that may not be."""
        at = concurrency.now().timestamp()
        user = self._rules.prove(self._db.read(lambda tx: users.get(tx, user_id)), original, at)
        known = user["password_hash"]
        if not (user["enabled"] and user["domain_enabled"]):
            raise refusal()
        self._rules.check(user, password, True, at)
        fresh = identity_passwords.hashed(password, self._rounds)

        def write(tx: Transaction) -> None:
            now = users.get(tx, user_id)
            if now is None or now["password_hash"] != known:  # somebody else was faster
                raise refusal()
            users.update(tx, user_id, **self._rules.columns(user, fresh, True, at))
            self._rules.remember(tx, user_id, fresh, at)

        self._db.transact(write)
