"""Images over HTTP: records, data, lies, links, and who may do what."""

import hashlib
import itertools
import json
import struct
from dataclasses import replace
from urllib.parse import parse_qsl

import pytest
from webob import Request

from nova_like.db.schema.images import images
from nova_like.images import links
from nova_like.model.errors import NotFound, TooLarge
from nova_like.services.image_intake import Limits

RAW = bytes(range(256)) * 8
OCTETS = "application/octet-stream"
PATCH = "application/openstack-images-v2.1-json-patch"
UNKNOWN = "0f0f0f0f-0f0f-4f0f-8f0f-0f0f0f0f0f0f"
COMMON = {
    "id", "name", "status", "visibility", "protected", "os_hidden", "checksum", "os_hash_algo", "os_hash_value",
    "size", "virtual_size", "container_format", "disk_format", "min_disk", "min_ram", "owner", "created_at",
    "updated_at", "tags", "self", "file", "schema",
}  # fmt: skip


def qcow2(size=1 << 20, backing=b"", incompatible=0, extensions=b""):
    """A version 3 header and its tables."""
    cluster = 1 << 16
    offset = 112 + len(extensions) if backing else 0
    head = struct.pack(">4sIQIIQIIQQIIQ", b"QFI\xfb", 3, offset, len(backing), 16, size, 0, 1, cluster, 2 * cluster,
                       1, 0, 0) + struct.pack(">QQQII", incompatible, 0, 0, 4, 104)  # fmt: skip
    return (head + extensions + bytes(8) + backing).ljust(4 * cluster, b"\0")


HOSTILE = {
    "backing file": ("qcow2", qcow2(backing=b"/etc/passwd")),
    "backing json": ("qcow2", qcow2(backing=b'json:{"driver":"file","filename":"/etc/shadow"}')),
    "data file bit": ("qcow2", qcow2(incompatible=4)),
    "data file name": ("qcow2", qcow2(extensions=struct.pack(">II", 0x44415441, 8) + b"/etc/pwd")),
    "qcow2 as raw": ("raw", qcow2()),
    "raw as qcow2": ("qcow2", RAW),
    "vmdk as raw": ("raw", b'# Disk DescriptorFile\nversion=1\ncreateType="monolithicFlat"\n' + bytes(2048)),
    "8 EiB": ("qcow2", qcow2(size=1 << 62)),
    "1 PiB": ("qcow2", qcow2(size=1 << 50)),
    "empty": ("raw", b""),
}


def make(cloud, user="alice", **more):
    body = {"name": "i", "disk_format": "raw", "container_format": "bare", **more}
    answer = cloud.call("POST", "/image/v2/images", user, body)
    assert answer.status_int == 201, answer.text
    return answer.json["id"]


def put(cloud, image, data, user="alice", **headers):
    return cloud.call("PUT", f"/image/v2/images/{image}/file", user, data or None, Content_Type=OCTETS, **headers)


def active(cloud, user="alice", data=RAW, **more):
    image = make(cloud, user, **more)
    assert put(cloud, image, data, user).status_int == 204
    return image


def show(cloud, image, user="alice"):
    return cloud.call("GET", f"/image/v2/images/{image}", user)


def patch(cloud, image, operations, user="alice", media=PATCH):
    return cloud.call("PATCH", f"/image/v2/images/{image}", user, operations, Content_Type=media)


def listed(cloud, query="", user="alice"):
    answer = cloud.call("GET", f"/image/v2/images{query}", user)
    assert answer.status_int == 200, answer.text
    return [image["id"] for image in answer.json["images"]]


def test_versions_are_open(cloud):
    answer = cloud.call("GET", "/image/")
    assert answer.status_int == 300 and answer.json["versions"][0]["id"] == "v2.16"
    assert cloud.call("GET", "/image/v2/images").status_int == 401
    assert cloud.call("GET", "/image/v2/schemas/image").json["name"] == "image"


