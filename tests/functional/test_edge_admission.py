"""More than can be answered: what is in work ends, so many wait, the rest is told when to come again, each in the form
of the API that was asked; version documents are always answered."""

import re
import resource
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from webob import Request

from nova_like import concurrency
from nova_like.api.common import kinds, server
from nova_like.api.common.front import Front
from nova_like.api.common.gate import Gate
from nova_like.api.common.http import GONE, HANG_UP
from nova_like.api.native.all_routes import all_mounted
from nova_like.model.errors import Unavailable
from tests.functional.sweep_entries import is_error

PATIENCE = 60.0
ASKED = {
    "identity": "/identity/v3/auth/projects", "compute": "/compute/v2.1/servers", "image": "/image/v2/images",
    "network": "/network/v2.0/networks", "volume": "/volume/v3/volumes",
}  # fmt: skip
EC2_ERROR = re.compile(r"<Response><Errors><Error><Code>(\w+)</Code>")


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


class Busy:
    """A cloud whose list of flavors takes until `go` is set, behind a front with small limits."""

    def __init__(self, cloud: Any, monkeypatch: pytest.MonkeyPatch, **limits: Any) -> None:
        self.cloud, self.go, self.begun, self.answers = cloud, threading.Event(), 0, list[Any]()
        for name, value in limits.items():
            cloud.conf.set_override(name, value, "api")
        cloud.app = Front(server.load(cloud.conf), cloud.services, cloud.conf)
        self.gate: Gate = cloud.app.gates[kinds.WORK]
        self.token = cloud.token("alice")
        cloud.token("admin")
        real = cloud.services.flavors.list

        def slow(*args: Any, **more: Any) -> Any:
            self.begun += 1
            assert self.go.wait(PATIENCE)
            return real(*args, **more)

        monkeypatch.setattr(cloud.services.flavors, "list", slow)

    def ask(self, path: str = "/compute/v2.1/flavors", **environ: Any) -> None:
        self.answers.append(self.cloud.call("GET", path, self.token, environ=environ))

    def start(self, number: int, **environ: Any) -> list[threading.Thread]:
        threads = [threading.Thread(target=self.ask, kwargs=environ) for _ in range(number)]
        for thread in threads:
            thread.start()
        return threads


@contextmanager
def finished(busy: Busy, threads: list[threading.Thread]) -> Iterator[None]:
    try:
        yield
    finally:
        busy.go.set()
        for thread in threads:
            thread.join(PATIENCE)


def test_so_many_are_in_work_so_many_wait_and_the_rest_is_told_to_come_again(cloud: Any, monkeypatch: Any) -> None:
    busy = Busy(cloud, monkeypatch, max_requests=3, max_waiting=5, max_wait_seconds=PATIENCE)
    threads = busy.start(8)
    with finished(busy, threads):
        wait_for(lambda: busy.begun == 3 and busy.gate.waiting == 5)
        for api, path in ASKED.items():
            refused = cloud.call("GET", path, busy.token)
            assert refused.status_int == 503 and is_error(api, refused), refused.text
            assert int(refused.headers["Retry-After"]) > 0
        for form in ({}, {"Action": "DescribeInstances"}):
            refused = Request.blank("/ec2/", POST=form).get_response(cloud.app)
            assert refused.status_int == 503 and EC2_ERROR.search(refused.text)[1] == "Unavailable"
            assert int(refused.headers["Retry-After"]) > 0
        for path in ("/", "/identity", "/identity/v3", "/compute/v2.1/", "/compute/v2.1", "/image/versions"):
            assert cloud.call("GET", path).status_int in (200, 300), path
        assert cloud.login("alice").status_int == 503
        assert busy.begun == 3
    assert [answer.status_int for answer in busy.answers] == [200] * 8
    assert busy.gate.busy == busy.gate.waiting == 0


def test_who_waits_too_long_is_told_to_come_again(cloud: Any, monkeypatch: Any) -> None:
    busy = Busy(cloud, monkeypatch, max_requests=1, max_waiting=5, max_wait_seconds=0.05)
    threads = busy.start(1)
    with finished(busy, threads):
        wait_for(lambda: busy.begun == 1)
        busy.ask()
        assert busy.answers[0].status_int == 503 and busy.gate.waiting == 0
    assert busy.answers[1].status_int == 200


def test_where_nothing_moves_nobody_waits(monkeypatch: Any) -> None:
    """The database is away: those in work have their time; a wait before one's own would make it twice as long."""
    now = [100.0]
    monkeypatch.setattr(concurrency, "monotonic", lambda: now[0])
    gate = Gate(2, 5, 4.0)
    assert [gate.enter(), gate.enter()] == [None, None]
    now[0] += 4.1
    monkeypatch.setattr(concurrency, "wait", lambda *args: pytest.fail("it waited"))
    assert isinstance(gate.enter(), Unavailable) and gate.refused == 1
    gate.leave()
    assert gate.enter() is None
    now[0] += 3.9
    monkeypatch.setattr(concurrency, "wait", lambda turn, seconds: gate.leave())
    assert gate.enter() is None and gate.busy == 2


