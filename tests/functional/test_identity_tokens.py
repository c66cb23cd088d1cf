"""Tokens: login in every scope, validation, revocation, and everything that must be refused."""

import base64
import json

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet

from nova_like.db import assignments
from nova_like.db.schema.identity import domains, projects, users

DEFAULT = {"id": "default"}


def subject(cloud, token, by=None, method="GET"):
    return cloud.call(method, "/identity/v3/auth/tokens", by or token, X_Subject_Token=token)


def test_discovery(cloud):
    root = cloud.call("GET", "/identity")
    assert root.status_int == 300
    assert root.json["versions"]["values"][0]["id"] == "v3.14"
    version = cloud.call("GET", "/identity/v3/").json["version"]
    assert version["links"] == [{"rel": "self", "href": "http://localhost/identity/v3/"}]


def test_login_for_a_project(cloud):
    answer = cloud.login("alice")
    assert answer.status_int == 201
    token = answer.json["token"]
    assert token["project"]["name"] == "north" and token["project"]["domain"] == {"id": "default", "name": "Default"}
    assert [role["name"] for role in token["roles"]] == ["member", "reader"]
    assert token["user"]["name"] == "alice" and token["methods"] == ["password"]
    assert token["expires_at"].endswith(".000000Z") and len(token["audit_ids"]) == 1
    kinds = {entry["type"]: entry for entry in token["catalog"]}
    assert set(kinds) == {"identity", "compute", "image", "network", "volumev3", "block-storage", "ec2"}
    volume = kinds["volumev3"]["endpoints"]
    assert {end["interface"] for end in volume} == {"public", "internal", "admin"}
    assert volume[0]["url"] == f"http://localhost/volume/v3/{cloud.ids['north']}"


@pytest.mark.parametrize(
    ("scope", "found"),
    [({"system": {"all": True}}, {"system": {"all": True}}), ("unscoped", None), ({"unscoped": {}}, None)],
)
def test_other_scopes(cloud, scope, found):
    token = cloud.login("admin", scope=scope).json["token"]
    assert "project" not in token
    if found is None:
        assert "roles" not in token and "catalog" not in token
    else:
        assert token.items() >= found.items()
        assert "volumev3" not in {entry["type"] for entry in token["catalog"]}


def test_domain_scope_needs_a_role_there(cloud):
    assert cloud.login("alice", scope={"domain": DEFAULT}).status_int == 401
    role = cloud.ids["role:manager"]
    cloud.db.transact(lambda tx: assignments.grant(tx, cloud.ids["alice"], "domain", "default", role))
    token = cloud.login("alice", scope={"domain": {"name": "Default"}}).json["token"]
    assert token["domain"] == {"id": "default", "name": "Default"}


def test_without_a_scope_the_default_project_is_taken(cloud):
    assert cloud.login("alice", scope={}).json["token"]["project"]["name"] == "north"


def rescope(cloud, token, scope):
    auth = {"identity": {"methods": ["token"], "token": {"id": token}}, "scope": scope}
    return cloud.call("POST", "/identity/v3/auth/tokens", json={"auth": auth})


def test_a_token_gives_a_token_that_lives_no_longer(cloud):
    first = cloud.login("alice", scope="unscoped")
    second = rescope(cloud, first.headers["X-Subject-Token"], {"project": {"id": cloud.ids["north"]}})
    assert second.status_int == 201
    token = second.json["token"]
    assert token["methods"] == ["password", "token"]
    assert token["expires_at"] == first.json["token"]["expires_at"]
    assert token["audit_ids"][1] == first.json["token"]["audit_ids"][0]
    assert rescope(cloud, first.headers["X-Subject-Token"], {"project": {"id": cloud.ids["south"]}}).status_int == 401


def test_validate_and_revoke(cloud):
    token = cloud.login("alice").headers["X-Subject-Token"]
    shown = subject(cloud, token)
    assert shown.status_int == 200 and shown.json["token"]["user"]["id"] == cloud.ids["alice"]
    head = subject(cloud, token, "admin", "HEAD")
    assert head.status_int == 200 and head.body == b""
    assert (
        "catalog"
        not in cloud.call("GET", "/identity/v3/auth/tokens?nocatalog", token, X_Subject_Token=token).json["token"]
    )
    assert subject(cloud, token, "bob").status_int == 403
    assert subject(cloud, token, "bob", "DELETE").status_int == 403
    assert subject(cloud, token, token, "DELETE").status_int == 204
    assert subject(cloud, token, "admin").status_int == 404
    assert cloud.call("GET", "/identity/v3/auth/projects", token).status_int == 401


