"""Passwords: changed by their user, judged by the rules of [identity], and users locked out who give wrong ones."""

import pytest
import sqlalchemy as sa

from nova_like import concurrency
from nova_like.db.schema.delegation import password_history
from nova_like.db.schema.identity import users
from nova_like.services.identity_memory import Memory
from nova_like.services.identity_password_rules import PasswordRules

DAY = 86400


class Later(concurrency.Source):
    passed = 0.0

    def now(self):
        return super().now() + concurrency.datetime.timedelta(seconds=self.passed)


@pytest.fixture
def clock():
    made = Later()
    before = concurrency.use(made)
    yield made
    concurrency.use(before)


def rule(cloud, **options):
    for name, value in options.items():
        cloud.conf.set_override(name, value, "identity")


def change(cloud, old, new, user="alice"):
    body = {"user": {"original_password": old, "password": new}}
    return cloud.call("POST", f"/identity/v3/users/{cloud.ids[user]}/password", json=body)


def test_a_changed_password_voids_tokens(cloud, clock, monkeypatch):
    monkeypatch.setattr(cloud.services.identity, "_known", Memory(60.0))
    token = cloud.login("alice").headers["X-Subject-Token"]
    clock.passed += 1
    assert cloud.call("GET", "/identity/v3/auth/projects", token).status_int == 200  # taken on trust for a while
    assert change(cloud, "alice-password", "other").status_int == 204
    again = {"auth": {"identity": {"methods": ["token"], "token": {"id": token}}}}
    assert cloud.call("POST", "/identity/v3/auth/tokens", json=again).status_int == 404  # but for no other token
    monkeypatch.setattr(cloud.services.identity, "_known", Memory(0.0))
    assert cloud.call("GET", "/identity/v3/auth/projects", token).status_int == 401
    assert cloud.login("alice").status_int == 401 and cloud.login("alice", "other").status_int == 201


def test_only_by_who_knows_it(cloud):
    refused = [change(cloud, "wrong", "x"), change(cloud, "bob-password", "x")]
    unknown = cloud.call("POST", "/identity/v3/users/unknown/password",
                         json={"user": {"original_password": "x", "password": "y"}})  # fmt: skip
    assert {answer.status_int for answer in (*refused, unknown)} == {401}
    assert len({answer.text for answer in (*refused, unknown)}) == 1
    cloud.change(sa.update(users).where(users.c.name == "alice").values(enabled=False))
    assert change(cloud, "alice-password", "x").status_int == 401


def test_guessing_there_ends_too(cloud):
    body = {"user": {"original_password": "wrong", "password": "x"}}
    path = f"/identity/v3/users/{cloud.ids['alice']}/password"
    environ = {"REMOTE_ADDR": "192.0.2.1"}
    statuses = [cloud.call("POST", path, json=body, environ=dict(environ)).status_int for _ in range(80)]
    assert statuses[0] == 401 and statuses[-1] == 429


def test_the_form(cloud):
    rule(cloud, password_regex=r"(?=.*\d).{7,}", password_regex_description="seven with a digit")
    refused = change(cloud, "alice-password", "short")
    assert refused.status_int == 400 and "seven with a digit" in refused.json["error"]["message"]
    assert "short" not in refused.text
    assert change(cloud, "alice-password", "long-enough-1").status_int == 204


def test_the_last_ones(cloud, clock):
    rule(cloud, unique_last_password_count=2)
    for old, new, status in (
        ("alice-password", "alice-password", 400), ("alice-password", "two", 204), ("two", "two", 400),
        ("two", "three", 204), ("three", "two", 400), ("three", "four", 204), ("four", "two", 204),
    ):  # fmt: skip
        clock.passed += 1
        assert change(cloud, old, new).status_int == status, (old, new)
    rows = cloud.db.read(lambda tx: tx.rows(sa.select(password_history)))
    assert len(rows) == 2 and all(row["password_hash"].startswith("$2") for row in rows)


