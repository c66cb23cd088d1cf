"""Application credentials: made, used and bound to requests by access rules, and what takes their tokens away."""

import datetime
import time

import pytest
import sqlalchemy as sa

from nova_like.db import assignments
from nova_like.db.schema import METADATA
from nova_like.db.schema.identity import users

RULE = {"service": "compute", "method": "GET", "path": "/v2.1/servers/*/ips"}


def path(cloud, user="alice", id=""):
    return f"/identity/v3/users/{cloud.ids[user]}/application_credentials" + (f"/{id}" if id else "")


def make(cloud, user="alice", by=None, **body):
    return cloud.call("POST", path(cloud, user), by or user, {"application_credential": {"name": "robot", **body}})


def use(cloud, made, secret=None, **named):
    whom = named or {"id": made["id"]}
    asked = {"methods": ["application_credential"], "application_credential": whom | {
        "secret": secret or made["secret"]}}  # fmt: skip
    return cloud.call("POST", "/identity/v3/auth/tokens", json={"auth": {"identity": asked}})


def made_and_used(cloud, **body):
    made = make(cloud, **body).json["application_credential"]
    return made, use(cloud, made).headers["X-Subject-Token"]


def test_from_first_to_last(cloud):
    answer = make(cloud, description="d", roles=[{"name": "reader"}])
    assert answer.status_int == 201
    made = answer.json["application_credential"]
    assert made["project_id"] == cloud.ids["north"] and made["unrestricted"] is False and made["expires_at"] is None
    assert [role["name"] for role in made["roles"]] == ["reader"]
    shown = cloud.call("GET", path(cloud, id=made["id"]), "alice").json["application_credential"]
    assert shown == {name: value for name, value in made.items() if name != "secret"}
    assert cloud.call("GET", path(cloud) + "?name=robot", "alice").json["application_credentials"] == [shown]
    assert cloud.call("GET", path(cloud) + "?name=other", "alice").json["application_credentials"] == []
    assert make(cloud).status_int == 409
    token = use(cloud, made)
    assert token.status_int == 201
    body = token.json["token"]
    assert body["methods"] == ["application_credential"] and body["project"]["id"] == cloud.ids["north"]
    assert [role["name"] for role in body["roles"]] == ["reader"]
    assert body["application_credential"] == {"id": made["id"], "name": "robot", "restricted": True}
    subject = token.headers["X-Subject-Token"]
    assert cloud.call("GET", "/compute/v2.1/servers", subject).status_int == 200
    assert cloud.call("POST", "/volume/v3/volumes", subject, {"volume": {"size": 1}}).status_int == 403  # a reader
    assert cloud.call("DELETE", path(cloud, id=made["id"]), "alice").status_int == 204
    assert cloud.call("GET", "/compute/v2.1/servers", subject).status_int == 401
    assert use(cloud, made).status_int == 401


def test_by_name_and_with_a_chosen_secret(cloud):
    made = make(cloud, secret="canary-secret").json["application_credential"]
    assert made["secret"] == "canary-secret"
    user = {"name": "alice", "domain": {"id": "default"}}
    assert use(cloud, made, name="robot", user=user).status_int == 201
    assert use(cloud, made, name="robot", user={"id": cloud.ids["bob"]}).status_int == 401
    wrong = [use(cloud, made, "wrong"), use(cloud, made, id="unknown"), use(cloud, made, name="robot")]
    assert {answer.status_int for answer in wrong} == {401} and len({answer.text for answer in wrong}) == 1
    kept = repr([cloud.db.read(lambda tx, table=table: tx.rows(sa.select(table))) for table in METADATA.sorted_tables])
    assert made["id"] in kept and "canary-secret" not in kept


def test_guessing_ends(cloud):
    made = make(cloud).json["application_credential"]
    environ = {"REMOTE_ADDR": "192.0.2.1"}
    asked = {"methods": ["application_credential"], "application_credential": {"id": made["id"], "secret": "x"}}
    statuses = [cloud.call("POST", "/identity/v3/auth/tokens", json={"auth": {"identity": asked}},
                           environ=environ).status_int for _ in range(80)]  # fmt: skip
    assert statuses[0] == 401 and statuses[-1] == 429


def test_its_end(cloud):
    at = datetime.datetime.now(datetime.UTC).replace(tzinfo=None) + datetime.timedelta(minutes=5)
    made = make(cloud, expires_at=at.isoformat()).json["application_credential"]
    assert made["expires_at"] == at.strftime("%Y-%m-%dT%H:%M:%S.%f")
    token = use(cloud, made).json["token"]
    assert token["expires_at"][:19] == made["expires_at"][:19]
    assert make(cloud, name="late", expires_at="2001-01-01T00:00:00Z").status_int == 400
    assert make(cloud, name="odd", expires_at="soon").status_int == 400
    from nova_like.db.schema.delegation import application_credentials

    cloud.change(sa.update(application_credentials).values(expires_at=time.time() - 1))
    assert use(cloud, made).status_int == 401


@pytest.mark.parametrize(
    "change",
    [sa.update(users).where(users.c.name == "alice").values(enabled=False), sa.text("DELETE FROM assignments"),
     sa.text("DELETE FROM users WHERE name = 'alice'")],
)  # fmt: skip
def test_what_it_stands_on_takes_it_along(cloud, change):
    made, token = made_and_used(cloud)
    cloud.change(change)
    assert cloud.call("GET", "/identity/v3/auth/projects", token).status_int == 401
    assert use(cloud, made).status_int == 401


