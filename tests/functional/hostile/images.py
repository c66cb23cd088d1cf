"""S1 to S11: images that lie, name other files or never end; attributes that are not the user's; downloads that lead
inside. Test code."""

import dataclasses
import io
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from webob import Request

import nova_like
from nova_like.images import download
from nova_like.model.errors import NotFound
from tests.functional.compute_world import UNKNOWN
from tests.functional.hostile import disks
from tests.functional.sweep_world import World

Breaches = list[str]
OCTETS = "application/octet-stream"
PATCH = "application/openstack-images-v2.1-json-patch"
ABORTED = 50  # uploads
STRANGE = (
    "..%2f..%2fcloud.sqlite",
    "%2e%2e",
    "%2fetc%2fpasswd",
    "a%00b",
    "a%0ab",
    "..",
    "%e2%80%ae",
    "%ef%bc%8e%ef%bc%8e",
)
# qemu-nbd serves volumes to guests; what it must never do is make one a disk of the host's
TOOLS = re.compile(r"\b(guestfs|guestmount|nbd-client|losetup|kpartx)\b|/dev/nbd|[\"']mount[\"']")


def taken(world: World, disk_format: str, data: bytes) -> list[str]:
    """How an upload that must be refused was not; by PUT, and by staging and import."""
    made = world.cloud.call("POST", "/image/v2/images", "alice",
                            {"disk_format": disk_format, "container_format": "bare"}).json["id"]  # fmt: skip
    path = f"/image/v2/images/{made}"
    found = []
    if world.cloud.call("PUT", f"{path}/file", "alice", data, Content_Type=OCTETS).status_int != 400:
        found.append("taken")
    elif not _import_refuses(world, path, data):
        found.append("imported")
    if not found and world.cloud.call("GET", path, "alice").json["status"] != "queued":
        found.append("not queued again")
    world.restore()
    return found


def _import_refuses(world: World, path: str, data: bytes) -> bool:
    """The import runs here and now."""
    imports = world.cloud.services.image_imports
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(imports, "_hand_over", lambda call: call())
        world.cloud.call("PUT", f"{path}/stage", "alice", data, Content_Type=OCTETS)
        world.cloud.call("POST", f"{path}/import", "alice", {"method": {"name": "glance-direct"}})
    return bool(world.cloud.call("GET", f"{path}/tasks", "alice").json["tasks"][0]["status"] == "failure")


def _all_refused(world: World, cases: dict[str, tuple[str, bytes]]) -> Breaches:
    return [f"{name}: {how}" for name, (kind, data) in cases.items() for how in taken(world, kind, data)]


def check_s1_disks_that_rest_on_others(world: World) -> Breaches:
    return _all_refused(world, disks.resting())


def check_s2_data_files(world: World) -> Breaches:
    return _all_refused(world, disks.with_data_file())


def check_s3_vmdks_of_other_files(world: World) -> Breaches:
    return _all_refused(world, disks.vmdks())


def check_s4_other_formats_than_declared(world: World) -> Breaches:
    return _all_refused(world, disks.mislabelled())


def check_s5_polyglots(world: World) -> Breaches:
    return _all_refused(world, disks.polyglots())


def check_s6_disks_too_large(world: World) -> Breaches:
    return _all_refused(world, disks.huge())


def check_s7_uploads_without_end(world: World) -> Breaches:
    """Cut at the limit, whatever was said of the length; what was aborted leaves nothing."""
    intake, found = world.cloud.services.image_data._intake, []
    before = intake.limits
    intake.limits = dataclasses.replace(before, size_bytes=1 << 20)
    try:
        found += [f"{word}: {status}" for word, status in _endless(world) if status != 413]
        found += [f"cut short: {status}" for status in _aborted(world) if status != 400]
    finally:
        intake.limits = before
    left = [path.name for store in (intake.store, intake.staging) for path in store.path.glob(".*")]
    for path in [path for store in (intake.store, intake.staging) for path in store.path.glob(".*")]:
        path.unlink()
    world.restore()
    return [*found, *left]


def _endless(world: World) -> Iterator[tuple[str, int]]:
    for word in ("file", "stage"):
        made = _queued(world)
        environ = {"wsgi.input": io.BytesIO(bytes(3 << 20)), "wsgi.input_terminated": True}
        yield word, _put(world, f"{made}/{word}", environ).status_int


def _aborted(world: World) -> Iterator[int]:
    made = _queued(world)
    for number in range(ABORTED):
        environ = {"wsgi.input": io.BytesIO(b"half"), "CONTENT_LENGTH": "1000"}
        yield _put(world, f"{made}/{('file', 'stage')[number % 2]}", environ).status_int