def test_refused_logins_are_all_alike(cloud):
    answers = [
        cloud.login("alice", "wrong"), cloud.login("nobody", "wrong", {"project": {"id": "x"}}),
        cloud.login("alice", scope={"project": {"id": cloud.ids["south"]}}),
        cloud.login("alice", scope={"project": {"id": "unknown"}}),
    ]  # fmt: skip
    cloud.change(sa.update(users).where(users.c.name == "bob").values(enabled=False))
    answers.append(cloud.login("bob"))
    assert {answer.status_int for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1
    assert "WWW-Authenticate" in answers[0].headers


def test_an_unknown_user_costs_a_password_check(cloud, monkeypatch):
    from nova_like.services import identity_passwords

    checked = []
    real = identity_passwords.bcrypt.checkpw
    monkeypatch.setattr(identity_passwords.bcrypt, "checkpw", lambda *a: checked.append(a) or real(*a))
    cloud.login("nobody", "wrong", {"project": {"id": "x"}})
    cloud.login("alice", "wrong")
    assert len(checked) == 2


@pytest.mark.parametrize(
    "change",
    [
        sa.update(users).where(users.c.name == "alice").values(enabled=False),
        sa.update(users).where(users.c.name == "alice").values(token_floor=2**45),
        sa.update(users).where(users.c.name == "alice").values(password_expires_at=1.0),
        sa.update(projects).where(projects.c.name == "north").values(enabled=False),
        sa.update(domains).values(enabled=False),
        sa.text("DELETE FROM assignments"),
        sa.text("DELETE FROM users WHERE name = 'alice'"),
    ],
)
def test_what_a_token_stands_on_goes_and_the_token_with_it(cloud, change):
    token = cloud.login("alice").headers["X-Subject-Token"]
    cloud.change(change)
    assert cloud.call("GET", "/identity/v3/auth/projects", token).status_int == 401


def forged(cloud):
    good = cloud.token("alice")
    middle = len(good) // 2
    other = Fernet(Fernet.generate_key()).encrypt(b"{}").decode().rstrip("=")
    none = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).decode().rstrip("=") + "..x"
    swapped = good[:middle] + ("A" if good[middle] != "A" else "B") + good[middle + 1 :]
    odd = "\u00e9t\u00e9".encode().decode("latin-1")
    return [swapped, good + "x", good[:-8], other, none, "x", "../../keys/1", "a" * 5000, odd]


def test_forged_tokens(cloud):
    for token in forged(cloud):
        assert cloud.call("GET", "/identity/v3/auth/projects", token).status_int == 401, token
        assert subject(cloud, token, "admin").status_int == 404


def test_expired_tokens(cloud):
    cloud.conf.set_override("token_ttl_seconds", 60, "identity")
    identity = cloud.services.identity
    token = identity.issue_for(cloud.ids["alice"], cloud.ids["north"], "ec2").id
    assert cloud.call("GET", "/identity/v3/auth/projects", token).status_int == 200
    from nova_like import concurrency

    class Later(concurrency.Source):
        def now(self):
            return super().now() + concurrency.datetime.timedelta(seconds=61)

    before = concurrency.use(Later())
    try:
        assert cloud.call("GET", "/identity/v3/auth/projects", token).status_int == 401
    finally:
        concurrency.use(before)


def test_headers_of_a_filter_are_not_the_clients_to_send(cloud):
    claimed = {"X_Project_Id": cloud.ids["south"], "X_Roles": "admin", "X_Identity_Status": "Confirmed",
               "X_User_Id": cloud.ids["admin"]}  # fmt: skip
    assert cloud.call("GET", "/identity/v3/users", None, **claimed).status_int == 401
    assert cloud.call("GET", "/identity/v3/users", "alice", **claimed).status_int == 403


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        {},
        {"auth": {}},
        {"auth": {"identity": {}}},
        {"auth": {"identity": {"methods": []}}},
        {"auth": {"identity": {"methods": ["password"]}}},
        {"auth": {"identity": {"methods": ["password"], "password": {"user": {"name": "a"}}}}},
        {"auth": {"identity": {"methods": ["password"], "password": {"user": {"name": 7, "password": "x"}}}}},
        {"auth": {"identity": {"methods": ["token"], "token": {"id": ["x"]}}}},
        {"auth": {"identity": {"methods": ["token"], "token": {"id": "x"}}, "scope": {"project": 1}}},
        {"auth": {"identity": {"methods": ["token"], "token": {"id": "x"}}, "scope": {"project": {}, "domain": {}}}},
    ],
)
def test_malformed_logins(cloud, body):
    answer = cloud.call("POST", "/identity/v3/auth/tokens", json=body)
    assert answer.status_int == 400, answer.text
    assert answer.json["error"]["code"] == 400 and answer.json["error"]["title"] == "Bad Request"


def test_an_unknown_method_is_refused(cloud):
    body = {"auth": {"identity": {"methods": ["kerberos"]}}}
    assert cloud.call("POST", "/identity/v3/auth/tokens", json=body).status_int == 401


def test_answers_carry_a_request_id(cloud):
    assert cloud.call("GET", "/").headers["x-openstack-request-id"].startswith("req-")
