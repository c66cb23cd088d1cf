"""The host's image cache, against a real HTTP server that can be slow, cut, wrong or silent."""

import contextlib
import dataclasses
import hashlib
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from nova_like import concurrency
from nova_like.images.cache import Cache
from nova_like.images.fetch import Limits
from nova_like.model.errors import Conflict, HostFailure, Invalid
from nova_like.model.orders import ImageLink

DATA = os.urandom(3 << 20)
IMAGE = "8a3f0f5e-4a55-4a52-9d55-2f1a0d7d1a11"


class Store(ThreadingHTTPServer):
    """Serves DATA; `act` says how."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests, self.act, self.gate = 0, "good", threading.Event()
        self.begun = threading.Event()
        self.after = 0
        self.gate.set()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.requests += 1
        act = self.server.act
        if act == "busy" and self.server.requests <= 3:
            self.send_response(503)
            self.send_header("Retry-After", str(self.server.after))
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if act in ("404", "503", "302"):
            self.send_response(int(act))
            self.send_header("Location", "http://127.0.0.1:1/")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        data = {"wrong": DATA[:-1] + b"\0", "long": DATA + b"x", "short": DATA[:-1]}.get(act, DATA)
        self.send_response(200)
        if act != "endless":
            self.send_header("Content-Length", str(len(DATA) if act == "cut" else len(data)))
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(data[: 1 << 20])
            self.wfile.flush()
            self.server.begun.set()
            self.server.gate.wait(30)
            if act == "cut":
                return
            self.wfile.write(data[1 << 20 :])
            while act == "endless":
                self.wfile.write(data)

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    server = Store()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.gate.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def link(server):
    url = f"http://127.0.0.1:{server.server_address[1]}/image/link/x?expires=1&signature=s"
    return ImageLink(IMAGE, url, hashlib.sha256(DATA).hexdigest(), len(DATA), "raw", len(DATA))


@pytest.fixture
def cache(tmp_path):
    return make(tmp_path)


def make(path, max_bytes=1 << 40, in_use=(), idle=20.0):
    return Cache(path / "cache", Limits(idle, 60.0), max_bytes, lambda: in_use)


def never():
    return False


def files(path):
    return sorted(item.name for item in (path / "cache").iterdir())


def test_fetched_once_then_never_again(tmp_path, cache, server, link):
    path = cache.get(link, never)
    assert path.read_bytes() == DATA
    assert path.stat().st_mode & 0o777 == 0o600
    assert cache.get(link, never) == path
    assert make(tmp_path).get(link, never) == path
    assert server.requests == 1


def test_many_spawns_share_one_fetch(cache, server, link):
    server.gate.clear()
    with concurrency.pool(8) as pool:
        got = [pool.submit(cache.get, link, never) for _ in range(8)]
        wait_for(lambda: cache._fetching and next(iter(cache._fetching.values())).wanted == 8)
        server.gate.set()
        assert {future.result(30).read_bytes() == DATA for future in got} == {True}
    assert server.requests == 1


@pytest.mark.parametrize(("act", "retry"), [
    ("404", False), ("503", True), ("302", False), ("wrong", False), ("long", False), ("short", True), ("cut", True),
    ("endless", False),
])  # fmt: skip
def test_what_is_not_the_image_is_refused_and_leaves_nothing(tmp_path, cache, server, link, act, retry):
    server.act = act
    with pytest.raises(HostFailure) as caught:
        cache.get(link, never)
    assert caught.value.facts["retry"] is retry
    assert link.url not in caught.value.reason
    assert files(tmp_path) == []
    server.act = "good"
    assert cache.get(link, never).read_bytes() == DATA


def test_a_silent_store_is_given_up(tmp_path, server, link):
    server.gate.clear()
    with pytest.raises(HostFailure, match="fetched") as caught:
        make(tmp_path, idle=0.3).get(link, never)
    assert caught.value.facts["retry"] is True
    assert files(tmp_path) == []


def test_a_store_with_too_much_to_do_is_asked_again_when_it_says(tmp_path, cache, server, link):
    """Hosts that all want an image at once must not fail for it: the API admits a few at a time."""
    server.act = "busy"
    assert cache.get(link, never).read_bytes() == DATA
    assert server.requests == 4


def test_waiting_for_a_busy_store_can_be_called_off_and_ends(tmp_path, server, link):
    server.act, server.after = "busy", 10**9
    asked = []
    with pytest.raises(Conflict):
        make(tmp_path).get(link, lambda: asked.append(1) or len(asked) > 3)
    assert server.requests == 1 and files(tmp_path) == []
    server.requests = 0
    with pytest.raises(HostFailure, match="too long") as caught:
        Cache(tmp_path / "cache", Limits(20.0, 0.5), 1 << 40, lambda: ()).get(link, never)
    assert caught.value.facts["retry"] is True and server.requests == 1


def test_nobody_there(tmp_path, cache, link):
    dead = ImageLink(IMAGE, "http://127.0.0.1:1/x", link.sha256, link.size_bytes, "raw", 1)
    with pytest.raises(HostFailure):
        cache.get(dead, never)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://h/x", "http://", "//x", "", "http://h:99999999/", "http://[x"]
)
def test_other_schemes_are_refused(cache, link, url):
    with pytest.raises(HostFailure, match="malformed"):
        cache.get(ImageLink(IMAGE, url, link.sha256, 1, "raw", 1), never)


def test_called_off(tmp_path, cache, server, link):
    server.gate.clear()
    off = threading.Event()
    with concurrency.pool(1) as pool:
        got = pool.submit(cache.get, link, off.is_set)
        assert server.begun.wait(30)
        off.set()
        server.gate.set()
        with pytest.raises(Conflict):
            got.result(30)
    assert files(tmp_path) == []


def test_one_called_off_while_others_wait_goes_on_for_them(cache, server, link):
    server.gate.clear()
    off = threading.Event()
    with concurrency.pool(2) as pool:
        first = pool.submit(cache.get, link, off.is_set)
        assert server.begun.wait(30)
        second = pool.submit(cache.get, link, never)
        wait_for(lambda: next(iter(cache._fetching.values())).wanted == 2)
        off.set()
        server.gate.set()
        assert second.result(30).read_bytes() == DATA
        assert first.result(30)
    assert server.requests == 1


def test_remains_of_a_killed_agent_are_swept(tmp_path, cache, server, link):
    (tmp_path / "cache" / "x.part").write_bytes(b"half")
    make(tmp_path)
    assert files(tmp_path) == []


@pytest.mark.parametrize("bad", [{"id": "../x"}, {"sha256": "../" * 20}, {"sha256": ""}, {"disk_format": "ari"}])
def test_malformed_links_reach_no_path(cache, link, bad):
    with pytest.raises(Invalid):
        cache.get(dataclasses.replace(link, **bad), never)


@pytest.mark.parametrize("kind", ["vmdk", "vhd", "vhdx", "vdi"])
def test_what_no_disk_can_rest_on_is_kept_as_what_was_made_of_it(tmp_path, server, link, kind):
    asked = []

    def convert(image, source, target, cancelled):
        asked.append((image.disk_format, source.read_bytes() == DATA, target.stat().st_mode & 0o777))
        target.write_bytes(b"made")

    cache = Cache(tmp_path / "cache", Limits(20.0, 60.0), 1 << 40, lambda: (), convert)
    image = dataclasses.replace(link, disk_format=kind)
    path = cache.get(image, never)
    assert path == cache.get(image, never) and path.read_bytes() == b"made" and path.name.endswith(".qcow2")
    assert asked == [(kind, True, 0o600)] and files(tmp_path) == [path.name]


def test_a_conversion_that_fails_leaves_nothing(tmp_path, cache, server, link):
    image = dataclasses.replace(link, disk_format="vmdk")
    with pytest.raises(HostFailure, match="converts no vmdk"):
        cache.get(image, never)
    assert files(tmp_path) == []


def test_room_is_made_from_what_nobody_rests_on(tmp_path, server, link):
    directory = make(tmp_path)._path
    names = ["used", "old", "young"]
    for name in names:
        (directory / name).write_bytes(bytes(1 << 20))
    for name in names[:2]:
        os.utime(directory / name, (1000, 1000))
    make(tmp_path, max_bytes=1, in_use=[str(directory / "used")]).get(link, never)
    assert files(tmp_path) == sorted([f"{link.id}.{link.sha256}.raw", "used", "young"])


def wait_for(condition, seconds=30):
    deadline = concurrency.monotonic() + seconds
    while not condition():
        assert concurrency.monotonic() < deadline
        threading.Event().wait(0.01)