def test_its_ages(cloud, clock):
    rule(cloud, minimum_password_age_days=1, password_expires_days=3)
    assert change(cloud, "alice-password", "two").status_int == 204
    assert change(cloud, "two", "three").status_int == 400
    clock.passed += DAY + 1
    assert cloud.login("alice", "two").json["token"]["user"]["password_expires_at"]
    clock.passed += 2 * DAY
    assert cloud.login("alice", "two").status_int == 401
    assert change(cloud, "two", "three").status_int == 204  # who knows it may still change it
    assert cloud.login("alice", "three").status_int == 201


def test_the_first_use(cloud, clock):
    rule(cloud, change_password_upon_first_use=True)
    rules, now = PasswordRules(cloud.db, cloud.conf.identity), concurrency.now().timestamp()
    assert rules.columns(None, "hash", False, now)["password_expires_at"] == now
    assert rules.columns({"options": {"ignore_change_password_upon_first_use": True}}, "hash", False, now)[
        "password_expires_at"] is None  # fmt: skip
    assert rules.columns(None, "hash", True, now)["password_expires_at"] is None
    body = {"user": {"name": "new", "password": "given", "domain_id": "default"}}
    made = cloud.call("POST", "/identity/v3/users", "admin", body).json["user"]
    assert made["password_expires_at"] and cloud.login("new", "given", "unscoped").status_int == 401
    cloud.ids["new"] = made["id"]
    clock.passed += 1
    assert change(cloud, "given", "own", "new").status_int == 204
    assert cloud.login("new", "own", "unscoped").status_int == 201


def test_an_operator_sets_one_by_the_form_only(cloud, clock):
    rule(cloud, password_regex=".{8,}", unique_last_password_count=2, password_expires_days=1)
    path = f"/identity/v3/users/{cloud.ids['alice']}"
    assert cloud.call("PATCH", path, "admin", {"user": {"password": "short"}}).status_int == 400
    clock.passed += 1
    assert cloud.call("PATCH", path, "admin", {"user": {"password": "long-enough"}}).status_int == 200
    assert cloud.login("alice", "long-enough").json["token"]["user"]["password_expires_at"]
    clock.passed += 1
    assert change(cloud, "long-enough", "long-enough").status_int == 400  # it is one of his last


def test_lockout(cloud, clock):
    rule(cloud, lockout_failure_attempts=2, lockout_seconds=60)
    wrong = [cloud.login("alice", "wrong"), cloud.login("alice", "wrong")]
    locked = cloud.login("alice")
    assert {answer.text for answer in wrong} == {locked.text} and locked.status_int == 401
    assert change(cloud, "alice-password", "x").status_int == 401
    assert cloud.login("bob").status_int == 201
    clock.passed += 61
    assert cloud.login("alice", "wrong").status_int == 401  # counts as the first again
    assert cloud.login("alice").status_int == 201
    row = cloud.db.read(lambda tx: tx.row(sa.select(users).where(users.c.name == "alice")))
    assert row["failed_logins"] == 0 and row["failed_at"] is None


def test_who_is_excepted(cloud):
    rule(cloud, lockout_failure_attempts=1)
    options = {"ignore_lockout_failure_attempts": True}
    cloud.change(sa.update(users).where(users.c.name == "alice").values(options=options))
    assert cloud.login("alice", "wrong").status_int == 401
    assert cloud.login("alice").status_int == 201
    cloud.change(sa.update(users).where(users.c.name == "bob").values(options={"lock_password": True}))
    assert change(cloud, "bob-password", "x", "bob").status_int == 400


def test_as_shipped_no_rule_holds_and_nothing_is_written(cloud):
    statements = list[str]()
    cloud.login("alice", "wrong")
    sa.event.listen(cloud.db.engine, "before_cursor_execute", lambda c, cur, text, *more: statements.append(text))
    assert cloud.login("alice").status_int == 201
    assert statements and not [text for text in statements if "UPDATE" in text or "INSERT" in text]
