"""EC2 access keys: whose they are, where their secrets lie, and tokens for signed requests."""

import hashlib
import time

import pytest
import sqlalchemy as sa
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from nova_like.db.schema.identity import ec2_credentials, users
from nova_like.services.identity_ec2_signature import is_good


def path(cloud, user, access=""):
    return f"/identity/v3/users/{cloud.ids[user]}/credentials/OS-EC2" + (f"/{access}" if access else "")


def make(cloud, user, project, by=None):
    return cloud.call("POST", path(cloud, user), by or user, {"tenant_id": cloud.ids[project]})


def test_create_list_show_delete(cloud):
    made = make(cloud, "alice", "north")
    assert made.status_int == 201
    key = made.json["credential"]
    assert key["user_id"] == cloud.ids["alice"] and key["tenant_id"] == cloud.ids["north"] and key["trust_id"] is None
    assert cloud.call("GET", path(cloud, "alice"), "alice").json["credentials"] == [key]
    assert cloud.call("GET", path(cloud, "alice", key["access"]), "alice").json["credential"] == key
    assert cloud.call("DELETE", path(cloud, "alice", key["access"]), "alice").status_int == 204
    assert cloud.call("GET", path(cloud, "alice", key["access"]), "alice").status_int == 404
    assert cloud.services.identity.ec2_key(key["access"]) is None


def test_the_secret_lies_sealed(cloud):
    key = make(cloud, "alice", "north").json["credential"]
    row = cloud.db.read(lambda tx: tx.row(sa.select(ec2_credentials)))
    assert key["secret"] not in str(row)


def test_another_users_keys(cloud):
    key = make(cloud, "bob", "south").json["credential"]
    assert make(cloud, "bob", "south", by="alice").status_int == 403
    assert cloud.call("GET", path(cloud, "bob"), "alice").status_int == 403
    assert cloud.call("GET", path(cloud, "bob", key["access"]), "alice").status_int == 403
    assert cloud.call("DELETE", path(cloud, "bob", key["access"]), "alice").status_int == 403
    assert cloud.call("DELETE", path(cloud, "alice", key["access"]), "alice").status_int == 404
    assert cloud.call("GET", path(cloud, "bob", key["access"]), "bob").status_int == 200


def test_only_for_ones_own_projects(cloud):
    theirs = make(cloud, "alice", "south")
    unknown = make(cloud, "alice", "bob")
    assert theirs.status_int == unknown.status_int == 404


def test_a_key_stands_for_its_user(cloud):
    key = make(cloud, "alice", "north").json["credential"]
    secret, ctx = cloud.services.identity.ec2_key(key["access"])
    assert secret == key["secret"]
    assert (ctx.user_id, ctx.project_id, ctx.roles) == (
        cloud.ids["alice"], cloud.ids["north"], ("member", "reader")
    )  # fmt: skip
    assert cloud.services.identity.ec2_key("unknown") is None
    cloud.change(sa.update(users).where(users.c.name == "alice").values(enabled=False))
    assert cloud.services.identity.ec2_key(key["access"]) is None


def signed(key, body=b"Action=DescribeInstances", secret=None):
    request = AWSRequest("POST", "http://cloud/ec2", data=body, headers={"Host": "cloud"})
    SigV4Auth(Credentials(key["access"], secret or key["secret"]), "ec2", "RegionOne").add_auth(request)
    headers = dict(request.headers.items())
    return {
        "access": key["access"], "signature": headers["Authorization"].rsplit("Signature=", 1)[1], "host": "cloud",
        "verb": "POST", "path": "/ec2", "params": {}, "headers": headers,
        "body_hash": hashlib.sha256(body).hexdigest(),
    }  # fmt: skip


def test_a_signed_request_gives_a_token(cloud):
    key = make(cloud, "alice", "north").json["credential"]
    answer = cloud.call("POST", "/identity/v3/ec2tokens", "admin", {"ec2Credentials": signed(key)})
    assert answer.status_int == 200, answer.text
    assert answer.json["token"]["user"]["name"] == "alice" and answer.json["token"]["project"]["name"] == "north"
    assert cloud.call("GET", "/identity/v3/auth/projects", answer.headers["X-Subject-Token"]).status_int == 200


def test_who_may_ask_with_signed_requests(cloud):
    key = make(cloud, "alice", "north").json["credential"]
    assert cloud.call("POST", "/identity/v3/ec2tokens", "alice", {"credentials": signed(key)}).status_int == 403
    assert cloud.call("POST", "/identity/v3/ec2tokens", None, {"credentials": signed(key)}).status_int == 401


@pytest.mark.parametrize(
    "change",
    [
        {"signature": "0" * 64}, {"body_hash": "0" * 64}, {"verb": "GET"}, {"path": "/sts"}, {"headers": {}},
        {"access": "unknown"}, {"params": {"Action": "x"}}, {"headers": {"Authorization": "AWS4-HMAC-SHA256 x"}},
        {"headers": {"Authorization": 5}}, {"verb": None},
    ],
)  # fmt: skip
def test_bad_signatures(cloud, change):
    key = make(cloud, "alice", "north").json["credential"]
    answer = cloud.call("POST", "/identity/v3/ec2tokens", "admin", {"credentials": signed(key) | change})
    assert answer.status_int == 401


def test_signatures_get_old(cloud):
    key = make(cloud, "alice", "north").json["credential"]
    now = time.time()
    assert is_good(signed(key), key["secret"], now)
    assert not is_good(signed(key), key["secret"], now + 1000)
    assert not is_good(signed(key), key["secret"], now - 1000)