def test_an_image_from_record_to_data(cloud):
    answer = cloud.call("POST", "/image/v2/images", "alice", {
        "name": "debian", "disk_format": "raw", "container_format": "bare", "tags": ["a", "a"], "os_distro": "debian",
        "id": UNKNOWN, "min_disk": 1,
    })  # fmt: skip
    body = answer.json
    assert answer.status_int == 201 and answer.headers["Location"].endswith(f"/image/v2/images/{UNKNOWN}")
    assert set(body) == COMMON | {"os_distro"}
    assert (body["status"], body["size"], body["tags"], body["visibility"]) == ("queued", None, ["a"], "shared")
    assert body["owner"] == cloud.ids["north"]
    assert cloud.call("GET", f"/image/v2/images/{UNKNOWN}/file", "alice").status_int == 204
    assert put(cloud, UNKNOWN, RAW).status_int == 204
    body = show(cloud, UNKNOWN).json
    assert (body["status"], body["size"], body["virtual_size"]) == ("active", len(RAW), len(RAW))
    assert body["os_hash_value"] == hashlib.sha512(RAW).hexdigest() and body["os_hash_algo"] == "sha512"
    assert body["checksum"] == hashlib.md5(RAW).hexdigest()
    again = put(cloud, UNKNOWN, RAW)
    assert again.status_int == 409 and again.json["code"] == "409 Conflict"
    assert cloud.call("POST", "/image/v2/images", "bob", {"id": UNKNOWN}).status_int == 409


def test_data_come_back_whole_and_in_part(cloud):
    image = active(cloud)
    path = f"/image/v2/images/{image}/file"
    whole = cloud.call("GET", path, "ron")
    assert whole.body == RAW and whole.headers["Content-MD5"] == hashlib.md5(RAW).hexdigest()
    for text, start, end in (("bytes=10-19", 10, 20), ("bytes=2000-", 2000, 2048), ("bytes=-8", 2040, 2048),
                             ("bytes=2040-9999", 2040, 2048)):  # fmt: skip
        part = cloud.call("GET", path, "alice", Range=text)
        assert part.status_int == 206 and part.body == RAW[start:end]
        assert part.headers["Content-Range"] == f"bytes {start}-{end - 1}/{len(RAW)}"
    for text in ("bytes=5000-", "bytes=9-3", "bytes=-", "lines=1-2", "bytes=x-1"):
        assert cloud.call("GET", path, "alice", Range=text).status_int == 416


@pytest.mark.parametrize("name", HOSTILE)
def test_an_image_that_lies_is_refused_and_leaves_nothing(cloud, name):
    kind, data = HOSTILE[name]
    image = make(cloud, disk_format=kind)
    answer = put(cloud, image, data)
    assert answer.status_int == 400 and set(answer.json) == {"message", "code", "title"}, answer.text
    assert show(cloud, image).json["status"] == "queued"
    assert list((cloud.services.image_data._store.path).iterdir()) == []
    assert put(cloud, image, RAW if kind == "raw" else qcow2()).status_int == 204


def context(cloud, user="alice"):
    return cloud.services.identity.validate(cloud.token(user)).context_for("req-test")


def test_an_upload_that_ends_early_is_refused(cloud):
    image = make(cloud)
    request = Request.blank(f"/image/v2/images/{image}/file", method="PUT", base_url="http://localhost", body=RAW)
    request.content_type, request.content_length = OCTETS, len(RAW) + 1
    request.headers["X-Auth-Token"] = cloud.token("alice")
    assert request.get_response(cloud.app).status_int == 400
    assert show(cloud, image).json["status"] == "queued"
    assert list(cloud.services.image_data._store.path.iterdir()) == []


def test_an_upload_without_end_is_cut_at_the_limit(cloud):
    image, data = make(cloud), cloud.services.image_data
    data._intake.limits = Limits(size_bytes=3 << 20, virtual_bytes=1 << 40)
    with pytest.raises(TooLarge):
        data.upload(context(cloud), image, itertools.repeat(bytes(1 << 20)))
    assert show(cloud, image).json["status"] == "queued"
    assert put(cloud, image, bytes(4 << 20)).status_int == 413
    assert list(data._store.path.iterdir()) == []


def test_a_dead_upload_gives_way_and_a_lost_file_goes(cloud):
    image, data = make(cloud), cloud.services.image_data
    cloud.change(images.update().values(status="saving", upload_id=UNKNOWN))
    assert put(cloud, image, RAW).status_int == 409
    cloud.change(images.update().values(updated_at=images.c.updated_at - 1000))
    assert put(cloud, image, RAW).status_int == 204
    cloud.change(images.update().values(status="saving", updated_at=images.c.updated_at - 1000))
    with data._store.create(UNKNOWN, 10) as upload:
        upload.write(b"lost")
        upload.commit()
    assert data.sweep() == 2
    assert show(cloud, image).json["status"] == "queued" and data._store.ids() == [image]


