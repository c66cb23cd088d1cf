"""Trusts: who may make, see and use them, what their tokens are, and what takes them away."""

import time

import pytest
import sqlalchemy as sa

from nova_like.db import assignments
from nova_like.db.schema.delegation import trusts
from nova_like.db.schema.identity import users

ROOT = "/identity/v3/OS-TRUST/trusts"


def make(cloud, user="alice", trustee="bob", **body):
    trust = {"trustor_user_id": cloud.ids[user] if user in cloud.ids else cloud.ids["alice"],
             "trustee_user_id": cloud.ids[trustee], "project_id": cloud.ids["north"], "impersonation": True,
             "roles": [{"name": "member"}]}  # fmt: skip
    return cloud.call("POST", ROOT, user, {"trust": trust | body})


def use(cloud, trust, user="bob"):
    return cloud.login(user, scope={"OS-TRUST:trust": {"id": trust["id"]}})


def made(cloud, **body):
    answer = make(cloud, **body)
    assert answer.status_int == 201, answer.text
    return answer.json["trust"]


def test_from_first_to_last(cloud):
    trust = made(cloud)
    assert trust["expires_at"] is None and trust["remaining_uses"] is None and trust["redelegation_count"] == 0
    assert [role["name"] for role in trust["roles"]] == ["member"]
    assert trust["links"]["self"].endswith(f"v3/OS-TRUST/trusts/{trust['id']}")
    for who in ("alice", "bob", "admin"):
        assert cloud.call("GET", f"{ROOT}/{trust['id']}", who).json["trust"] == trust
    assert cloud.call("GET", f"{ROOT}/{trust['id']}", "amanda").status_int == 404
    roles = cloud.call("GET", f"{ROOT}/{trust['id']}/roles", "alice").json["roles"]
    assert roles == trust["roles"]
    one = f"{ROOT}/{trust['id']}/roles/{cloud.ids['role:member']}"
    assert cloud.call("GET", one, "alice").json["role"] == roles[0]
    assert cloud.call("HEAD", one, "bob").status_int == 200
    assert cloud.call("HEAD", one.replace(cloud.ids["role:member"], cloud.ids["role:reader"]), "bob").status_int == 404
    assert cloud.call("DELETE", f"{ROOT}/{trust['id']}", "bob").status_int == 404
    token = use(cloud, trust).headers["X-Subject-Token"]
    assert cloud.call("DELETE", f"{ROOT}/{trust['id']}", "alice").status_int == 204
    assert cloud.call("GET", f"{ROOT}/{trust['id']}", "alice").status_int == 404
    assert cloud.call("GET", "/identity/v3/auth/projects", token).status_int == 401
    assert use(cloud, trust).status_int == 401


def test_who_sees_which(cloud):
    trust = made(cloud)
    mine, theirs = cloud.ids["alice"], cloud.ids["bob"]
    for query, who, status in (
        (f"trustor_user_id={mine}", "alice", 200), (f"trustee_user_id={theirs}", "bob", 200), ("", "admin", 200),
        ("", "alice", 403), (f"trustor_user_id={mine}", "amanda", 403), (f"trustor_user_id={mine}", "bob", 403),
    ):  # fmt: skip
        answer = cloud.call("GET", f"{ROOT}?{query}", who)
        assert answer.status_int == status
        if status == 200:
            assert [row["id"] for row in answer.json["trusts"]] == [trust["id"]] and "roles" not in answer.json[
                "trusts"
            ][0]


@pytest.mark.parametrize("impersonation", [True, False])
def test_a_token_of_a_trust(cloud, impersonation):
    trust = made(cloud, impersonation=impersonation)
    answer = use(cloud, trust)
    token = answer.json["token"]
    whose = "alice" if impersonation else "bob"
    assert token["user"]["name"] == whose and token["project"]["id"] == cloud.ids["north"]
    assert [role["name"] for role in token["roles"]] == ["member", "reader"]
    assert token["OS-TRUST:trust"] == {
        "id": trust["id"], "impersonation": impersonation, "trustor_user": {"id": cloud.ids["alice"]},
        "trustee_user": {"id": cloud.ids["bob"]},
    }  # fmt: skip
    subject = answer.headers["X-Subject-Token"]
    body = {"volume": {"size": 1}}
    volume = cloud.call("POST", "/volume/v3/volumes", subject, body).json["volume"]
    assert volume["id"] and cloud.call("GET", f"/volume/v3/volumes/{volume['id']}", "alice").status_int == 200
    # it gives nothing further, and no other scope
    asked = {"methods": ["token"], "token": {"id": subject}}
    for scope in ({"project": {"id": cloud.ids["south"]}}, "unscoped", {"project": {"id": cloud.ids["north"]}}):
        again = cloud.call("POST", "/identity/v3/auth/tokens", json={"auth": {"identity": asked, "scope": scope}})
        assert again.status_int == 403
    assert make(cloud, subject, trustor_user_id=cloud.ids[whose]).status_int == 403
    robots = f"/identity/v3/users/{cloud.ids[whose]}/application_credentials"
    assert cloud.call("POST", robots, subject, {"application_credential": {"name": "r"}}).status_int == 403
    assert cloud.call("DELETE", f"{ROOT}/{trust['id']}", subject).status_int == 403