def test_no_more_than_its_maker_has(cloud):
    assert make(cloud, roles=[{"name": "admin"}]).status_int == 400
    assert make(cloud, roles=[{"id": cloud.ids["role:manager"]}]).status_int == 400
    assert make(cloud, "bob", by="alice").status_int == 403
    assert make(cloud, "bob", by="admin").status_int == 403  # nobody makes another's
    assert make(cloud, by=cloud.token("alice", unscoped={})).status_int == 403
    _, token = made_and_used(cloud, roles=[{"name": "reader"}], unrestricted=True)
    assert make(cloud, by=token, name="more", roles=[{"name": "member"}]).status_int == 400
    assert make(cloud, by=token, name="same").json["application_credential"]["roles"][0]["name"] == "reader"


def test_a_restricted_one_hands_out_nothing(cloud):
    made, token = made_and_used(cloud)
    assert make(cloud, by=token, name="more").status_int == 403
    assert cloud.call("DELETE", path(cloud, id=made["id"]), token).status_int == 403
    keys = f"/identity/v3/users/{cloud.ids['alice']}/credentials/OS-EC2"
    key = cloud.call("POST", keys, token, {"tenant_id": cloud.ids["north"]}).json["credential"]
    assert cloud.services.identity.ec2_key(key["access"])[1].restricted
    cloud.call("DELETE", path(cloud, id=made["id"]), "alice")
    assert cloud.services.identity.ec2_key(key["access"]) is None  # it ends with what it was made by


def test_its_scope_is_its_own(cloud):
    cloud.db.transact(
        lambda tx: assignments.grant(tx, cloud.ids["alice"], "project", cloud.ids["south"], cloud.ids["role:member"])
    )
    made, token = made_and_used(cloud)
    asked = {"methods": ["token"], "token": {"id": token}}
    for scope, status in (({"project": {"id": cloud.ids["south"]}}, 401), ("unscoped", 401), (None, 201)):
        auth = {"identity": asked} | ({"scope": scope} if scope else {})
        again = cloud.call("POST", "/identity/v3/auth/tokens", json={"auth": auth})
        assert again.status_int == status, scope
    assert again.json["token"]["application_credential"]["id"] == made["id"]
    secret = {"methods": ["application_credential"], "application_credential": {
        "id": made["id"], "secret": made["secret"]}}  # fmt: skip
    auth = {"identity": secret, "scope": {"project": {"id": cloud.ids["south"]}}}
    assert cloud.call("POST", "/identity/v3/auth/tokens", json={"auth": auth}).status_int == 401


def test_access_rules_bind_every_service(cloud):
    rules = [{"service": "volumev3", "method": "GET", "path": "/v3/*/volumes/**"},
             {"service": "compute", "method": "GET", "path": "/v2.1/flavors/{flavor_id}"},
             {"service": "image", "method": "GET", "path": "/v2/images"}]  # fmt: skip
    made, token = made_and_used(cloud, access_rules=rules)
    assert {tuple(sorted(rule)) for rule in made["access_rules"]} == {("id", "method", "path", "service")}
    project = cloud.ids["north"]
    for method, where, allowed in (
        ("GET", f"/volume/v3/{project}/volumes", True), ("GET", f"/volume/v3/{project}/volumes/detail", True),
        ("GET", f"/volume/v3/{project}/snapshots", False), ("GET", "/compute/v2.1/flavors/1", True),
        ("GET", "/compute/v2.1/flavors/1/", True), ("GET", "/compute/v2.1/flavors", False),
        ("DELETE", "/compute/v2.1/flavors/1", False), ("GET", "/image/v2/images", True),
        ("GET", "/network/v2.0/networks", False), ("GET", "/identity/v3/auth/projects", False),
        ("POST", f"/volume/v3/{project}/volumes", False),
    ):  # fmt: skip
        answer = cloud.call(method, where, token)
        assert (answer.status_int == 401) != allowed, (method, where, answer.text)
    # a service that goes on for the user is not held to them
    assert cloud.call("GET", "/compute/v2.1/flavors", token, X_Service_Token=cloud.token("admin")).status_int == 200
    assert cloud.call("GET", "/compute/v2.1/flavors", token, X_Service_Token=cloud.token("bob")).status_int == 401


@pytest.mark.parametrize(
    "rule", [{"path": "no-slash"}, {"path": "/a*b"}, {"path": "/{a*}"}, {"method": "BREW"}, {"service": ""}]
)
def test_access_rules_that_are_none(cloud, rule):
    assert make(cloud, access_rules=[RULE | rule]).status_int == 400


def test_access_rules_are_the_users(cloud):
    made = make(cloud, access_rules=[RULE, RULE]).json["application_credential"]
    (rule,) = made["access_rules"]
    again = make(cloud, name="other", access_rules=[{"id": rule["id"]}]).json["application_credential"]
    assert again["access_rules"] == [rule]
    all_rules = f"/identity/v3/users/{cloud.ids['alice']}/access_rules"
    listed = cloud.call("GET", all_rules, "alice").json["access_rules"]
    assert [row["id"] for row in listed] == [rule["id"]]
    assert cloud.call("GET", f"{all_rules}/{rule['id']}", "alice").json["access_rule"] == listed[0]
    assert cloud.call("GET", all_rules, "bob").status_int == 403
    assert make(cloud, "bob", access_rules=[{"id": rule["id"]}]).status_int == 404
    assert cloud.call("DELETE", f"{all_rules}/{rule['id']}", "alice").status_int == 403  # in use
    for one in (made, again):
        cloud.call("DELETE", path(cloud, id=one["id"]), "alice")
    assert cloud.call("GET", all_rules, "alice").json["access_rules"] == listed
    assert cloud.call("DELETE", f"{all_rules}/{rule['id']}", "alice").status_int == 204
    assert cloud.call("GET", f"{all_rules}/{rule['id']}", "alice").status_int == 404
