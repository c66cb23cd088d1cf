"""What passwords must be, how long they last, and when a user is locked out: the options of [identity], all off as
shipped. A user's own options may except him. Hashes nothing itself but what it compares (identity_passwords does)."""

import re
from typing import Any

from nova_like.db import password_history, users
from nova_like.db.engine import Database, Transaction
from nova_like.model.errors import Invalid
from nova_like.services import identity_passwords
from nova_like.services.identity_login import refusal

Row = dict[str, Any]
DAY = 86400.0
EXCEPT_LOCKOUT, EXCEPT_EXPIRY = "ignore_lockout_failure_attempts", "ignore_password_expiry"
EXCEPT_FIRST_USE, LOCKED = "ignore_change_password_upon_first_use", "lock_password"


class PasswordRules:
    """`conf` is the group [identity]; a wrong `password_regex` stops the start (ValueError)."""

    def __init__(self, db: Database, conf: Any) -> None:
        self._db, self._conf = db, conf
        try:
            re.compile(conf.password_regex)
        except re.error as error:
            raise ValueError(f"[identity] password_regex is no regular expression: {error}") from None

    # -- a new password

    def check(self, user: Row | None, password: str, by_himself: bool, now: float) -> None:
        """Raises Invalid for a password that this user (None: a new one) may not take now. Slow: outside of a
        transaction."""
        form = self._conf.password_regex
        if form and not re.fullmatch(form, password):
            said = self._conf.password_regex_description or "it has not the form that is asked for"
            raise Invalid(f"The password does not match the requirements: {said}.", field="password")
        if user is None or not by_himself:
            return
        if _option(user, LOCKED):
            raise Invalid("The password of this user is locked.", field="password")
        since, least = user["password_changed_at"], self._conf.minimum_password_age_days * DAY
        if since is not None and now < since + least:
            raise Invalid("The password was changed too lately to be changed again.", field="password")
        self._check_history(user, password)

    def _check_history(self, user: Row, password: str) -> None:
        count = self._conf.unique_last_password_count
        if not count:
            return
        known = self._db.read(lambda tx: password_history.hashes(tx, user["id"], count))
        for stored in {user["password_hash"], *known}:
            if identity_passwords.matches(password, stored, self._conf.password_rounds):
                raise Invalid(f"The new password cannot be one of the last {count}.", field="password")

    def columns(self, user: Row | None, password_hash: str, by_himself: bool, now: float) -> Row:
        """The columns of a user's row that a new password sets; his tokens are void from then on. `user` may hold no
        more than the options of one who is being made."""
        first_use = self._conf.change_password_upon_first_use and not by_himself
        days = self._conf.password_expires_days
        ends = now + days * DAY if days and not _option(user, EXCEPT_EXPIRY) else None
        if first_use and not _option(user, EXCEPT_FIRST_USE):
            ends = now  # over at once: it is good for changing it only
        return {
            "password_hash": password_hash, "password_changed_at": now, "password_expires_at": ends,
            "token_floor": int(now * 1000), "failed_logins": 0, "failed_at": None,
        }  # fmt: skip

    def remember(self, tx: Transaction, user_id: str, password_hash: str, now: float) -> None:
        """In the transaction that writes `columns`."""
        password_history.remember(tx, user_id, password_hash, now, self._conf.unique_last_password_count)

    # -- lockout

    def prove(self, user: Row | None, password: str, now: float) -> Row:
        """This user, if that is his password and he is not locked out. Raises Unauthenticated for all else, which costs
        the same and is refused alike."""
        good = identity_passwords.matches(password, user["password_hash"] if user else None, self._conf.password_rounds)
        if user is None or self.is_locked(user, now):
            raise refusal()
        self.count(user, good, now)
        if not good:
            raise refusal()
        return user

    def is_locked(self, user: Row, now: float) -> bool:
        """After too many wrong passwords, for `[identity] lockout_seconds` after the last that counted."""
        most = self._conf.lockout_failure_attempts
        if not most or user["failed_logins"] < most or _option(user, EXCEPT_LOCKOUT):
            return False
        return bool(now < user["failed_at"] + self._conf.lockout_seconds)

    def count(self, user: Row, good: bool, now: float) -> None:
        """A password of a user who is not locked was right or wrong. A good one forgets the wrong ones before."""
        if good and user["failed_logins"]:
            self._db.transact(lambda tx: users.update(tx, user["id"], failed_logins=0, failed_at=None))
        elif not good and self._conf.lockout_failure_attempts:
            over = user["failed_at"] is not None and now >= user["failed_at"] + self._conf.lockout_seconds
            self._db.transact(lambda tx: users.count_failure(tx, user["id"], now, anew=over))


def _option(user: Row | None, name: str) -> bool:
    return bool(((user or {}).get("options") or {}).get(name))