def test_only_the_trustee_uses_it_and_so_often(cloud):
    trust = made(cloud, remaining_uses=2)
    assert use(cloud, trust, "amanda").status_int == 401 and use(cloud, {"id": "unknown"}).status_int == 401
    tokens = [use(cloud, trust) for _ in range(3)]
    assert [token.status_int for token in tokens] == [201, 201, 401]
    assert cloud.call("GET", f"{ROOT}/{trust['id']}", "alice").json["trust"]["remaining_uses"] == 0
    assert cloud.call("GET", "/identity/v3/auth/projects", tokens[1].headers["X-Subject-Token"]).status_int == 200


def test_its_end(cloud):
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 300))
    trust = made(cloud, expires_at=at)
    assert trust["expires_at"] == at.replace("Z", ".000000Z")
    assert use(cloud, trust).json["token"]["expires_at"] == trust["expires_at"]
    assert make(cloud, expires_at="bad.123Z").status_int == 400
    assert make(cloud, expires_at="2001-01-01T00:00:00Z").status_int == 400
    cloud.change(sa.update(trusts).values(expires_at=1.0))
    assert use(cloud, trust).status_int == 401
    assert cloud.call("GET", f"{ROOT}/{trust['id']}", "alice").status_int == 404


@pytest.mark.parametrize(
    "change",
    [sa.update(users).where(users.c.name == "alice").values(enabled=False),
     sa.update(users).where(users.c.name == "bob").values(enabled=False), sa.text("DELETE FROM assignments")],
)  # fmt: skip
def test_what_it_stands_on_takes_it_along(cloud, change):
    trust = made(cloud)
    token = use(cloud, trust).headers["X-Subject-Token"]
    cloud.change(change)
    assert cloud.call("GET", "/identity/v3/auth/projects", token).status_int == 401
    assert use(cloud, trust).status_int == 401


@pytest.mark.parametrize(
    ("body", "status"),
    [({"roles": []}, 403), ({"roles": [{"name": "admin"}]}, 403), ({"roles": [{}]}, 403), ({"project_id": "x"}, 403),
     ({"trustee_user_id": "unknown"}, 404), ({"remaining_uses": 0}, 400), ({"impersonation": "yes"}, 400),
     ({"roles": [{"name": "member"}, {"name": "manager"}]}, 403), ({"redelegation_count": 4}, 403),
     ({"allow_redelegation": True, "remaining_uses": 3}, 400)],
)  # fmt: skip
def test_trusts_that_are_none(cloud, body, status):
    assert make(cloud, **body).status_int == status


def test_nobody_gives_what_is_anothers(cloud):
    assert make(cloud, "bob", trustor_user_id=cloud.ids["alice"]).status_int == 403
    assert make(cloud, "admin", trustor_user_id=cloud.ids["alice"]).status_int == 403
    assert make(cloud, "bob").status_int == 403  # of a project that is not his


def test_a_trust_made_of_a_trust(cloud):
    first = made(cloud, allow_redelegation=True, redelegation_count=1, roles=[{"name": "member"}, {"name": "reader"}])
    token = use(cloud, first).headers["X-Subject-Token"]
    for more in ({"project_id": cloud.ids["south"]}, {"roles": [{"name": "manager"}]}):
        assert make(cloud, token, "ron", **more).status_int == 403
    second = make(cloud, token, "ron", allow_redelegation=True)
    assert second.status_int == 201, second.text
    second = second.json["trust"]
    assert second["redelegated_trust_id"] == first["id"] and second["redelegation_count"] == 0
    third = use(cloud, second, "ron").headers["X-Subject-Token"]
    assert make(cloud, third, "amanda").status_int == 403
    cloud.call("DELETE", f"{ROOT}/{first['id']}", "alice")
    assert cloud.call("GET", "/identity/v3/auth/projects", third).status_int == 401


def test_the_trustor_must_still_have_what_he_gave(cloud):
    role = cloud.ids["role:manager"]
    cloud.db.transact(lambda tx: assignments.grant(tx, cloud.ids["alice"], "project", cloud.ids["north"], role))
    trust = made(cloud, roles=[{"name": "manager"}])
    token = use(cloud, trust).headers["X-Subject-Token"]
    cloud.db.transact(lambda tx: assignments.revoke(tx, cloud.ids["alice"], "project", cloud.ids["north"], role))
    assert cloud.call("GET", "/identity/v3/auth/projects", token).status_int == 401