def test_delete_while_uploading_leaves_nothing(cloud):
    image = make(cloud)
    ctx = context(cloud)

    def chunks():
        yield RAW
        cloud.services.images.delete(ctx, image)
        yield RAW

    with pytest.raises(NotFound):
        cloud.services.image_data.upload(ctx, image, chunks())
    assert list(cloud.services.image_data._store.path.iterdir()) == []


def test_patch_in_both_forms(cloud):
    image = active(cloud, os_distro="debian")
    body = patch(cloud, image, [
        {"op": "replace", "path": "/name", "value": "new"}, {"op": "add", "path": "/arch", "value": "x86_64"},
        {"op": "remove", "path": "/os_distro"}, {"op": "replace", "path": "/tags", "value": ["t"]},
        {"op": "replace", "path": "/min_ram", "value": 64},
    ]).json  # fmt: skip
    assert (body["name"], body["arch"], body["tags"], body["min_ram"]) == ("new", "x86_64", ["t"], 64)
    assert "os_distro" not in body
    old = patch(cloud, image, [{"replace": "/name", "value": "older"}], media=PATCH.replace("2.1", "2.0"))
    assert old.json["name"] == "older"


@pytest.mark.parametrize(("operations", "status"), [
    ([{"op": "replace", "path": "/status", "value": "active"}], 403),
    ([{"op": "replace", "path": "/size", "value": 1}], 403),
    ([{"op": "replace", "path": "/os_hash_value", "value": "x"}], 403),
    ([{"op": "replace", "path": "/locations", "value": []}], 403),
    ([{"op": "add", "path": "/os_glance_x", "value": "x"}], 403),
    ([{"op": "replace", "path": "/disk_format", "value": "qcow2"}], 403),
    ([{"op": "replace", "path": "/owner", "value": UNKNOWN}], 403),
    ([{"op": "replace", "path": "/visibility", "value": "public"}], 403),
    ([{"op": "remove", "path": "/name"}], 403),
    ([{"op": "replace", "path": "/absent", "value": "x"}], 409),
    ([{"op": "replace", "path": "/min_disk", "value": -1}], 400),
    ([{"op": "add", "path": "/own", "value": 1}], 400),
    ([{"op": "move", "path": "/name"}], 400),
    ([{"op": "add", "path": "/a/b", "value": "x"}], 400),
    ([{"op": "add", "path": "/a"}], 400),
    ([{"op": [], "path": {}}], 400),
    ({"name": "x"}, 400),
])  # fmt: skip
def test_what_a_patch_may_not(cloud, operations, status):
    image = active(cloud)
    before = show(cloud, image).json
    answer = patch(cloud, image, operations)
    assert answer.status_int == status, answer.text
    assert show(cloud, image).json == before
    assert patch(cloud, image, operations, media="application/json").status_int == 415


@pytest.mark.parametrize(("body", "status"), [
    ({"disk_format": "ploop"}, 400), ({"container_format": "ova"}, 400), ({"name": "x" * 256}, 400), ({"id": "x"}, 400),
    ({"visibility": "public"}, 403), ({"owner": UNKNOWN}, 403), ({"status": "active"}, 403),
    ({"os_glance_foo": "bar"}, 403), ({"own": 5}, 400), ({"min_ram": "many"}, 400), ([], 400), (b"{", 400),
    ({"tags": [1]}, 400), ({"name": "a\0b"}, 400),
])  # fmt: skip
def test_what_a_record_may_not(cloud, body, status):
    answer = cloud.call("POST", "/image/v2/images", "alice", body)
    assert answer.status_int == status, answer.text
    assert listed(cloud) == []


