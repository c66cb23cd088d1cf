"""S18, S19, S42: bodies that are none, or too much, or something else than JSON; headers that never end."""

import json
import pickle
from typing import Any

from webob import Request

from tests.functional.http_process import answer, serving
from tests.functional.sweep_world import World
from tests.functional.test_edge_admission import EC2_ERROR

Breaches = list[str]
VOLUMES = "/volume/v3/volumes"
GOOD = {"volume": {"size": 1}}
BAD = {
    "deep": b'{"volume": {"size": 1, "metadata": {"a": "b"}, "x": ' + b"[" * 10_000 + b"]" * 10_000 + b"}}",
    "a name twice": b'{"volume": {"size": 1, "size": 2}}', "NaN": b'{"volume": {"size": NaN}}',
    "a huge number": b'{"volume": {"size": ' + b"9" * 5000 + b"}}", "beyond floats": b'{"volume": {"size": 1e999}}',
    "a lone surrogate": b'{"volume": {"size": 1, "name": "\\ud800"}}', "cut": b'{"volume": {"size": 1',
    "NUL": b'{"volume": {"size": 1, "name": "a\\u0000b"}}', "a list": b"[]", "a text": b'"x"', "nothing": b"null",
    "wrong types": b'{"volume": {"size": {"a": 1}, "name": []}}',
    "not UTF-8": b'{"volume": {"size": 1, "name": "\xff"}}',
}  # fmt: skip
HEADER_SECONDS = [1.0]  # of the server that is asked


def check_bodies(world: World) -> Breaches:
    """400, in the API's form, and nothing is made."""
    found = []
    for kind, data in BAD.items():
        got = world.cloud.call("POST", VOLUMES, "alice", data)
        if got.status_int != 400 or "badRequest" not in got.json or world.changed():
            found.append(f"{kind}: {got.status_int}")
        world.restore()
    return found


def check_sizes(world: World) -> Breaches:
    """Ten megabytes, told or not: 413, for everybody."""
    found = []
    data = b'{"volume": {"size": 1, "name": "' + b"x" * 10_000_000 + b'"}}'
    for path, user in ((VOLUMES, "alice"), ("/compute/v2.1/servers", None), ("/identity/v3/auth/tokens", None)):
        for more in ({}, {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}):
            got = world.cloud.call("POST", path, user, data, environ=None) if not more else _chunked(world, path, data)
            if got.status_int != 413:
                found.append(f"{path} {more}: {got.status_int}")
    return found


def _chunked(world: World, path: str, data: bytes) -> Any:
    request = Request.blank(path, method="POST", headers={"Content-Type": "application/json"})
    request.body = data
    del request.environ["CONTENT_LENGTH"]
    request.environ["HTTP_TRANSFER_ENCODING"] = "chunked"
    return request.get_response(world.cloud.app)


def check_headers_end(world: World) -> Breaches:
    """A client that sends its headers slowly is hung up on, by both servers."""
    found = []
    for backend in ("eventlet", "threading"):
        with serving(backend, header_seconds=HEADER_SECONDS[0]) as server, server.connect() as link:
            link.sendall(b"GET / HTTP/1.1\r\nHost:")
            link.settimeout(0.2)
            for _ in range(60):
                try:
                    link.sendall(b"x")
                    link.recv(100)
                    break
                except TimeoutError:
                    continue
                except OSError:
                    break
            else:
                found.append(f"{backend} still listens")
            asked = (server.ask(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n") for _ in range(10))  # a busy machine is late, too
            if not any(got.startswith(b"HTTP/1.1 200") for got in asked):
                found.append(f"{backend} serves nobody")
    return found


def check_headers_are_bounded(world: World) -> Breaches:
    """A megabyte of one header, and ten thousand of them: 431 or 400."""
    found = []
    many = b"\r\n".join(b"X-%d: y" % number for number in range(10_000))
    for backend in ("eventlet", "threading"):
        with serving(backend) as server:
            for head in (b"X: " + b"x" * 1_000_000, many):
                with server.connect() as link:
                    try:
                        link.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n" + head + b"\r\n\r\n")
                    except OSError:
                        pass
                    got = answer(link)
                if got[9:12] not in (b"400", b"431"):
                    found.append(f"{backend}: {got[:20]!r}")
    return found


XML = b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'><!ENTITY c '&b;&b;'>]><a>&c;</a>"


def check_xml_is_no_body(world: World) -> Breaches:
    """S19: no dialect reads XML: refused for what it is, before it is looked at."""
    found = []
    for media in ("text/xml", "application/xml", "application/soap+xml"):
        got = Request.blank("/ec2/", method="POST", body=XML, content_type=media).get_response(world.cloud.app)
        code = EC2_ERROR.search(got.text)
        if code is None or code[1] != "MalformedQueryString" or "root:" in got.text:
            found.append(f"EC2 takes {media}: {got.text[:80]}")
        got = world.cloud.call("POST", VOLUMES, "alice", XML, Content_Type=media)
        if got.status_int != 415:
            found.append(f"the volume API takes {media}: {got.status_int}")
    return found


def check_only_json_is_read(world: World) -> Breaches:
    """S42: no pickles, no YAML, no forms: JSON only, and said to be JSON."""
    good, found = json.dumps(GOOD).encode(), []
    tries = [("application/x-python-pickle", pickle.dumps(GOOD)), ("application/x-yaml", b"volume: {size: 1}"),
             ("application/x-yaml", good), ("text/plain", good), ("application/x-www-form-urlencoded", good),
             ("multipart/form-data; boundary=x", good)]  # fmt: skip
    for media, data in tries:
        got = world.cloud.call("POST", VOLUMES, "alice", data, Content_Type=media)
        if got.status_int != 415 or world.changed():
            found.append(f"{media}: {got.status_int}")
        world.restore()
    return found
