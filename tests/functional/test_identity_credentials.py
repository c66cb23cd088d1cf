"""Credentials of any type: whose they are, where they lie, and that those of type ec2 are the access keys."""

import hashlib
import json

import pytest
import sqlalchemy as sa

from nova_like.db.schema import METADATA

ROOT = "/identity/v3/credentials"
KEY = {"access": "canary-access", "secret": "canary-secret"}


def make(cloud, user="alice", **body):
    return cloud.call("POST", ROOT, user, {"credential": {"type": "totp", "blob": "seed", **body}})


def make_key(cloud, user="alice", project="north", **key):
    return make(cloud, user, type="ec2", blob=json.dumps(KEY | key), project_id=cloud.ids[project])


def one(cloud, id, user="alice", method="GET", json=None):
    return cloud.call(method, f"{ROOT}/{id}", user, json)


def test_from_first_to_last(cloud):
    made = make(cloud)
    assert made.status_int == 201
    row = made.json["credential"]
    assert row.items() >= {"type": "totp", "blob": "seed", "user_id": cloud.ids["alice"], "project_id": None}.items()
    assert row["links"]["self"].endswith(f"/v3/credentials/{row['id']}")
    changed = one(cloud, row["id"], "alice", "PATCH", {"credential": {"blob": "other"}})
    assert changed.json["credential"] == {**row, "blob": "other"} == one(cloud, row["id"]).json["credential"]
    for wrong in ({"type": "cert"}, {"user_id": cloud.ids["bob"]}, {"project_id": cloud.ids["north"]}):
        assert one(cloud, row["id"], "alice", "PATCH", {"credential": wrong}).status_int == 400
    assert one(cloud, row["id"], method="DELETE").status_int == 204
    assert one(cloud, row["id"]).status_int == 404


def test_access_keys_and_credentials_are_the_same(cloud):
    key = make_key(cloud).json["credential"]
    assert key["id"] == hashlib.sha256(b"canary-access").hexdigest()
    path = f"/identity/v3/users/{cloud.ids['alice']}/credentials/OS-EC2"
    assert cloud.call("GET", f"{path}/canary-access", "alice").json["credential"]["secret"] == "canary-secret"
    assert cloud.services.identity.ec2_key("canary-access")[0] == "canary-secret"
    other = cloud.call("POST", path, "alice", {"tenant_id": cloud.ids["north"]}).json["credential"]
    listed = cloud.call("GET", f"{ROOT}?type=ec2", "alice").json["credentials"]
    assert [json.loads(row["blob"])["access"] for row in listed] == ["canary-access", other["access"]]
    new = {"credential": {"blob": json.dumps({"access": "new", "secret": "newer"})}}
    assert one(cloud, key["id"], "alice", "PATCH", new).json["credential"]["id"] == key["id"]
    assert cloud.services.identity.ec2_key("canary-access") is None
    assert cloud.services.identity.ec2_key("new")[0] == "newer"
    taken = {"credential": {"blob": json.dumps({"access": other["access"], "secret": "x"})}}
    assert one(cloud, key["id"], "alice", "PATCH", taken).status_int == 409
    assert one(cloud, key["id"], method="DELETE").status_int == 204
    assert cloud.services.identity.ec2_key("new") is None


@pytest.mark.parametrize(
    "body",
    [{"blob": "{"}, {"blob": "[]"}, {"blob": '{"access": "a"}'}, {"blob": '{"access": 1, "secret": "b"}'},
     {"project_id": None}, {"blob": json.dumps({"access": "a" * 65, "secret": "b"})}],
)  # fmt: skip
def test_ec2_blobs_that_are_no_keys(cloud, body):
    whole = {"type": "ec2", "blob": json.dumps(KEY), "project_id": cloud.ids["north"]}
    assert make(cloud, **(whole | body)).status_int == 400


def test_a_key_is_there_once(cloud):
    assert make_key(cloud).status_int == 201
    assert make_key(cloud).status_int == 409
    assert make_key(cloud, "bob", "south").status_int == 409


def test_everybody_has_his_own(cloud):
    mine = make(cloud).json["credential"]["id"]
    theirs = make(cloud, "bob").json["credential"]["id"]
    for method, body in (("GET", None), ("PATCH", {"credential": {"blob": "x"}}), ("DELETE", None)):
        assert one(cloud, theirs, "alice", method, body).status_int == 404
    assert [row["id"] for row in cloud.call("GET", ROOT, "alice").json["credentials"]] == [mine]
    assert cloud.call("GET", f"{ROOT}?user_id={cloud.ids['bob']}", "alice").json["credentials"] == []
    assert make(cloud, user_id=cloud.ids["bob"]).status_int == 403
    assert make(cloud, project_id=cloud.ids["south"]).status_int == 404
    assert {row["id"] for row in cloud.call("GET", ROOT, "admin").json["credentials"]} == {mine, theirs}
    given = make(cloud, "admin", user_id=cloud.ids["bob"], project_id=cloud.ids["north"])
    assert given.status_int == 201 and one(cloud, given.json["credential"]["id"], "bob").status_int == 200


def test_what_they_hold_lies_sealed(cloud):
    make_key(cloud)
    make(cloud, blob="canary-blob")
    rows = repr([cloud.db.read(lambda tx, table=table: tx.rows(sa.select(table))) for table in METADATA.sorted_tables])
    assert "canary-access" in rows and "canary-secret" not in rows and "canary-blob" not in rows


def test_they_are_bounded(cloud, monkeypatch):
    from nova_like.services import identity_ec2

    monkeypatch.setattr(identity_ec2, "MOST", 2)
    assert [make(cloud).status_int, make_key(cloud).status_int, make(cloud).status_int] == [201, 201, 403]
    assert make(cloud, "bob").status_int == 201