def test_lists(cloud):
    small = active(cloud, name="small", data=RAW, tags=["x"], os_distro="a")
    large = active(cloud, name="large", data=RAW * 2)
    assert put(cloud, make(cloud, name="lost", os_hidden=True), RAW).status_int == 204
    assert listed(cloud) == [large, small]
    assert listed(cloud, "?name=small") == listed(cloud, "?tag=x") == listed(cloud, "?os_distro=a") == [small]
    assert listed(cloud, "?name=in:small,large&sort=name:asc") == [large, small]
    assert listed(cloud, f"?size_min={len(RAW) + 1}") == [large]
    assert listed(cloud, "?sort_key=size&sort_dir=asc") == [small, large]
    assert len(listed(cloud, "?os_hidden=true")) == 1
    first = cloud.call("GET", "/image/v2/images?limit=1&sort=name:asc", "alice").json
    assert first["next"].startswith("/v2/images?limit=1&sort=name%3Aasc&marker=")
    assert listed(cloud, first["next"].removeprefix("/v2/images")) == [small]
    for wrong in ("?sort=secret:asc", "?sort_dir=up", f"?marker={UNKNOWN}", "?limit=-1", "?limit=x", "?size_min=big",
                  "?visibility=none", "?protected=perhaps", '?name=in:"a'):  # fmt: skip
        assert cloud.call("GET", f"/image/v2/images{wrong}", "alice").status_int == 400, wrong


def test_tenants(cloud):
    private, public = active(cloud), active(cloud, "admin", visibility="public")
    community = active(cloud, visibility="community")
    assert listed(cloud, user="bob") == [public] and listed(cloud, "?visibility=community", "bob") == [community]
    routes = [("GET", ""), ("DELETE", ""), ("GET", "/file"), ("PUT", "/file"), ("PUT", "/tags/x"),
              ("DELETE", "/tags/x")]  # fmt: skip
    for method, path in routes:
        answers = []
        for image in (private, UNKNOWN, "no-uuid"):
            data, headers = (RAW, {"Content_Type": OCTETS}) if path == "/file" else (None, {})
            answer = cloud.call(method, f"/image/v2/images/{image}{path}", "bob", data, **headers)
            answers.append((answer.status_int, answer.text.replace(image, "ID")))
        assert answers[0][0] == 404 and answers[0] == answers[1] == answers[2], (method, path)
    assert patch(cloud, private, [{"op": "replace", "path": "/name", "value": "x"}], "bob").status_int == 404
    assert patch(cloud, public, [{"op": "replace", "path": "/name", "value": "x"}], "bob").status_int == 403
    assert cloud.call("DELETE", f"/image/v2/images/{community}", "bob").status_int == 403
    assert cloud.call("GET", f"/image/v2/images/{public}/file", "bob").body == RAW
    assert show(cloud, private).json["name"] == "i"


def test_a_reader_changes_nothing(cloud):
    image, queued = active(cloud, tags=["x"]), make(cloud)
    before = [show(cloud, one).json for one in (image, queued)]
    answers = [
        cloud.call("POST", "/image/v2/images", "ron", {"name": "x"}), put(cloud, queued, RAW, "ron"),
        patch(cloud, image, [{"op": "replace", "path": "/name", "value": "x"}], "ron"),
        cloud.call("DELETE", f"/image/v2/images/{image}", "ron"),
        cloud.call("PUT", f"/image/v2/images/{image}/tags/y", "ron"),
        cloud.call("DELETE", f"/image/v2/images/{image}/tags/x", "ron"),
        cloud.call("POST", f"/image/v2/images/{image}/actions/deactivate", "ron"),
    ]  # fmt: skip
    assert [answer.status_int for answer in answers] == [403] * len(answers)
    assert [show(cloud, one, "ron").json for one in (image, queued)] == before


def test_protected_tagged_deactivated_deleted(cloud):
    image = active(cloud, protected=True)
    path = f"/image/v2/images/{image}"
    assert cloud.call("DELETE", path, "alice").status_int == 403
    assert patch(cloud, image, [{"op": "replace", "path": "/protected", "value": False}]).status_int == 200
    assert cloud.call("PUT", f"{path}/tags/one%20two", "alice").status_int == 204
    assert show(cloud, image).json["tags"] == ["one two"]
    assert cloud.call("DELETE", f"{path}/tags/one%20two", "alice").status_int == 204
    assert cloud.call("DELETE", f"{path}/tags/one%20two", "alice").status_int == 404
    assert cloud.call("POST", f"{path}/actions/deactivate", "bob").status_int == 404
    assert cloud.call("POST", f"{path}/actions/deactivate", "alice").status_int == 204
    assert cloud.call("GET", f"{path}/file", "alice").status_int == 403
    assert cloud.call("GET", f"{path}/file", "admin").body == RAW
    assert cloud.call("POST", f"{path}/actions/reactivate", "alice").status_int == 204
    assert cloud.call("DELETE", path, "alice").status_int == 204
    assert show(cloud, image).status_int == 404 and cloud.call("DELETE", path, "alice").status_int == 404
    assert list(cloud.services.image_data._store.path.iterdir()) == []


