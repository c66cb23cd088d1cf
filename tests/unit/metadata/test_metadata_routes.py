"""Requests as cloud-init, the AWS tools and attackers make them."""

import dataclasses
import json
from typing import Any

import pytest

from nova_like.metadata import openstack, tokens
from nova_like.metadata.routes import TOKEN_HEADER, TTL_HEADER, Session, answer
from tests.unit.metadata.facts import INSTANCE, KEY, USER_DATA, guest

SESSION = Session(b"secret", 1000.0, b"seed")


def ask(path: str, method: str = "GET", who: Any = None, session: Session = SESSION, **headers: str) -> Any:
    return answer(method, path, {k.replace("_", "-"): v for k, v in headers.items()}, who or guest(), session)


def text(path: str) -> str:
    status, _, body = ask(path)
    assert status == 200, path
    return body.decode()


@pytest.mark.parametrize(
    "path, expected",
    [
        ("/latest/meta-data/instance-id", "i-11111111222243338"),
        ("/2009-04-04/meta-data/ami-id", "ami-66666666222243338"),
        ("/1.0/meta-data/local-ipv4", "10.0.0.5"),
        ("/latest/meta-data/ami-launch-index", "2"),
        ("/latest/meta-data/hostname", "web-1.novalocal"),
        ("/latest/meta-data/local-hostname", "web-1.novalocal"),
        ("/latest/meta-data/instance-type", "m1.tiny"),
        ("/latest/meta-data/reservation-id", "r-0123456789abcdef0"),
        ("/latest/meta-data/security-groups", "default\nweb"),
        ("/latest/meta-data/mac", "02:16:3e:00:00:05"),
        ("/latest/meta-data/placement/availability-zone", "eu-west-1a"),
        ("/latest/meta-data/placement/region", "eu-west-1"),
        ("/latest/meta-data/public-keys", "0=mine"),
        ("/latest/meta-data/public-keys/", "0=mine"),
        ("/latest/meta-data/public-keys/0", "openssh-key"),
        ("/latest/meta-data/public-keys/0/openssh-key", KEY),
        ("/latest/meta-data/tags/instance/", "Name"),
        ("/latest/meta-data/tags/instance/Name", "web"),
        ("/latest/meta-data/public-ipv4", ""),
        ("/latest/meta-data/network/interfaces/macs/", "02:16:3e:00:00:05/"),
        ("/latest/meta-data/network/interfaces/macs/02:16:3e:00:00:05/subnet-ipv4-cidr-block", "10.0.0.0/24"),
        ("/latest/meta-data/network/interfaces/macs/02%3A16:3e:00:00:05/device-number", "0"),
        ("/latest", "dynamic/\nmeta-data/\nuser-data"),
        ("//latest//meta-data//instance-id", "i-11111111222243338"),
        ("/latest/meta-data/instance-id?x=1", "i-11111111222243338"),
    ],
)
def test_ec2_leaves_and_listings(path: str, expected: str) -> None:
    assert text(path) == expected


def test_roots_list_versions() -> None:
    assert {"1.0", "2009-04-04", "latest"} <= set(text("/").split("\n"))
    assert {"2012-08-10", "2018-08-27", "latest"} <= set(text("/openstack").split("\n"))


def test_user_data_is_byte_exact_or_absent() -> None:
    assert ask("/latest/user-data")[2] == USER_DATA
    assert ask("/openstack/latest/user_data")[2] == USER_DATA
    bare = guest(user_data=None)
    assert ask("/latest/user-data", who=bare)[0] == 404
    assert ask("/openstack/latest/user_data", who=bare)[0] == 404
    assert "user-data" not in ask("/latest/", who=bare)[2].decode()


def test_files_are_named_by_the_document_and_lie_beside_it() -> None:
    with_files = dataclasses.replace(
        guest(), metadata=dataclasses.replace(guest().metadata, files={"/etc/a": "YQ==", "b.txt": "YmI="})
    )
    told = json.loads(ask("/openstack/latest/meta_data.json", who=with_files)[2])["files"]
    assert [one["path"] for one in told] == ["/etc/a", "b.txt"]
    assert [ask(f"/openstack{one['content_path']}", who=with_files)[2] for one in told] == [b"a", b"bb"]
    drive = openstack.files(with_files.metadata, ())
    assert [drive[f"openstack{one['content_path']}"] for one in told] == [b"a", b"bb"]
    for path in ("", "/", "/0002", "/0000/a", "/../latest/user_data"):
        assert ask(f"/openstack/content{path}", who=with_files)[0] == 404
    assert ask("/openstack/content/0000")[0] == 404
    assert "files" not in json.loads(text("/openstack/latest/meta_data.json"))


