"""S18: what a client may cost before anybody has looked at who he is: sizes, times and connections, on both servers."""

import contextlib
import select
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.functional.api_process import running
from tests.functional.http_process import PATIENCE, HttpProcess, answer, serving

HEAD = b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"


@pytest.fixture(params=("eventlet", "threading"), scope="module")
def server(request: pytest.FixtureRequest) -> Iterator[HttpProcess]:
    with serving(request.param) as found:
        yield found


@pytest.fixture
def small() -> Iterator[HttpProcess]:
    with serving("threading", stream_bytes=1_000_000) as found:
        yield found


def hung_up(link: socket.socket) -> bytes:
    """All that comes until the server hangs up; fails after PATIENCE."""
    got = b""
    while True:
        try:
            data = link.recv(65536)
        except ConnectionResetError:
            return got
        if not data:
            return got
        got += data


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
        link.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert answer(link).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("first", [b"G", b"GET / HTTP/1.1\r\nHost:", b"GET / HTTP/1.1\r\nHost: a\r\n"])
def test_S18_slow_headers_are_hung_up_on(server: HttpProcess, first: bytes) -> None:
    """Though a byte comes now and then, which keeps every limit of a single read from running out."""
    with server.connect() as link:
        link.sendall(first)
        deadline, got = time.monotonic() + PATIENCE, None
        link.settimeout(0.1)
        while got is None and time.monotonic() < deadline:
            try:
                link.sendall(b"x")
                got = link.recv(4096)
            except TimeoutError:
                continue
            except OSError:
                got = b""
        assert got is not None and (got == b"" or got.startswith(b"HTTP/1.1 408"))
    assert server.ask(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").startswith(b"HTTP/1.1 200")


def test_S18_slow_bodies_are_hung_up_on(server: HttpProcess) -> None:
    with server.connect() as link:
        link.sendall(HEAD + b"Content-Length: 50000\r\n\r\n")
        deadline, got = time.monotonic() + PATIENCE, None
        link.settimeout(0.1)
        while got is None and time.monotonic() < deadline:
            try:
                link.sendall(b"x")
                got = link.recv(4096)
            except TimeoutError:
                continue
            except OSError:
                got = b""
        assert got == b"" or got.startswith(b"HTTP/1.1 400")


def test_S18_silent_connections_make_room_for_one_that_asks(server: HttpProcess) -> None:
    """The server takes 20: sixty that say nothing, or begin and say no more, keep nobody out."""
    links = [server.connect() for _ in range(60)]
    try:
        for link in links[30:]:
            link.sendall(b"GET / HT")
        for _ in range(5):
            assert server.ask(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").startswith(b"HTTP/1.1 200")
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
        assert server.ask(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").startswith(b"HTTP/1.1 200")
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
    assert server.ask(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").startswith(b"HTTP/1.1 200")


def test_a_client_that_hung_up_is_known_to_be_gone(server: HttpProcess) -> None:
    """One that has sent its next request already is not."""
    ask = b"GET %s HTTP/1.1\r\nHost: a\r\n\r\n"
    with server.connect() as link:
        link.sendall(ask % b"/gone")
    deadline = time.monotonic() + PATIENCE
    while not (got := server.ask(ask % b"/seen")).endswith(b"[True]"):
        assert time.monotonic() < deadline, got
        time.sleep(0.02)
    with server.connect() as link:
        link.sendall(ask % b"/" + ask % b"/")
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


@pytest.mark.parametrize("backend", ["eventlet", "threading"])
@pytest.mark.parametrize("taken", [0, 1])
def test_S18_who_does_not_read_his_answer_is_hung_up_on(backend: str, taken: int) -> None:
    """Or a byte now and then only; four of them take all threads."""
    with serving(backend, idle_seconds=1.0, bytes_per_second=1_000_000) as slow:
        before = slow.files()
        links = [slow.connect() for _ in range(4)]
        try:
            for link in links:
                link.sendall(b"GET /endless HTTP/1.1\r\nHost: a\r\n\r\n")
                assert link.recv(1) == b"H"
            deadline = time.monotonic() + 30.0
            while slow.files() > before:
                assert time.monotonic() < deadline, "they are still there"
                for link in links if taken else ():
                    with contextlib.suppress(OSError):
                        link.recv(4096)
                time.sleep(0.05)
        finally:
            for link in links:
                link.close()
        assert slow.ask(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").startswith(b"HTTP/1.1 200")


SECOND = b"GET /second HTTP/1.1\r\nHost: a\r\n\r\n"


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
        link.sendall(b"POST /unread HTTP/1.1\r\nHost: a\r\n" + headers + b"\r\n\r\n" + SECOND)
        got = hung_up(link)
    assert got.count(b"HTTP/1.") == 1 and got.split(b" ")[1] in (b"400", b"501"), got


def test_a_type_that_nobody_named_is_empty(server: HttpProcess) -> None:
    assert server.ask(b"POST /type HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}").endswith(b"type ''")
    assert server.ask(HEAD.replace(b"/x", b"/type") + b"Content-Length: 0\r\n\r\n").endswith(b"'application/json'")


def test_chunked_may_be_written_in_capitals(server: HttpProcess) -> None:
    got = server.ask(HEAD + b"Transfer-Encoding:  Chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")
    assert got.endswith(b"2 False")


@pytest.mark.parametrize("header", [b"Content-Length: 100000000000\r\n", b"Transfer-Encoding: chunked\r\n"])
@pytest.mark.parametrize("backend", ["eventlet", "threading"])
def test_S18_an_upload_without_a_token_is_not_taken_in(tmp_path: Path, backend: str, header: bytes) -> None:
    with (
        running(tmp_path, backend) as api,
        socket.create_connection(api.listener.getsockname(), timeout=PATIENCE) as link,
    ):
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
        deadline = time.monotonic() + PATIENCE
        while not (ready := select.select(links, [], [], 0)[0]):
            assert time.monotonic() < deadline
        assert answer(ready[0]).startswith(b"HTTP/1.1 503")
    finally:
        for link in links:
            link.close()
    for _ in range(5):
        deadline = time.monotonic() + PATIENCE
        while not small.ask(begun, b"x" * 100_000).endswith(b"1000000 False"):
            assert time.monotonic() < deadline