def test_links_for_hosts(cloud):
    image = active(cloud)
    key = cloud.services.image_links._key = "a key"
    good = links.make("", key, image, 2**33)
    assert cloud.call("GET", good).body == RAW
    assert cloud.call("GET", good, Range="bytes=0-3").body == RAW[:4]
    expired = links.make("", key, image, 1)
    bent = good[:-1] + ("0" if good[-1] != "0" else "1")
    for wrong in (expired, bent, good.replace(image, UNKNOWN), f"/image/link/{image}",
                  good.replace("expires=", "expires=9")):  # fmt: skip
        assert cloud.call("GET", wrong).status_int == 403, wrong
    assert cloud.call("GET", links.make("", key, UNKNOWN, 2**33)).status_int == 404


def test_a_host_fills_an_image_once(cloud):
    key = cloud.services.image_links._key = "a key"
    data, other = qcow2(), qcow2(2 << 20)
    image = make(cloud, disk_format="qcow2")
    told = links.Filling(image, 2**33, len(data), hashlib.sha256(data).hexdigest())
    url = told.url("", key)

    def fill(path, data):
        return cloud.call("PUT", path, None, data, Content_Type=OCTETS).status_int

    assert fill(url.replace("expires=", "expires=9"), data) == fill(url[:-1], data) == 403
    assert fill(url.replace("size=", "size=-"), data) == fill(f"/image/link/{image}", data) == 403
    assert fill(replace(told, expires=1).url("", key), data) == 403
    assert fill(replace(told, image_id=UNKNOWN).url("", key), data) == 404
    assert fill(url, data[:-1]) == fill(url, data[:-1] + b"x") == 400
    assert show(cloud, image).json["status"] == "queued"
    assert cloud.call("PUT", url, None, data, Content_Type="text/plain").status_int == 415
    assert fill(url, data) == 204 == fill(url, data)
    assert (show(cloud, image).json["status"], show(cloud, image).json["size"]) == ("active", len(data))
    another = replace(told, sha256=hashlib.sha256(other).hexdigest(), size_bytes=len(other)).url("", key)
    assert fill(another, other) == 409
    assert cloud.call("GET", f"/image/v2/images/{image}/file", "alice").body == data


def test_a_host_that_comes_again_takes_over_from_its_broken_upload(cloud):
    key = cloud.services.image_links._key = "a key"
    image, data = make(cloud, disk_format="qcow2"), qcow2()
    url = links.Filling(image, 2**33, len(data), hashlib.sha256(data).hexdigest()).url("", key)
    again = []

    def broken():
        yield data[:100]
        again.append(cloud.call("PUT", url, None, data, Content_Type=OCTETS).status_int)
        yield data[100:]

    asked = dict(parse_qsl(url.partition("?")[2]))
    with pytest.raises(NotFound):
        cloud.services.image_links.upload(image, asked, len(data), broken())
    assert again == [204] and show(cloud, image).json["status"] == "active"
    assert cloud.call("GET", f"/image/v2/images/{image}/file", "alice").body == data


def test_wrong_requests_in_the_form_of_this_api(cloud):
    image = make(cloud)
    for method, path, status in (("PUT", f"/image/v2/images/{image}", 405), ("GET", "/image/v2/nothing", 404),
                                 ("PATCH", "/image/v2/images", 405)):  # fmt: skip
        answer = cloud.call(method, path, "alice")
        assert answer.status_int == status and set(json.loads(answer.text)) == {"message", "code", "title"}
    assert cloud.call("PUT", f"/image/v2/images/{image}/file", "alice", RAW).status_int == 415
    assert put(cloud, make(cloud, disk_format=None), RAW).status_int == 400


def test_an_empty_id_names_no_image(cloud):
    for method in ("GET", "DELETE", "PATCH"):
        assert cloud.call(method, "/image/v2/images/", "alice").status_int == 404
    assert cloud.call("GET", "/image/v2/images", "alice").status_int == 200