def _put(world: World, path: str, environ: dict[str, Any]) -> Any:
    request = Request.blank(path, environ, method="PUT", base_url="http://localhost")
    request.headers.update({"X-Auth-Token": world.cloud.token("alice"), "Content-Type": OCTETS})
    answer = request.get_response(world.cloud.app)
    return answer if answer.body is not None else None  # read, and so closed


def _queued(world: World) -> str:
    body = {"disk_format": "raw", "container_format": "bare"}
    return f"/image/v2/images/{world.cloud.call('POST', '/image/v2/images', 'alice', body).json['id']}"


def check_s8_names_never_reach_a_path(world: World) -> Breaches:
    found = []
    for name in STRANGE:
        for method, rest in (("GET", ""), ("GET", "/file"), ("PUT", "/file"), ("DELETE", ""), ("PUT", "/stage")):
            answer = world.cloud.call(method, f"/image/v2/images/{name}{rest}", "alice", b"x", Content_Type=OCTETS)
            found += [f"{method} {name}{rest}: {answer.status_int}"] if answer.status_int not in (400, 404, 405) else []
        answer = world.cloud.call("POST", "/image/v2/images", "alice", {"id": name})
        found += [f"id {name}: {answer.status_int}"] if answer.status_int != 400 else []
    for store in (world.cloud.services.image_data._store, world.cloud.services.image_data._intake.staging):
        for name in ("../cloud.sqlite", "/etc/hostname", "..", f"{UNKNOWN}/../../cloud.sqlite"):
            found += _readable(store, name)
    return [*found, *world.changed()]


def _readable(store: Any, name: str) -> Breaches:
    try:
        next(store.read(name))
    except (NotFound, OSError) as error:
        return [] if isinstance(error, NotFound) else [f"{name}: {error}"]
    return [f"{name} was read"]


def check_s9_no_guests_files_are_mounted(world: World) -> Breaches:
    """Nothing of ours mounts a guest's file system on a host."""
    sources = Path(nova_like.__file__).parent.rglob("*.py")
    return [str(path) for path in sources if TOOLS.search(path.read_text(encoding="utf-8"))]


def check_s10_what_is_not_the_users(world: World) -> Breaches:
    """Of an active image: status, data, format, owner, publication."""
    path, found = f"/image/v2/images/{world.theirs.ids['image']}", []
    for name, value in (("status", "queued"), ("locations", []), ("locations/-", {"url": "file:///etc/passwd"}),
                        ("checksum", "0" * 32), ("size", 1), ("id", UNKNOWN), ("disk_format", "qcow2"),
                        ("owner", world.own.ids["project"]), ("visibility", "public"), ("os_glance_x", "x"),
                        ("direct_url", "file:///x"), ("stores", "x")):  # fmt: skip
        for kind in ("add", "replace"):
            operation = [{"op": kind, "path": f"/{name}", "value": value}]
            answer = world.cloud.call("PATCH", path, "alice", operation, Content_Type=PATCH)
            if answer.status_int != 403 or world.changed():
                found.append(f"{kind} {name}: {answer.status_int}")
            world.restore()
    return found


def check_s11_downloads_lead_outside_only(world: World) -> Breaches:
    """No connection is even tried, to whatever a name resolves."""
    tried: list[str] = []

    def connect(place: Any, *more: Any) -> Any:
        tried.append(str(place[0]))
        raise ConnectionRefusedError

    def resolve(host: str, port: int, *args: Any, **more: Any) -> Any:
        inside = {"a.test": "10.0.0.1", "b.test": "169.254.169.254", "c.test": "::ffff:127.0.0.1"}
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (inside.get(host, "127.0.0.1"), port))]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "create_connection", connect)
        patch.setattr(socket, "getaddrinfo", resolve)
        for url in ("http://127.0.0.1/", "http://[::1]/", "http://a.test/", "https://b.test/", "http://c.test/",
                    "http://2130706433/", "file:///etc/passwd", "gopher://a.test/", "http://a.test:25/"):  # fmt: skip
            try:
                list(download.chunks(url, download.Rules()))
            except Exception:  # noqa: BLE001, S112
                continue  # however it ends: what counts is where it went
    return tried + _named_at_once(world)


def _named_at_once(world: World) -> Breaches:
    """What can be told of the address by itself is refused with the request."""
    path, found = _queued(world), []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(world.cloud.services.image_imports, "_hand_over", lambda call: None)
        for url in ("file:///etc/passwd", "http://169.254.169.254/", "http://[::1]/", "http://1.1.1.1:22/"):
            method = {"name": "web-download", "uri": url}
            answer = world.cloud.call("POST", f"{path}/import", "alice", {"method": method})
            found += [f"{url}: {answer.status_int}"] if answer.status_int != 400 else []
    world.restore()
    return found
