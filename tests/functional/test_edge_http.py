"""S18: what a client may cost before anybody has looked at who he is: sizes, times and connections, on both servers."""

import contextlib
import select
import socket
import time
from collections.abc import Iterator

import pytest

from tests.functional.api_process import ApiProcess, running
from tests.functional.http_process import PATIENCE, HttpProcess, answer, serving

BACKENDS = ("eventlet", "threading")
GET = b"GET %s HTTP/1.1\r\nHost: a\r\n\r\n"
HEAD = b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"


@pytest.fixture(params=BACKENDS, scope="module")
def server(request: pytest.FixtureRequest) -> Iterator[HttpProcess]:
    with serving(request.param) as found:
        yield found


@pytest.fixture(params=BACKENDS, scope="module")
def hasty(request: pytest.FixtureRequest) -> Iterator[HttpProcess]:
    """One that does not wait long for what a request is made of."""
    with serving(request.param, header_seconds=0.5, body_seconds=0.5, bytes_per_second=200_000) as found:
        yield found


@pytest.fixture
def small() -> Iterator[HttpProcess]:
    with serving("threading", stream_bytes=1_000_000) as found:
        yield found


def hung_up(link: socket.socket) -> bytes:
    """All that comes until the server hangs up; fails after PATIENCE."""
    got = b""
    with contextlib.suppress(ConnectionResetError):
        while data := link.recv(65536):
            got += data
    return got


def trickle(server: HttpProcess, first: bytes) -> bytes:
    """What is answered to a client who sends `first` and then a byte now and then, which keeps every limit of a single
    read from running out; another client is answered then."""
    with server.connect() as link:
        link.sendall(first)
        deadline = time.monotonic() + PATIENCE
        while not select.select([link], [], [], 0.1)[0]:
            assert time.monotonic() < deadline
            link.sendall(b"x")
        got = answer(link)
    deadline = time.monotonic() + PATIENCE
    while not server.ask(GET % b"/").startswith(b"HTTP/1.1 200"):  # on a busy machine it may be late, too
        assert time.monotonic() < deadline
    return got


def test_S18_a_body_too_large_is_refused_by_its_length_alone(server: HttpProcess) -> None:
    with server.connect() as link:
        link.sendall(HEAD + b"Content-Length: 100001\r\n\r\n")  # and none of it
        assert answer(link).startswith(b"HTTP/1.1 413")
        assert hung_up(link) == b""
    with server.connect() as link:
        link.sendall(HEAD + b"Expect: 100-continue\r\nContent-Length: 10000000000\r\n\r\n")
        assert answer(link).startswith(b"HTTP/1.1 413")


