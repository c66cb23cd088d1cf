"""A connection of the threaded server, by a clock that the test turns: what comes before a request costs it no time."""

import logging
import socket
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from waitress.adjustments import Adjustments

from nova_like import concurrency
from nova_like.api.common import http_threads
from nova_like.api.common.http import Limits

GET = b"GET /%s HTTP/1.1\r\nHost: a\r\n\r\n"
LIMITS = Limits(header_seconds=10.0, body_seconds=20.0, idle_seconds=75.0)


class Clock(concurrency.Source):
    passed = 0.0

    def monotonic(self) -> float:
        return self.passed


class Line:
    """`channel` is the server's end of a connection, `client` the other; `turns` counts requests given to threads."""

    def __init__(self, clock: Clock) -> None:
        self.clock, self.turns = clock, 0
        ours, self.client = socket.socketpair()
        server: Any = SimpleNamespace(
            limits=LIMITS, spool=http_threads.Spool(), active_channels={}, add_task=self.take, pull_trigger=lambda: None
        )
        self.channel = http_threads.Channel(server, ours, ("127.0.0.1", 1), Adjustments(), map={})

    def take(self, channel: Any) -> None:
        self.turns += 1
        assert channel.requests

    def say(self, data: bytes) -> None:
        self.client.sendall(data)
        self.channel.handle_read()


@pytest.fixture
def line() -> Iterator[Line]:
    clock = Clock()
    before = concurrency.use(clock)
    made = Line(clock)
    yield made
    made.channel.handle_close()
    made.client.close()
    concurrency.use(before)


@pytest.mark.parametrize("rest", [b"", b"Content-Length: 100\r\n\r\nx"], ids=["headers", "body"])
def test_a_request_is_not_late_for_what_came_before_it(line: Line, rest: bytes) -> None:
    line.say(GET % b"first" + b"POST /second HTTP/1.1\r\nHost: a\r\n" + rest)
    assert line.turns == 1
    line.clock.passed += 1000.0  # so long the first is in work
    assert not line.channel.readable() and not line.channel.will_close
    line.channel.requests.clear()
    line.clock.passed += 9.0
    assert line.channel.readable()
    line.say(b"x" * 99 if rest else b"\r\n")
    assert line.turns == 2 and not line.channel.requests[0].late


@pytest.mark.parametrize(
    ("first", "seconds", "is_answered"),
    [
        (b"GET /x HTTP/1.1\r\nHost:", 10.1, True),
        (b"\r\n", 10.1, False),
        (b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx", 30.1, True),
        (b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n" + b"x" * 2_000_000, 75.1, True),  # silent
    ],
    ids=["headers", "blank", "body", "transfer"],
)
def test_a_late_request_is_answered(line: Line, first: bytes, seconds: float, is_answered: bool) -> None:
    for start in range(0, len(first), 8000):
        line.say(first[start : start + 8000])
    line.clock.passed += seconds - 0.2
    assert line.channel.readable() and not line.channel.will_close
    line.clock.passed += 0.2
    assert not line.channel.readable()
    assert line.turns == is_answered and line.channel.will_close is not is_answered
    if is_answered:
        assert line.channel.requests[0].late and line.channel.request is None


def test_what_waits_for_its_turn_has_not_waited_for_a_thread() -> None:
    """The gate counts what `nova_like.waited` says, since the request was the first of its connection."""
    pools = http_threads.Pools(Limits(threads=1))
    request = SimpleNamespace(error=None, command="GET", path="/", query="", ended=-1000.0)
    channel: Any = SimpleNamespace(requests=[request], service=lambda: None, cancel=lambda: None)
    pools.add_task(channel)
    assert request.ended >= concurrency.monotonic() - 100
    pools.shutdown()


def test_waiting_is_no_warning() -> None:
    stop = concurrency.Event()
    stop.set()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        http_threads.serve(lambda environ, start: [], listener, stop, Limits(threads=1, farewell_seconds=0.0))
        assert not logging.getLogger("waitress.queue").isEnabledFor(logging.WARNING)