def test_where_nobody_may_wait_free_places_are_taken() -> None:
    for gate in (Gate(2, 0, 5.0), Gate(2, 5, 0.0)):
        assert [gate.enter(waited=0.001), gate.enter(waited=0.001)] == [None, None]
        assert isinstance(gate.enter(waited=0.001), Unavailable) and gate.waiting == 0
        gate.leave()
        assert gate.enter() is None


def test_what_was_left_lying_for_too_long_is_not_begun(cloud: Any, monkeypatch: Any) -> None:
    """As in a server of threads, where requests lie until a thread is free."""
    busy = Busy(cloud, monkeypatch, max_wait_seconds=5.0)
    busy.go.set()
    busy.ask(**{"nova_like.waited": lambda: 5.1})
    busy.ask(**{"nova_like.waited": lambda: 4.9})
    assert [answer.status_int for answer in busy.answers] == [503, 200]


def test_what_nobody_waits_for_any_more_is_not_begun(cloud: Any, monkeypatch: Any) -> None:
    busy = Busy(cloud, monkeypatch, max_requests=1, max_waiting=5, max_wait_seconds=PATIENCE)
    threads = busy.start(1)
    wait_for(lambda: busy.begun == 1)
    threads += busy.start(2, **{GONE: lambda: True})
    with finished(busy, threads):
        wait_for(lambda: busy.gate.waiting == 2)
    assert busy.begun == 1 and sorted(answer.status_int for answer in busy.answers) == [200, 503, 503]
    assert busy.gate.busy == 0


def test_a_flood_costs_no_memory_and_harms_nobody_in_work(cloud: Any, monkeypatch: Any) -> None:
    busy = Busy(cloud, monkeypatch, max_requests=4, max_waiting=4, max_wait_seconds=PATIENCE)
    threads = busy.start(8)
    with finished(busy, threads):
        wait_for(lambda: busy.begun == 4 and busy.gate.waiting == 4)
        body = b'{"server": {"name": "' + b"x" * 100_000 + b'"}}'
        refused = [cloud.call("POST", "/compute/v2.1/servers", busy.token, body).status_int for _ in range(200)]
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        refused += [cloud.call("POST", "/compute/v2.1/servers", busy.token, body).status_int for _ in range(2000)]
        assert refused == [503] * 2200 and busy.gate.refused == 2200
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 16 * 1024  # KiB
    assert [answer.status_int for answer in busy.answers] == [200] * 8


def test_a_slow_reader_of_image_data_keeps_nobody_from_work(cloud: Any) -> None:
    gates = cloud.app.gates
    image = cloud.call("POST", "/image/v2/images", "alice",
                       {"name": "i", "disk_format": "raw", "container_format": "bare"}).json  # fmt: skip
    path = f"/image/v2/images/{image['id']}/file"
    sent = cloud.call("PUT", path, "alice", b"x" * 4096, Content_Type="application/octet-stream")
    assert sent.status_int == 204 and gates[kinds.TRANSFER].busy == 0
    request = Request.blank(path, headers={"X-Auth-Token": cloud.token("alice")})
    made = cloud.app(request.environ, lambda *_: None)
    assert (gates[kinds.TRANSFER].busy, gates[kinds.WORK].busy) == (1, 0)
    made.close()
    assert gates[kinds.TRANSFER].busy == 0 and cloud.app.in_hand == 0


def test_an_upload_cut_between_two_chunks_is_the_clients_fault(cloud: Any) -> None:
    class Cut:
        def read(self, length: int = -1) -> bytes:
            raise ValueError("invalid literal for int()")  # as eventlet's ChunkReadError

    new = {"name": "i", "disk_format": "raw", "container_format": "bare"}
    image = cloud.call("POST", "/image/v2/images", "alice", new).json
    more = {"wsgi.input": Cut(), "wsgi.input_terminated": True, "CONTENT_TYPE": "application/octet-stream"}
    sent = cloud.call("PUT", f"/image/v2/images/{image['id']}/file", "alice", environ=more)
    assert sent.status_int == 400 and is_error("image", sent), sent.text


def test_the_kinds_of_all_routes() -> None:
    """A route that streams, or a version document, cannot be added without being known as what it is."""
    documents, transfers = set(), set()
    for api, route, _, _ in all_mounted():
        path = f"/{api}" + re.sub(r"\{\w+\}", "x", route.path)
        kind = kinds.of(route.method, path, "")
        assert (kind == kinds.TRANSFER) == (route.raw or route.path.endswith("/file") or "/link/" in route.path), path
        if kind == kinds.DOCUMENT:
            documents.add(path)
            assert route.method == "GET" and "{" not in route.path
        if kind == kinds.TRANSFER:
            transfers.add((route.method, path))
    assert len(documents) >= 10 and len(transfers) == 5
    assert kinds.of("GET", "/ec2/", "Action=DescribeInstances") == kinds.WORK
    assert kinds.of("POST", "/ec2/", "") == kinds.WORK


