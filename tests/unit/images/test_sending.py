"""Uploads by link: what is sent, when it is tried again, and when it is not."""

import hashlib
import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from nova_like import concurrency
from nova_like.images import sending
from nova_like.images.fetch import Limits
from nova_like.model.errors import Conflict, HostFailure
from nova_like.model.orders import Upload

DATA = bytes(range(256)) * 8192
INSTANCE, IMAGE = "8a3f0f5e-4a55-4a52-9d55-2f1a0d7d1a11", "8a3f0f5e-4a55-4a52-9d55-2f1a0d7d1a12"


class Server:
    """Answers as `says` tells, the last for ever; `got` are the bodies that came whole."""

    def __init__(self) -> None:
        self.says: list[tuple[int, dict[str, str]]] = [(204, {})]
        self.got: list[bytes] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                status, headers = server.says.pop(0) if len(server.says) > 1 else server.says[0]
                server.got.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *args: Any) -> None: ...

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()
        url = f"http://127.0.0.1:{self.http.server_address[1]}/image/link/x?signature=s"
        self.upload = Upload(INSTANCE, IMAGE, url, hashlib.sha256(DATA).hexdigest(), len(DATA))

    def send(self, cancelled: Any = lambda: False) -> None:
        sending.send(self.upload, io.BytesIO(DATA), cancelled, Limits(30.0, 120.0))


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.http.shutdown()
    made.http.server_close()


def test_all_of_it_arrives(server: Server) -> None:
    server.send()
    assert server.got == [DATA]


def test_it_comes_again_when_it_is_told_to(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concurrency, "jitter", lambda seconds: 0.0)
    server.says = [(503, {"Retry-After": "5"}), (204, {})]
    server.send()
    assert server.got == [DATA, DATA]


@pytest.mark.parametrize(("status", "retry"), [(500, True), (503, True), (400, False), (409, False), (413, False)])
def test_what_is_refused_is_said(server: Server, status: int, retry: bool) -> None:
    server.says = [(status, {})]
    with pytest.raises(HostFailure) as caught:
        server.send()
    assert caught.value.facts["retry"] is retry and str(status) in caught.value.reason


def test_a_store_that_is_not_there_may_be_later(server: Server) -> None:
    server.http.shutdown()
    server.http.server_close()
    with pytest.raises(HostFailure) as caught:
        server.send()
    assert caught.value.facts["retry"] is True


def test_it_ends_when_nobody_wants_it(server: Server) -> None:
    with pytest.raises(Conflict):
        server.send(lambda: True)
    assert server.got == []


def test_it_ends_in_the_middle_when_nobody_wants_it_any_more(server: Server) -> None:
    answers = iter([False, False])
    with pytest.raises(Conflict):
        server.send(lambda: next(answers, True))
    assert DATA not in server.got


def test_a_link_that_leads_elsewhere_is_not_followed() -> None:
    for url in ("file:///etc/passwd", "http://", "gopher://a/b", "http://a:x/"):
        with pytest.raises(HostFailure):
            sending.send(Upload(INSTANCE, IMAGE, url), io.BytesIO(b""), lambda: False, Limits())
