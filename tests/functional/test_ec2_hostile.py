"""Bad input to the EC2 dialect: a clear error in its form, nothing changed, never a 500."""

import io
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nova_like.api.ec2 import ids, operations
from nova_like.api.ec2.shapes import Shape
from tests.functional.ec2_world import Account, World

FORM = "application/x-www-form-urlencoded"
ERROR = re.compile(
    r'<\?xml version="1.0" encoding="UTF-8"\?>\n<Response><Errors><Error><Code>([\w.]+)</Code><Message>[^<]+</Message>'
    r"</Error></Errors><RequestID>req-[0-9a-f-]{36}</RequestID></Response>\Z"
)
HOSTILE = ["", " ", "*", "\\", "-1", "0", "1", "99999999999999999999", "true", "i-0123456789abcdef0", "i-", "ami-",
           "' OR 1=1 --", "%s%n", "../../etc/passwd", "<!DOCTYPE a>", "&amp;", "\x1b[31m", "\ud7ff", "é" * 300,
           "x" * 3000, "2026-13-45", "YWJj", "tag:", "tag-key", "\r\nSet-Cookie: a=b", "self", "none"]  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(Path(tmp_path_factory.mktemp("ec2")))
    yield world
    world.db.dispose()


@pytest.fixture(scope="module")
def account(world: World) -> Account:
    account = world.user("eve", "hostile")
    world.add_network(account.project_id)
    world.add_image(account.project_id, "debian")
    return account


@pytest.fixture(scope="module")
def image(account: Account) -> str:
    """One that the account may boot."""
    return ids.show("image", account.world.add_image(account.project_id, "mapped")["id"])


def send(account: Account, body: bytes, text: str = "", kind: str = FORM, **changes: Any) -> tuple[int, str]:
    """Status and body of a POST signed as botocore would sign it, with changes to its environ afterwards."""
    url = "http://cloud/ec2/" + (f"?{text}" if text else "")
    request = AWSRequest("POST", url, data=body, headers={"Content-Type": kind})
    SigV4Auth(Credentials(account.access, account.secret), "ec2", "r").add_auth(request)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST", "PATH_INFO": "/ec2/", "QUERY_STRING": text, "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": kind, "HTTP_HOST": "cloud", "wsgi.input": io.BytesIO(body), "wsgi.url_scheme": "http",
        "SCRIPT_NAME": "",
    }  # fmt: skip
    for name, value in request.headers.items():
        if name != "Content-Type":
            environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
    status: list[str] = []
    made = account.world.app(environ | changes, lambda line, headers: status.append(line))
    return int(status[0].split()[0]), b"".join(made).decode()


def code_of(answer: tuple[int, str]) -> str:
    match = ERROR.match(answer[1])
    assert match is not None and answer[0] >= 400, answer
    return match[1]


def leaves(shape: Shape, prefix: str = "", depth: int = 0) -> list[str]:
    """Parameter names that the shape has, one of each list's items."""
    if shape.kind == "list":
        assert shape.item is not None
        return leaves(shape.item, f"{prefix}.1", depth + 1)
    if shape.kind != "structure" or depth > 4:
        return [prefix]
    return [
        name for member in shape.members
        for name in leaves(member.shape, f"{prefix}.{member.query}".lstrip("."), depth + 1)
    ]  # fmt: skip


ACTIONS = sorted(name for name, entry in operations.TABLE.items() if entry.service == "ec2")
VALUES = st.sampled_from(HOSTILE) | st.text(st.characters(codec="utf-8"), max_size=20)


@pytest.mark.parametrize("action", ACTIONS)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_hostile_values_are_answered(account: Account, action: str, data: Any) -> None:
    names = leaves(operations.load()[action].input)
    form = data.draw(st.dictionaries(st.sampled_from(names), VALUES, max_size=6)) if names else {}
    form |= {"MinCount": "1", "MaxCount": "1", "ImageId": "ami-0123456789abcdef0"} if action == "RunInstances" else {}
    answer = send(account, urlencode({"Action": action, "Version": "2016-11-15", **form}).encode())
    if answer[0] != 200:
        assert code_of(answer) != "InternalError" and answer[0] < 500


