"""A server that is told to end while clients talk to it: no request is cut, whoever comes next is served by another."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
PROGRAM = """
import os, signal, socket, sys
from nova_like import concurrency
concurrency.init(sys.argv[1])
from nova_like.api.common.http import Limits, serve

def app(environ, start_response):
    concurrency.sleep(0.005)
    text = str(os.getpid()).encode()
    start_response("200 OK", [("Content-Length", str(len(text)))])
    return [text]

stop = concurrency.Event()
signal.signal(signal.SIGTERM, lambda *_: stop.set())
serve(app, socket.socket(fileno=int(sys.argv[2])), stop, Limits(farewell_seconds=float(sys.argv[3])))
"""


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0), backlog=128) as made:
        yield made


@contextlib.contextmanager
def server(listener: socket.socket, backend: str, farewell_s: float = 5.0) -> Iterator[subprocess.Popen]:
    number = listener.fileno()
    argv = [sys.executable, "-c", PROGRAM, backend, str(number), str(farewell_s)]
    environment = {**os.environ, "NOVA_LIKE_CONCURRENCY": backend}  # the tests' own back end may be another
    process = subprocess.Popen(argv, cwd=ROOT, pass_fds=(number,), env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait(20)


def connect(listener: socket.socket) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(*listener.getsockname(), timeout=PATIENCE)


def ask(link: http.client.HTTPConnection) -> tuple[int, bool]:
    """(who answered, whether the connection ends with this answer)."""
    link.request("GET", "/")
    answer = link.getresponse()
    return int(answer.read()), answer.getheader("Connection", "").lower() == "close"


@pytest.mark.parametrize("backend", ["eventlet", "threading"])
def test_no_request_of_many_clients_is_cut(listener: socket.socket, backend: str) -> None:
    with server(listener, backend) as first:
        asked, failed, answered, over = connect(listener), [], set(), threading.Event()
        assert ask(asked)[0] == first.pid
        with server(listener, backend) as second:

            def client() -> None:
                link = connect(listener)
                while not over.is_set():
                    if len(answered) < 2:
                        link.close()  # so that both come to serve some
                    try:
                        answered.add(ask(link)[0])  # after `Connection: close` http.client makes a new connection
                    except (OSError, http.client.HTTPException) as error:
                        failed.append(repr(error))
                        link = connect(listener)

            clients = [threading.Thread(target=client, daemon=True) for _ in range(16)]
            for each in clients:
                each.start()
            wait(lambda: {first.pid, second.pid} <= answered)
            first.send_signal(signal.SIGTERM)
            last: list[tuple[int, bool]] = []  # until it has noticed the signal it answers as ever
            wait(lambda: last.append(ask(asked)) or last[-1][1])
            assert {pid for pid, _ in last} == {first.pid}  # a connection that was idle is answered once more
            assert first.wait(PATIENCE) == 0
            answered.clear()
            wait(lambda: second.pid in answered)
            over.set()
            for each in clients:
                each.join(PATIENCE)
            assert failed == [] and answered == {second.pid}


@pytest.mark.parametrize("backend", ["eventlet", "threading"])
def test_a_silent_client_does_not_hold_it_for_longer_than_the_farewell(listener: socket.socket, backend: str) -> None:
    with server(listener, backend, farewell_s=0.5) as process:
        link = connect(listener)
        assert ask(link) == (process.pid, False)
        started = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
        assert 0.4 < time.monotonic() - started < 10


@pytest.mark.parametrize("backend", ["eventlet", "threading"])
def test_without_clients_it_ends_at_once(listener: socket.socket, backend: str) -> None:
    with server(listener, backend, farewell_s=30.0) as process:
        link = connect(listener)
        ask(link)
        link.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0


def wait(condition) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