def test_S18_a_chunked_body_is_cut_at_the_limit(server: HttpProcess) -> None:
    before, sent = server.rss_mib(), 0
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    with server.connect() as link:
        link.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        try:
            while sent < 400_000_000:
                link.sendall(chunk)
                sent += len(chunk)
        except OSError:
            pass  # refused: it listened for a moment only
    assert server.rss_mib() - before < 16
    got = server.ask(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", chunk, chunk)
    assert got.startswith(b"HTTP/1.1 413"), got


def test_S18_a_large_stream_costs_no_memory(server: HttpProcess) -> None:
    before, size = server.rss_mib(), 200_000_000
    with server.connect() as link:
        link.sendall(b"POST /stream HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % size)
        for _ in range(size // 1_000_000):
            link.sendall(b"x" * 1_000_000)
        assert answer(link).endswith(b"200000000 False")
    assert server.rss_mib() - before < 16


def test_S18_a_body_that_nobody_read_is_not_read_to_its_end(server: HttpProcess) -> None:
    with server.connect() as link:
        link.sendall(b"POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n\r\n" + b"x" * 90000)
        assert answer(link).startswith(b"HTTP/1.1 200")
        link.sendall(GET % b"/")
        assert answer(link).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("first", [b"G", b"GET / HTTP/1.1\r\nHost:", b"GET / HTTP/1.1\r\nHost: a\r\n"])
def test_S18_slow_headers_are_hung_up_on(hasty: HttpProcess, first: bytes) -> None:
    assert trickle(hasty, first).startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize("length", [b"Content-Length: 50000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\nffff\r\n"])
@pytest.mark.parametrize("path", [b"/x", b"/stream"])
def test_S18_slow_bodies_are_hung_up_on(hasty: HttpProcess, path: bytes, length: bytes) -> None:
    got = trickle(hasty, HEAD.replace(b"/x", path) + length)
    assert got.startswith(b"HTTP/1.1 408") and got.endswith(b"slow")  # the application says so in its own form


def test_S18_blank_lines_are_no_request(hasty: HttpProcess) -> None:
    with hasty.connect() as link:
        link.sendall(b"\r\n")
        assert hung_up(link)[:12] in (b"", b"HTTP/1.1 408")


def test_S18_those_who_wait_do_not_keep_everybody_waiting(server: HttpProcess) -> None:
    """There are four threads, and requests that last take them all, but for those of a kind that has its own."""
    links = [server.connect() for _ in range(8)]
    try:
        for link in links:
            link.sendall(GET % b"/hold")
        assert server.ask(GET % b"/release").startswith(b"HTTP/1.1 200")
        assert {answer(link)[:12] for link in links} == {b"HTTP/1.1 200"}
    finally:
        for link in links:
            link.close()


def test_S18_silent_connections_make_room_for_one_that_asks(server: HttpProcess) -> None:
    """The server takes 20: sixty that say nothing, or begin and say no more, keep nobody out."""
    links = [server.connect() for _ in range(60)]
    try:
        for link in links[30:]:
            link.sendall(b"GET / HT")
        for _ in range(5):
            assert server.ask(GET % b"/").startswith(b"HTTP/1.1 200")
        assert hung_up(links[0]) == b""
    finally:
        for link in links:
            link.close()


def test_S18_bodies_that_do_not_come_make_room_for_one_that_asks(server: HttpProcess) -> None:
    """They are hung up on without a word, before their own time is over."""
    links = [server.connect() for _ in range(100)]
    try:
        for number, link in enumerate(links):
            link.sendall(
                HEAD + (b"Content-Length: 90000\r\n\r\nx", b"Transfer-Encoding: chunked\r\n\r\n5\r\n")[number % 2]
            )
        assert server.ask(GET % b"/").startswith(b"HTTP/1.1 200")
        assert [hung_up(link) for link in links[:40]] == [b""] * 40
    finally:
        for link in links:
            link.close()


@pytest.mark.parametrize(
    "head",
    [b"X: " + b"x" * 70_000, b"\r\n".join(b"X-%d: y" % n for n in range(20_000)), b"X: " + b"x" * 1_000_000],
    ids=["long", "many", "huge"],
)
def test_S18_headers_too_large(server: HttpProcess, head: bytes) -> None:
    with server.connect() as link:
        try:
            link.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n" + head + b"\r\n\r\n")
        except OSError:
            pass
        assert hung_up(link)[:12] in (b"HTTP/1.1 431", b"HTTP/1.1 400", b"HTTP/1.0 431")
    assert server.ask(GET % b"/").startswith(b"HTTP/1.1 200")


def test_a_client_that_hung_up_is_known_to_be_gone(server: HttpProcess) -> None:
    """One that has sent its next request already is not."""
    with server.connect() as link:
        link.sendall(GET % b"/gone")
    deadline = time.monotonic() + PATIENCE
    while not (got := server.ask(GET % b"/seen")).endswith(b"[True]"):
        assert time.monotonic() < deadline, got
    with server.connect() as link:
        link.sendall(GET % b"/" + GET % b"/")
        assert answer(link).endswith(b"0 False")


def test_S18_pipelined_requests_are_answered_in_their_order(server: HttpProcess) -> None:
    with server.connect() as link:
        one = b"POST /%d HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s"
        link.sendall(b"".join(one % (n, n, b"x" * n) for n in range(1, 30)))
        got = b""
        while got.count(b"HTTP/1.1 200") < 29 or not got.endswith(b"29 False"):
            data = link.recv(65536)
            assert data, got
            got += data
        found = [int(part.split(b"\r\n\r\n")[1].split()[0]) for part in got.split(b"HTTP/1.1 200 OK")[1:]]
        assert found == list(range(1, 30))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("taken", [0, 1])
def test_S18_who_does_not_read_his_answer_is_hung_up_on(backend: str, taken: int) -> None:
    """Or a byte now and then only; four of them take all threads."""
    with serving(backend, idle_seconds=1.0, bytes_per_second=1_000_000) as slow:
        links = [slow.connect() for _ in range(4)]
        try:
            for link in links:
                link.sendall(GET % b"/endless")
                assert link.recv(1) == b"H"
            deadline = time.monotonic() + PATIENCE
            while slow.connections():
                assert time.monotonic() < deadline, "they are still there"
                for link in links if taken else ():
                    with contextlib.suppress(OSError):
                        link.recv(4096)
                time.sleep(0.05)
        finally:
            for link in links:
                link.close()
        assert slow.ask(GET % b"/").startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "headers",
    [
        b"Transfer-Encoding: gzip", b"Transfer-Encoding: identity", b"Transfer-Encoding: gzip, chunked",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip", b"Content-Length: 3\r\nContent-Length: 5",
        b"Content-Length: +3", b"Content-Length: -1", b"Content-Length: 1_0", b"Content-Length: 3, 3",
        b"Content-Length : 3", b"no header\r\nContent-Length: 3", b"X: y\r\n Content-Length: 3\r\nContent-Length : 3",
    ],
    ids=lambda headers: headers.decode().replace("\r\n", " | "),
)  # fmt: skip
def test_S18_no_request_is_hidden_in_the_body_of_another(server: HttpProcess, headers: bytes) -> None:
    """Whose end could be read in two ways is refused, and the connection ends with it."""
    with server.connect() as link:
        link.sendall(b"POST /unread HTTP/1.1\r\nHost: a\r\n" + headers + b"\r\n\r\n" + GET % b"/second")
        got = hung_up(link)
    assert got.count(b"HTTP/1.") == 1 and got.split(b" ")[1] in (b"400", b"501"), got


def test_a_type_that_nobody_named_is_empty(server: HttpProcess) -> None:
    assert server.ask(b"POST /type HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}").endswith(b"type ''")
    assert server.ask(HEAD.replace(b"/x", b"/type") + b"Content-Length: 0\r\n\r\n").endswith(b"'application/json'")


def test_chunked_may_be_written_in_capitals(server: HttpProcess) -> None:
    got = server.ask(HEAD + b"Transfer-Encoding:  Chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")
    assert got.endswith(b"2 False")


@pytest.fixture(params=BACKENDS, scope="module")
def api(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiProcess]:
    with running(tmp_path_factory.mktemp("api"), request.param) as found:
        yield found


@pytest.mark.parametrize("header", [b"Content-Length: 100000000000\r\n", b"Transfer-Encoding: chunked\r\n"])
def test_S18_an_upload_without_a_token_is_not_taken_in(api: ApiProcess, header: bytes) -> None:
    with socket.create_connection(api.listener.getsockname(), timeout=PATIENCE) as link:
        link.sendall(b"PUT /image/v2/images/x/file HTTP/1.1\r\nHost: a\r\n" + header)
        link.sendall(b"Content-Type: application/octet-stream\r\n\r\n100000\r\n")
        assert answer(link).startswith(b"HTTP/1.1 401")
        assert hung_up(link) == b""


def test_S18_bodies_on_disk_are_bounded(small: HttpProcess) -> None:
    """One by its own size, all of them by their sum; what has gone makes room again."""
    stream = b"POST /stream HTTP/1.1\r\nHost: a\r\nX-Proof: y\r\n"
    assert small.ask(stream + b"Content-Length: 1000001\r\n\r\n").startswith(b"HTTP/1.1 413")
    begun = stream + b"Content-Length: 1000000\r\n\r\n" + b"x" * 900_000
    links = [small.connect() for _ in range(3)]
    try:
        for link in links:
            link.sendall(begun)
        assert (ready := select.select(links, [], [], PATIENCE)[0])
        assert answer(ready[0]).startswith(b"HTTP/1.1 503")
    finally:
        for link in links:
            link.close()
    for _ in range(5):
        deadline = time.monotonic() + PATIENCE
        while not small.ask(begun, b"x" * 100_000).endswith(b"1000000 False"):  # it notices by and by who has gone
            assert time.monotonic() < deadline