DEVICES = ["/dev/vda", "/dev/sda1", "sdb", "/dev/xvdz", "/dev/sdb1", "../vdb", "\u0663", ""]


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_hostile_mappings_are_answered(account: Account, image: str, data: Any) -> None:
    """Of an image that there is: nothing is refused before the mappings are read."""
    names = [name for name in leaves(operations.load()["RunInstances"].input) if name.startswith("BlockDeviceMapping")]
    form = {"MinCount": "1", "MaxCount": "1", "ImageId": image, "InstanceType": "m1.tiny",
            "DryRun": "true"}  # fmt: skip
    for number in range(1, data.draw(st.integers(2, 4))):
        drawn = data.draw(st.dictionaries(st.sampled_from(names), VALUES | st.sampled_from(["1", "3"]), max_size=3))
        drawn["BlockDeviceMapping.1.DeviceName"] = data.draw(st.sampled_from(DEVICES) | VALUES)
        drawn.setdefault("BlockDeviceMapping.1.Ebs.VolumeSize", "1")
        form |= {name.replace(".1.", f".{number}.", 1): value for name, value in drawn.items()}
    answer = send(account, urlencode({"Action": "RunInstances", "Version": "2016-11-15", **form}).encode())
    assert code_of(answer) != "InternalError" and answer[0] < 500


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=60), st.text("&=%+;. aA1\x7f", max_size=30))
def test_any_body_and_query_is_answered(account: Account, body: bytes, text: str) -> None:
    assert code_of(send(account, body, quote(text, safe="&=%+;."))) != "InternalError"


@pytest.mark.parametrize(
    ("body", "changes", "code"),
    [
        (b"Action=DescribeRegions&Action=TerminateInstances", {}, "InvalidParameterCombination"),
        (b"Version=2016-11-15", {}, "MissingAction"),
        (b"Action=Nonsense", {}, "InvalidAction"),
        (b"Action=GetCallerIdentity", {}, "SignatureDoesNotMatch"),
        (b"Action=DescribeRegions&Version=1", {}, "NoSuchVersion"),
        (b"Action=DescribeRegions&Version=2016-11-15%22", {}, "NoSuchVersion"),
        (b"Action=DescribeRegions&A=%ff", {}, "MalformedQueryString"),
        (b"Action=DescribeRegions&A=%00", {}, "MalformedQueryString"),
        (b"Action=DescribeRegions&A=\xff", {}, "MalformedQueryString"),
        (b"&".join(b"a%d=1" % n for n in range(2001)), {}, "MalformedQueryString"),
        (b"Action=DescribeRegions&Foo=1", {}, "UnknownParameter"),
        (b"x" * 114689, {}, "RequestEntityTooLarge"),
        (b"Action=DescribeRegions", {"CONTENT_LENGTH": "x"}, "MalformedQueryString"),
        (b"Action=DescribeRegions", {"CONTENT_LENGTH": "-1"}, "MalformedQueryString"),
        (b"Action=DescribeRegions", {"CONTENT_LENGTH": "900"}, "MalformedQueryString"),
        (b"Action=DescribeRegions", {"CONTENT_LENGTH": "\u0663"}, "MalformedQueryString"),
        (b"Action=DescribeRegions", {"PATH_INFO": "/ec2/latest"}, "InvalidRequest"),
        (b"Action=DescribeRegions", {"REQUEST_METHOD": "PUT"}, "InvalidRequest"),
        (b"Action=DescribeRegions", {"REQUEST_METHOD": "GET"}, "SignatureDoesNotMatch"),
        (b"Action=DescribeRegions", {"HTTP_HOST": "other"}, "SignatureDoesNotMatch"),
        (b"Action=DescribeRegions", {"QUERY_STRING": "DryRun=true"}, "SignatureDoesNotMatch"),
    ],
)
def test_requests_that_are_refused(account: Account, body: bytes, changes: dict[str, Any], code: str) -> None:
    assert code_of(send(account, body, **changes)) == code


@pytest.mark.parametrize("kind", ["text/xml", "application/json", "multipart/form-data; boundary=x", ""])
def test_only_forms_are_read(account: Account, kind: str) -> None:
    assert code_of(send(account, b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>", kind=kind)) == (
        "MalformedQueryString"
    )


def test_bodies_in_chunks_are_limited_too(account: Account) -> None:
    changes = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}
    assert send(account, b"Action=DescribeRegions", **changes)[0] == 200
    assert code_of(send(account, b"x" * 200_000, **changes)) == "RequestEntityTooLarge"


def test_a_defect_of_ours_says_nothing_of_itself(
    world: World, account: Account, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*args: Any, **more: Any) -> None:
        raise RuntimeError("password=hunter2")

    monkeypatch.setattr(world.services.hosts, "zones", broken)
    with caplog.at_level(logging.ERROR):
        answer = send(account, b"Action=DescribeAvailabilityZones&Version=2016-11-15")
    assert code_of(answer) == "InternalError" and answer[0] == 500
    assert "hunter2" not in answer[1] and "hunter2" in caplog.text
    assert answer[1].partition("<RequestID>")[2].partition("<")[0] in caplog.text
