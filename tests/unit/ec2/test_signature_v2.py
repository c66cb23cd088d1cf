"""Signature version 2, with botocore as the signer and Amazon's published example."""

import datetime
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from botocore.auth import SigV2Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from nova_like import concurrency
from nova_like.api.ec2 import query, signature, signature_v2
from nova_like.api.ec2.refused import Refused
from tests.unit.ec2.test_signature import ACCESS, SECRET, Clock, environ_of

URL = "http://cloud.example:8774/ec2/"
MANUAL = ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
PARAMS = {"Action": "DescribeInstances", "Version": "2016-11-15", "Filter.1.Name": "tag:Name", "F.1": "a b*c~\u00e9"}


@pytest.fixture
def clock() -> Iterator[Clock]:
    clock = Clock()
    previous = concurrency.use(clock)
    yield clock
    concurrency.use(previous)


def signed(method: str = "POST", **more: str) -> dict[str, Any]:
    """A request as botocore signs it: its environ, and the form of its body."""
    where = {"data": dict(PARAMS)} if method == "POST" else {"params": dict(PARAMS)}
    request = AWSRequest(method, URL, **where)
    SigV2Auth(Credentials(ACCESS, SECRET)).add_auth(request)
    made = {**(request.data if method == "POST" else request.params), **more}
    text = urlencode(made)
    url, body = (URL, text.encode()) if method == "POST" else (f"{URL}?{text}", b"")
    return {"environ": environ_of(method, url, {}, body), "body": body}


def check(made: dict[str, Any], known: str = ACCESS) -> signature.Claim:
    asked = query.pairs(made["environ"]["QUERY_STRING"])
    request = signature.from_environ(made["environ"], asked, made["body"])
    pairs = asked + query.pairs(made["body"].decode())
    assert signature_v2.is_meant(dict(pairs))
    return signature_v2.verify(request, pairs, "ec2", {known: SECRET, MANUAL[0]: MANUAL[1]}.get)


def refusal(made: dict[str, Any], known: str = ACCESS) -> str:
    with pytest.raises(Refused) as caught:
        check(made, known)
    return caught.value.ec2_code


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_botocore_signs_holds(method: str) -> None:
    claim = check(signed(method))
    assert (claim.access, claim.service) == (ACCESS, "ec2")


def example(method: str, host: str, signature_text: str) -> dict[str, Any]:
    params = {
        "AWSAccessKeyId": MANUAL[0], "Action": "DescribeJobFlows", "SignatureMethod": method,
        "SignatureVersion": "2", "Timestamp": "2011-10-03T15:19:30", "Version": "2009-03-31",
        "Signature": signature_text,
    }  # fmt: skip
    environ = environ_of("GET", f"https://{host}/?{urlencode(params)}", {}, b"")
    return {"environ": {**environ, "SCRIPT_NAME": "", "PATH_INFO": "/"}, "body": b""}


@pytest.mark.parametrize("host", ["elasticmapreduce.amazonaws.com", "elasticmapreduce.amazonaws.com:8443"])
def test_amazons_example(clock: Clock, host: str) -> None:
    """`Signature version 2`, of the manual; some clients leave the port out of what they sign."""
    day = datetime.datetime(2011, 10, 3, 15, 19, 30, tzinfo=datetime.UTC)
    clock.shift = (day - concurrency.now()).total_seconds()
    assert check(example("HmacSHA256", host, "i91nKc4PWAt0JJIdXwz9HxZCJDdiy6cf/Mj6vPxyYIs=")).access == MANUAL[0]
    assert refusal(example("HmacSHA1", host, "i91nKc4PWAt0JJIdXwz9HxZCJDdiy6cf/Mj6vPxyYIs=")) == "SignatureDoesNotMatch"


def test_sha1_of_another_signer() -> None:
    import base64
    import hashlib
    import hmac

    params = {"AWSAccessKeyId": ACCESS, "Action": "DescribeRegions", "SignatureMethod": "HmacSHA1",
              "SignatureVersion": "2", "Expires": "2099-01-01T00:00:00Z"}  # fmt: skip
    text = "GET\ncloud.example:8774\n/ec2/\n" + urlencode(sorted(params.items()))
    mac = hmac.new(SECRET.encode(), text.encode(), hashlib.sha1).digest()
    query_text = urlencode({**params, "Signature": base64.b64encode(mac).decode()})
    made = {"environ": environ_of("GET", f"{URL}?{query_text}", {}, b""), "body": b""}
    assert check(made).access == ACCESS


def test_requests_that_do_not_hold(clock: Clock) -> None:
    assert refusal(signed(Action="TerminateInstances")) == "SignatureDoesNotMatch"
    assert refusal(signed(Extra="1")) == "SignatureDoesNotMatch"
    assert refusal(signed(), known="another") == "AuthFailure"
    assert refusal(signed(SignatureVersion="1")) == "IncompleteSignature"
    assert refusal(signed(SignatureMethod="none")) == "IncompleteSignature"
    assert refusal(signed(Signature="")) == "IncompleteSignature"
    assert refusal(signed(Timestamp="soon")) == "IncompleteSignature"
    assert refusal(signed(Expires="2099-01-01T00:00:00Z")) == "IncompleteSignature"
    made = signed()
    made["environ"]["HTTP_HOST"] = "other"
    assert refusal(made) == "SignatureDoesNotMatch"
    made = signed()
    made["environ"]["HTTP_AUTHORIZATION"] = "AWS4-HMAC-SHA256"
    assert refusal(made) == "InvalidParameterCombination"
    made = signed()
    for clock.shift in (1000.0, -1000.0):
        assert refusal(made) == "RequestExpired"
