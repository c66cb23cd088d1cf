"""The HTTP server alone, in a process of its own, with an application that reads what it is sent. Its limits of time
are long unless a test is about them, so that a busy machine makes no client late."""

import json
import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
LIMITS: dict[str, float] = {
    "connections": 20, "threads": 4, "header_seconds": PATIENCE, "body_seconds": PATIENCE, "linger_seconds": PATIENCE,
}  # fmt: skip
LISTENS = "0A"  # of /proc/net/tcp
PROGRAM = """
import json, socket, sys
from nova_like import concurrency
concurrency.init(sys.argv[1])
from nova_like.api.common.http import HANG_UP, GONE, Limits, serve

seen, released = [], concurrency.Event()
limits = Limits(
    body_bytes=lambda method, path: None if path == "/stream" else 100_000,
    kind=lambda method, path, query: path, pools={"/release": 1}, **json.loads(sys.argv[3]),
)

def app(environ, start_response):
    if environ["PATH_INFO"] == "/large":
        start_response("200 OK", [("Content-Length", "6400000")])
        return [b"0123456789abcdef" * 400_000]
    if environ["PATH_INFO"] == "/type":
        text = f"type {environ.get('CONTENT_TYPE', '')!r}".encode()
        start_response("200 OK", [("Content-Length", str(len(text)))])
        return [text]
    if environ["PATH_INFO"] == "/endless":
        start_response("200 OK", [("Content-Length", str(1 << 40))])
        return (b"x" * 1_000_000 for _ in range(1 << 20))
    if environ["PATH_INFO"] == "/hold":
        released.wait(60)
    if environ["PATH_INFO"] == "/release":
        released.set()
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if length > (limits.stream_bytes if environ["PATH_INFO"] == "/stream" else 100_000):
        environ[HANG_UP]()
        start_response("413 Too Large", [("Content-Length", "5")])
        return [b"large"]
    if environ["PATH_INFO"] == "/unread":
        start_response("200 OK", [("Content-Length", "2")])
        return [b"ok"]
    if environ["PATH_INFO"] == "/gone":
        deadline = concurrency.monotonic() + 60
        while not (gone := environ[GONE]()) and concurrency.monotonic() < deadline:
            concurrency.sleep(0.02)
        seen.append(gone)
    if environ["PATH_INFO"] == "/seen":
        start_response("200 OK", [("Content-Length", str(len(repr(seen))))])
        return [repr(seen).encode()]
    got = 0
    try:
        while data := environ["wsgi.input"].read(65536):
            got += len(data)
            if got > 100_000 and environ["PATH_INFO"] != "/stream":
                environ[HANG_UP]()
                break
    except TimeoutError:
        environ[HANG_UP]()
        start_response("408 Request Timeout", [("Content-Length", "4")])
        return [b"slow"]
    text = f"{got} {environ[GONE]()}".encode()
    headers = [("Content-Length", str(len(text))), ("X-Scheme", environ["wsgi.url_scheme"])]
    start_response("200 OK" if got <= 100_000 else "413 Too Large", headers)
    return [text]

tls = None
if len(sys.argv) > 4:
    from nova_like import conf as configuration
    from nova_like.api.common import tls as module

    conf = configuration.new(["api"])
    conf([])
    conf.set_override("ssl_cert_file", sys.argv[4], "api")
    conf.set_override("ssl_key_file", sys.argv[5], "api")
    tls = module.context(conf)
serve(app, socket.socket(fileno=int(sys.argv[2])), concurrency.Event(), limits, tls)
"""


class HttpProcess:
    """`pid`, `address`; `connect()` makes a connection, TLS (any certificate will do) if it has a `pair` of files."""

    def __init__(self, backend: str, pair: Iterable[Path] = (), **limits: float) -> None:
        self._tls: Any = None
        if pair:
            self._tls = ssl.create_default_context()
            self._tls.check_hostname, self._tls.verify_mode = False, ssl.CERT_NONE
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        number = self._listener.fileno()
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, backend, str(number), json.dumps(LIMITS | limits), *map(str, pair)],
            cwd=ROOT, pass_fds=(number,),
            env={**os.environ, "NOVA_LIKE_CONCURRENCY": backend},  # the tests' own back end may be another
        )  # fmt: skip
        self.pid, self.address = self._process.pid, self._listener.getsockname()

    def connect(self) -> socket.socket:
        link = socket.create_connection(self.address, timeout=PATIENCE)
        return self._tls.wrap_socket(link) if self._tls else link

    def ask(self, *pieces: bytes) -> bytes:
        """What comes back until the server hangs up, or an answer is whole."""
        with self.connect() as link:
            for piece in pieces:
                link.sendall(piece)
            return answer(link)

    def connections(self) -> int:
        """How many sockets it has beside the one that listens, and those of its own (eventlet's and waitress's)."""
        return sum(self._is_link(path) for path in Path(f"/proc/{self.pid}/fd").iterdir())

    def _is_link(self, path: Path) -> bool:
        try:
            inode = str(path.readlink()).removeprefix("socket:[").removesuffix("]")
        except FileNotFoundError:
            return False
        rows = [line.split() for line in Path(f"/proc/{self.pid}/net/tcp").read_text().splitlines()[1:]]
        return any(row[9] == inode and row[3] != LISTENS for row in rows)

    def rss_mib(self) -> float:
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * 4096 / (1 << 20)

    def end(self) -> None:
        self._process.kill()
        self._process.wait(20)
        self._listener.close()


def answer(link: socket.socket) -> bytes:
    """One answer: its headers and, as long as Content-Length says, its body; what there is when the server hangs up."""
    got = b""
    while b"\r\n\r\n" not in got and (data := link.recv(65536)):
        got += data
    head, _, body = got.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    length = next((int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:")), 0)
    while len(body) < length and (data := link.recv(65536)):
        body += data
    return head + b"\r\n\r\n" + (body[:length] if length else body) if got else b""


@contextmanager
def serving(backend: str, pair: Iterable[Path] = (), **limits: float) -> Iterator[HttpProcess]:
    made: Any = HttpProcess(backend, pair, **limits)
    try:
        deadline = time.monotonic() + PATIENCE
        while not made.ask(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").startswith(b"HTTP/1.1 200"):
            assert time.monotonic() < deadline
        yield made
    finally:
        made.end()
