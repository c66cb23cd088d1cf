"""S20: signatures of EC2 requests. A request that is sent again within its window is served again: decision 0005 has it
so, and what must not happen twice carries a ClientToken."""

import contextlib
import datetime
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from webob import Request

from nova_like import concurrency
from nova_like.model.context import Context
from tests.functional.sweep_world import World

Breaches = list[str]
URL = "http://localhost/ec2/"
FORM = {"Action": "DescribeInstances", "Version": "2016-11-15"}
TYPE = "application/x-www-form-urlencoded"


def credentials(world: World) -> Credentials:
    user, access = world.theirs.ids["user"], world.theirs.ids["access"]
    row = world.cloud.services.identity.ec2.get(Context(user_id=user), user, access)
    return Credentials(access, row["secret"])


def signed(world: World, service: str = "ec2", expires: int = 0) -> Request:
    """A good request, by header or (with `expires`) presigned."""
    if expires:
        asked = AWSRequest("GET", f"{URL}?{urlencode(FORM)}")
        SigV4QueryAuth(credentials(world), service, "RegionOne", expires=expires).add_auth(asked)
        return Request.blank(asked.url, headers={"Host": "localhost"})
    body = urlencode(FORM).encode()
    asked = AWSRequest("POST", URL, data=body, headers={"Content-Type": TYPE})
    SigV4Auth(credentials(world), service, "RegionOne").add_auth(asked)
    return Request.blank(URL, method="POST", headers={**asked.headers, "Host": "localhost"}, body=body)


def status(world: World, request: Request) -> int:
    return int(request.get_response(world.cloud.app).status_int)


class _Shifted(concurrency.Source):
    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    def now(self) -> datetime.datetime:
        return super().now() + datetime.timedelta(seconds=self.seconds)


@contextlib.contextmanager
def later(seconds: float) -> Iterator[None]:
    before = concurrency.use(_Shifted(seconds))
    try:
        yield
    finally:
        concurrency.use(before)


def _expect(world: World, tries: dict[str, Any]) -> Breaches:
    """`tries`: what -> a request that must be refused."""
    return [what for what, request in tries.items() if status(world, request) not in (400, 401, 403)]


def check_the_good_one_is_served(world: World) -> Breaches:
    """Or the other checks would prove nothing."""
    return [f"{expires}" for expires in (0, 60) if status(world, signed(world, expires=expires)) != 200]


def check_altered(world: World) -> Breaches:
    """Each of the signature's digits, and whatever it covers."""
    tries = dict[str, Any]()
    good = signed(world).headers["Authorization"]
    start = good.index("Signature=") + len("Signature=")
    for place in range(start, len(good)):
        digit = "0" if good[place] != "0" else "1"
        tries[f"digit {place - start}"] = request = signed(world)
        request.headers["Authorization"] = good[:place] + digit + good[place + 1 :]
    tries["body"] = request = signed(world)
    request.body = request.body.replace(b"DescribeInstances", b"DescribeAddresses")
    tries["host"] = request = signed(world)
    request.headers["Host"] = "elsewhere"
    tries["method"] = request = signed(world)
    request.method, request.environ["QUERY_STRING"] = "GET", urlencode(FORM)
    tries["more in the query"] = request = signed(world)
    request.environ["QUERY_STRING"] = "DryRun=true"
    tries["access key"] = request = signed(world)
    request.headers["Authorization"] = good.replace(world.theirs.ids["access"], world.own.ids["access"])
    return _expect(world, tries)


def check_times(world: World) -> Breaches:
    """Fifteen minutes either way; a presigned one as long as it says."""
    found = []
    for seconds, expires in ((901 + 5, 0), (-901 - 5, 0), (61 + 5, 60), (-901 - 5, 60)):
        request = signed(world, expires=expires)
        with later(seconds):
            found += _expect(world, {f"{seconds} s later, for {expires} s": request})
    return found


def check_coverage(world: World) -> Breaches:
    """Nothing that is acted on is left out of the signature."""
    tries = dict[str, Any]()
    tries["an x-amz header more"] = request = signed(world)
    request.headers["X-Amz-Security-Token"] = "x"
    tries["another hash of the body"] = request = signed(world)
    request.headers["X-Amz-Content-Sha256"] = "0" * 64
    return _expect(world, tries)


def check_forms(world: World) -> Breaches:
    """Version 2, another service's signature, both ways at once, a parameter twice."""
    tries = dict[str, Any]()
    old = {**FORM, "SignatureVersion": "2", "SignatureMethod": "HmacSHA256", "Signature": "x", "Timestamp": "x",
           "AWSAccessKeyId": world.theirs.ids["access"]}  # fmt: skip
    tries["version 2"] = Request.blank(URL, POST=old)
    for service in ("s3", "sts", "iam"):
        tries[f"signed for {service}"] = signed(world, service)
        tries[f"presigned for {service}"] = signed(world, service, 60)
    tries["both ways"] = request = signed(world, expires=60)
    request.headers["Authorization"] = signed(world).headers["Authorization"]
    tries["twice"] = request = signed(world, expires=60)
    request.environ["QUERY_STRING"] += "&Action=TerminateInstances"
    return _expect(world, tries)
