"""Signature version 4, with botocore as the signer and Amazon's published examples."""

import datetime
import hashlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nova_like import concurrency
from nova_like.api.ec2 import query, signature
from nova_like.api.ec2.refused import Refused

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
ACCESS = "AKIDEXAMPLE"
URL = "http://cloud.example:8774/ec2/"
FORM = "Action=DescribeInstances&Version=2016-11-15&Filter.1.Name=tag%3AName&Filter.1.Value.1=a%20b%2Ac~%C3%A9"


class Clock(concurrency.Source):
    """A clock that stands `shift` seconds from the real one."""

    shift = 0.0

    def now(self) -> datetime.datetime:
        return super().now() + datetime.timedelta(seconds=self.shift)


@pytest.fixture
def clock() -> Iterator[Clock]:
    clock = Clock()
    previous = concurrency.use(clock)
    yield clock
    concurrency.use(previous)


def environ_of(method: str, url: str, headers: dict[str, str], body: bytes) -> dict[str, Any]:
    parts = urlsplit(url)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method, "SCRIPT_NAME": "/ec2", "PATH_INFO": parts.path.removeprefix("/ec2"),
        "QUERY_STRING": parts.query, "CONTENT_LENGTH": str(len(body)), "HTTP_HOST": parts.netloc,
    }  # fmt: skip
    for name, value in headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    return environ


def signed(body: str = FORM, service: str = "ec2", secret: str = SECRET, region: str = "anywhere-1") -> dict[str, Any]:
    """A POST as botocore signs it: environ, and its body."""
    request = AWSRequest("POST", URL, data=body, headers={"Content-Type": f"{query.FORM}; charset=utf-8"})
    SigV4Auth(Credentials(ACCESS, secret), service, region).add_auth(request)
    return {"environ": environ_of("POST", URL, dict(request.headers.items()), body.encode()), "body": body.encode()}


def presigned(expires: int = 60, service: str = "ec2", text: str = FORM) -> dict[str, Any]:
    """A GET as botocore presigns it."""
    request = AWSRequest("GET", f"{URL}?{text}")
    SigV4QueryAuth(Credentials(ACCESS, SECRET), service, "anywhere-1", expires=expires).add_auth(request)
    return {"environ": environ_of("GET", request.url, {}, b""), "body": b""}


def check(made: dict[str, Any], known: str = ACCESS) -> signature.Claim:
    asked = query.pairs(made["environ"]["QUERY_STRING"])
    request = signature.from_environ(made["environ"], asked, made["body"])
    return signature.verify(request, lambda access: SECRET if access == known else None)


def refusal(made: dict[str, Any], known: str = ACCESS) -> str:
    with pytest.raises(Refused) as caught:
        check(made, known)
    return caught.value.ec2_code


@pytest.mark.parametrize("service", ["ec2", "sts"])
def test_what_botocore_signs_holds(service: str) -> None:
    assert check(signed(service=service)).access == ACCESS
    claim = check(presigned(service=service))
    assert (claim.service, claim.region, claim.expires) == (service, "anywhere-1", 60)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=8), max_size=5))
def test_any_parameters_sign_alike(params: dict[str, str]) -> None:
    from urllib.parse import quote, urlencode

    clean = {k: v for k, v in params.items() if "\0" not in k + v and max(k + v) <= "\ud7ff"}
    text = urlencode(clean, quote_via=quote, safe="")
    check(signed(text))
    check(presigned(text=text))


def test_amazons_examples() -> None:
    """`get-vanilla` of the test suite, and ListUsers of the manual."""
    vanilla = signature.Request(
        "GET", "/", [], {"host": "example.amazonaws.com", "x-amz-date": "20150830T123600Z"}, b""
    )
    claim = signature.Claim(ACCESS, "20150830", "us-east-1", "service", "20150830T123600Z", ("host", "x-amz-date"), "")
    assert signature.sign(vanilla, claim, SECRET) == "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"

    headers = {
        "host": "iam.amazonaws.com", "x-amz-date": "20150830T123600Z",
        "content-type": "application/x-www-form-urlencoded; charset=utf-8",
    }  # fmt: skip
    users = signature.Request("GET", "/", [("Version", "2010-05-08"), ("Action", "ListUsers")], headers, b"")
    names = ("content-type", "host", "x-amz-date")
    claim = signature.Claim(ACCESS, "20150830", "us-east-1", "iam", "20150830T123600Z", names, "")
    hashed = hashlib.sha256(signature.canonical(users, claim).encode()).hexdigest()
    assert hashed == "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59"
    assert signature.sign(users, claim, SECRET) == "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"