def test_identity_document() -> None:
    document = json.loads(text("/latest/dynamic/instance-identity/document"))
    assert document["instanceId"] == "i-11111111222243338"
    assert document["region"] == "eu-west-1"
    assert document["privateIp"] == "10.0.0.5"


def test_openstack_documents_by_version() -> None:
    assert text("/openstack/2012-08-10/") == "meta_data.json\nuser_data"
    assert "network_data.json" in text("/openstack/latest/").split("\n")
    meta = json.loads(text("/openstack/latest/meta_data.json"))
    assert meta["uuid"] == INSTANCE
    assert meta["meta"] == {"role": "web"}
    assert meta["keys"] == [
        {"name": "mine", "type": "ssh", "data": KEY},
        {"name": "win", "type": "x509", "data": "certificate"},
    ]
    assert meta["public_keys"] == {"mine": KEY}
    assert meta["random_seed"]
    assert ask("/openstack/2012-08-10/network_data.json")[0] == 404


@pytest.mark.parametrize(
    "path",
    ["/3000-01-01/meta-data/", "/latest/meta-data/../../etc/passwd", "/latest/meta-data/nope", "/latest/%2e%2e",
     "/openstack/latest/nope", "/openstack/1999-01-01/", "/openstack/latest/meta_data.json/x", "/latest/meta-dat"],
)  # fmt: skip
def test_what_is_not_there_is_not_found(path: str) -> None:
    assert ask(path)[0] == 404


@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT", "BREW"])
def test_nothing_can_be_changed(method: str) -> None:
    assert ask("/latest/meta-data/hostname", method)[0] == 405


def test_no_header_says_who_asks() -> None:
    status, _, body = ask("/latest/meta-data/instance-id", x_forwarded_for="10.0.0.9", x_instance_id="other")
    assert (status, body) == (200, b"i-11111111222243338")


def test_a_token_is_given_and_taken() -> None:
    status, headers, token = ask("/latest/api/token", "PUT", **{TTL_HEADER: "60"})
    assert (status, headers[TTL_HEADER]) == (200, "60")
    given = {TOKEN_HEADER: token.decode()}
    assert ask("/latest/meta-data/mac", **given)[0] == 200
    late = Session(b"secret", 1061.0)
    assert ask("/latest/meta-data/mac", session=late, **given)[0] == 401
    other = tokens.issue(b"secret", "another instance", 1000, 60)
    for forged in (other, token.decode()[:-6] + "AAAAA=", "x", "", "\u00e9", "=" * 9):
        assert ask("/latest/meta-data/mac", **{TOKEN_HEADER: forged})[0] == 401, forged


@pytest.mark.parametrize("ttl", ["", "0", "21601", "-1", "1e3", "9" * 5000, "\u0661", " 6"])
def test_bad_token_lifetimes_are_refused(ttl: str) -> None:
    assert ask("/latest/api/token", "PUT", **{TTL_HEADER: ttl})[0] == 400


def test_tokens_are_not_for_proxies_nor_for_reading() -> None:
    assert ask("/latest/api/token", "PUT", **{TTL_HEADER: "60", "x-forwarded-for": "10.0.0.9"})[0] == 403
    assert ask("/latest/api/token")[0] == 405


def test_tokens_can_be_required() -> None:
    strict = Session(b"secret", 1000.0, token_required=True)
    assert ask("/latest/meta-data/mac", session=strict)[0] == 401
    token = tokens.issue(b"secret", INSTANCE, 1000, 60)
    assert ask("/latest/meta-data/mac", session=strict, **{TOKEN_HEADER: token})[0] == 200
    assert ask("/openstack/latest/meta_data.json", session=strict)[0] == 200


def guest_that(**chosen: Any) -> Any:
    asked = guest()
    return dataclasses.replace(asked, metadata=dataclasses.replace(asked.metadata, **chosen))


PATHS = ["/latest/meta-data/instance-id", "/openstack/latest/meta_data.json", "/", "/openstack"]


@pytest.mark.parametrize("path", [*PATHS, "/latest/api/token"])
def test_a_guest_that_is_not_served_reads_nothing(path: str) -> None:
    silent = guest_that(served=False)
    assert ask(path, who=silent)[0] == ask(path, "PUT", silent, x_aws_ec2_metadata_token_ttl_seconds="9")[0] == 403


@pytest.mark.parametrize("path", PATHS)
def test_a_guest_of_tokens_reads_nothing_without(path: str) -> None:
    strict = guest_that(token_required=True)
    assert ask(path, who=strict)[0] == 401
    assert ask(path, who=strict, x_aws_ec2_metadata_token="rubbish")[0] == 401
    status, _, token = ask("/latest/api/token", "PUT", strict, x_aws_ec2_metadata_token_ttl_seconds="9")
    assert status == 200 and ask(path, who=strict, x_aws_ec2_metadata_token=token.decode())[0] == 200