@pytest.mark.parametrize("api", ASKED)
def test_a_token_cannot_be_looked_at(cloud: Any, monkeypatch: Any, api: str) -> None:
    """The database is away: 503 in the form of the API; what needs no caller is answered."""
    token = cloud.token("alice")

    def away(text: str) -> None:
        raise Unavailable("The database does not answer.", retry_after=5)

    monkeypatch.setattr(cloud.services.identity, "validate", away)
    refused = cloud.call("GET", ASKED[api], token)
    assert refused.status_int == 503 and is_error(api, refused) and refused.headers["Retry-After"] == "5"
    assert cloud.call("GET", f"/{api}/", token).status_int in (200, 300)


def test_documents_look_no_token_up(cloud: Any, monkeypatch: Any) -> None:
    """They pass no gate, so nothing bounds how many are asked for at once."""
    token, seen, real = cloud.token("alice"), [], cloud.services.identity.validate
    monkeypatch.setattr(cloud.services.identity, "validate", lambda text: (seen.append(text), real(text))[1])
    for path in ("/", *(f"/{api}/" for api in ASKED), "/compute/v2.1", "/identity/v3"):
        assert cloud.call("GET", path, token).status_int in (200, 300), path
    assert seen == []
    assert cloud.call("GET", ASKED["compute"], token).status_int == 200 and len(seen) == 1


def test_an_access_key_cannot_be_looked_at(cloud: Any, monkeypatch: Any) -> None:
    def away(access: str) -> None:
        raise Unavailable("The database does not answer.", retry_after=5)

    monkeypatch.setattr(cloud.services.identity, "ec2_key", away)
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    signed = AWSRequest("GET", "http://localhost/ec2/?Action=DescribeInstances&Version=2016-11-15")
    SigV4Auth(Credentials("a" * 32, "b" * 32), "ec2", "r").add_auth(signed)
    answer = Request.blank(signed.url, headers=dict(signed.headers)).get_response(cloud.app)
    assert answer.status_int == 503 and EC2_ERROR.search(answer.text)[1] == "Unavailable", answer.text
    assert answer.headers["Retry-After"] == "5"


@pytest.mark.parametrize("path", [*ASKED.values(), "/ec2/"])
def test_S18_a_body_too_large_is_said_in_the_apis_form_and_not_read(cloud: Any, path: str) -> None:
    class Unread:
        def read(self, length: int = -1) -> bytes:
            raise AssertionError("the body was read")

    hung_up = list[int]()
    more = {"wsgi.input": Unread(), "CONTENT_LENGTH": "10000000000", HANG_UP: lambda: hung_up.append(1)}
    answer = cloud.call("POST", path, "alice", environ=more)
    assert answer.status_int == 413 and hung_up
    if path == "/ec2/":
        assert EC2_ERROR.search(answer.text)[1] == "RequestEntityTooLarge"
    else:
        assert is_error(path.split("/")[1], answer), answer.text


@pytest.mark.parametrize("path", [*ASKED.values(), "/ec2/", "/image/v2/images/{image}/file"])
def test_S18_a_body_that_comes_too_slowly_is_said_in_the_apis_form(cloud: Any, path: str) -> None:
    class Slow:
        def read(self, length: int = -1) -> bytes:
            raise TimeoutError

    hung_up, method, kind = list[int](), "POST", "application/json"
    if "{image}" in path:
        made = cloud.call("POST", "/image/v2/images", "alice", {"container_format": "bare", "disk_format": "raw"})
        path, method, kind = path.format(image=made.json["id"]), "PUT", "application/octet-stream"
    more = {"wsgi.input": Slow(), "CONTENT_LENGTH": "1000", HANG_UP: lambda: hung_up.append(1)}
    answer = cloud.call(method, path, "alice", environ=more, Content_Type=kind)
    assert answer.status_int == 408 and hung_up == [1], answer.text
    if path == "/ec2/":
        assert EC2_ERROR.search(answer.text)[1] == "RequestTimeout"
    else:
        assert is_error(path.split("/")[1], answer), answer.text


def test_documents_have_threads_of_their_own(cloud: Any) -> None:
    """So they are answered where requests that wait have taken all others."""
    limits = cloud.app.limits
    assert limits.kind("GET", "/compute/", "") == kinds.DOCUMENT and limits.pools[kinds.DOCUMENT] >= 1
    assert limits.pools[kinds.TRANSFER] > cloud.conf.api.max_transfers and limits.threads > cloud.conf.api.max_requests