def altered(text: str, at: int) -> str:
    return text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]


def test_any_altered_character_of_a_signed_post_fails() -> None:
    made = signed()
    header = made["environ"]["HTTP_AUTHORIZATION"]
    for at in range(len(header)):
        environ = {**made["environ"], "HTTP_AUTHORIZATION": altered(header, at)}
        refusal({"environ": environ, "body": made["body"]})
    for at in range(len(made["body"])):
        refusal({**made, "body": altered(made["body"].decode(), at).encode()})
    for name in ("HTTP_HOST", "HTTP_X_AMZ_DATE", "PATH_INFO", "REQUEST_METHOD", "CONTENT_TYPE"):
        value = made["environ"][name]
        for at in range(len(value)):
            refusal({**made, "environ": {**made["environ"], name: altered(value, at)}})
    assert check(made).access == ACCESS


def test_any_altered_character_of_a_presigned_url_fails() -> None:
    made = presigned()
    text = made["environ"]["QUERY_STRING"]
    for at in range(len(text)):
        changed = {**made["environ"], "QUERY_STRING": altered(text, at)}
        try:
            same = sorted(query.pairs(changed["QUERY_STRING"])) == sorted(query.pairs(text))
        except Refused:
            continue
        if not same:
            refusal({**made, "environ": changed})
    refusal({**made, "environ": {**made["environ"], "QUERY_STRING": text + "&Extra=1"}})
    refusal({**made, "body": b"Action=TerminateInstances"})


def test_the_window_of_time(clock: Clock) -> None:
    made, url = signed(), presigned(expires=60)
    for shift, works in ((890, True), (-890, True), (910, False), (-910, False)):
        clock.shift = shift
        assert check(made).access == ACCESS if works else refusal(made) == "RequestExpired"
    clock.shift = 65
    assert refusal(url) == "RequestExpired"
    clock.shift = -910
    assert refusal(url) == "RequestExpired"


def test_unknown_keys_and_wrong_secrets() -> None:
    assert refusal(signed(), known="other") == "AuthFailure"
    assert refusal(signed(secret="wrong")) == "SignatureDoesNotMatch"
    assert refusal(signed(service="s3")) == "SignatureDoesNotMatch"


def test_an_unsigned_request_is_told_so() -> None:
    made = signed()
    del made["environ"]["HTTP_AUTHORIZATION"]
    assert refusal(made) == "MissingAuthenticationToken"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"HTTP_X_AMZ_SECURITY_TOKEN": "x"}, "SignatureDoesNotMatch"),  # not among the signed headers
        ({"HTTP_X_AMZ_CONTENT_SHA256": "UNSIGNED-PAYLOAD"}, "SignatureDoesNotMatch"),
        ({"HTTP_AUTHORIZATION": "AWS cloud:abc"}, "IncompleteSignature"),
        ({"HTTP_AUTHORIZATION": "AWS4-ECDSA-P256-SHA256 Credential=a"}, "IncompleteSignature"),
        ({"QUERY_STRING": "X-Amz-Algorithm=AWS4-HMAC-SHA256"}, "InvalidParameterCombination"),
        ({"HTTP_X_AMZ_DATE": "20269999T999999Z"}, "SignatureDoesNotMatch"),
        ({"HTTP_X_AMZ_DATE": ""}, "IncompleteSignature"),
    ],
)
def test_downgrades_are_refused(change: dict[str, str], code: str) -> None:
    made = signed()
    assert refusal({**made, "environ": {**made["environ"], **change}}) == code


def test_the_host_must_be_signed() -> None:
    made = signed()
    header = made["environ"]["HTTP_AUTHORIZATION"].replace("content-type;host;", "content-type;")
    assert refusal({**made, "environ": {**made["environ"], "HTTP_AUTHORIZATION": header}}) == "IncompleteSignature"


@pytest.mark.parametrize("expires", [0, 604801])
def test_presigned_requests_live_a_week_at_most(expires: int) -> None:
    assert refusal(presigned(expires=expires)) == "IncompleteSignature"


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200), st.text(max_size=100))
def test_any_header_is_refused(header: str, text: str) -> None:
    environ = environ_of("POST", URL, {"Authorization": header, "X-Amz-Date": text}, b"")
    assert refusal({"environ": environ, "body": b""}) in {"IncompleteSignature", "SignatureDoesNotMatch"}
