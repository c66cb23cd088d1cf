"""Imports over HTTP: staged, downloaded, copied; what became of them; and that none is stuck when its process dies."""

import http.server
import ipaddress
import threading
from typing import Any

import pytest

from nova_like import concurrency
from nova_like.db.schema.images import image_tasks, images
from nova_like.images.download import Rules
from nova_like.services import image_imports
from nova_like.services.image_sources import Web
from tests.functional.test_images import OCTETS, RAW, UNKNOWN, active, make, put, qcow2, show

SECONDS = 30.0


def stage(cloud, image, data=RAW, user="alice", **headers):
    return cloud.call("PUT", f"/image/v2/images/{image}/stage", user, data, Content_Type=OCTETS, **headers)


def ask(cloud, image, name="glance-direct", user="alice", more=None, **method):
    body = {"method": {"name": name, **method}, **(more or {})}
    return cloud.call("POST", f"/image/v2/images/{image}/import", user, body)


def tasks(cloud, image, user="alice"):
    answer = cloud.call("GET", f"/image/v2/images/{image}/tasks", user)
    assert answer.status_int == 200, answer.text
    return answer.json["tasks"]


def ended(cloud, image):
    """The image and its newest task, once that has ended."""
    deadline = concurrency.monotonic() + SECONDS
    while (task := tasks(cloud, image)[0])["status"] not in ("success", "failure"):
        assert concurrency.monotonic() < deadline, task
        concurrency.sleep(0.01)  # green threads have their turn here
    return show(cloud, image).json, task


def kept(cloud):
    """Files of images, and files that wait."""
    intake = cloud.services.image_imports._intake
    return [sorted(path.name for path in store.path.iterdir()) for store in (intake.store, intake.staging)]


class Later(list):
    """Takes calls, as a process that dies before it runs them does."""

    def __call__(self, call):
        self.append(call)


@pytest.fixture
def later(cloud):
    cloud.services.image_imports._hand_over = made = Later()
    return made


def test_what_is_offered(cloud):
    offered = cloud.call("GET", "/image/v2/info/import").json["import-methods"]["value"]
    assert offered == ["glance-direct", "web-download", "glance-download", "copy-image"]
    made = cloud.call("POST", "/image/v2/images", "alice", {"name": "i"})
    assert made.headers["OpenStack-image-import-methods"] == ",".join(offered)
    assert cloud.call("GET", "/image/v2/info/stores", "alice").json["stores"][0]["id"] == "default"
    assert made.headers["OpenStack-image-store-ids"] == "default"


def test_copied_to_all_stores_is_what_has_data(cloud):
    image = active(cloud)
    assert ask(cloud, image, "copy-image", more={"all_stores": True}).status_int == 202
    shown, task = ended(cloud, image)
    assert task["status"] == "success" and (shown["status"], shown["stores"]) == ("active", "default")
    assert shown["os_glance_importing_to_stores"] == shown["os_glance_failed_import"] == ""
    assert cloud.call("GET", f"/image/v2/images/{image}/file", "alice").body == RAW
    assert ask(cloud, make(cloud), "copy-image", more={"all_stores": True}).status_int == 409
    assert ask(cloud, image, "copy-image", "bob", more={"all_stores": True}).status_int == 404


def test_staged_and_imported(cloud):
    image = make(cloud)
    assert stage(cloud, image).status_int == 204
    assert show(cloud, image).json["status"] == "uploading" and kept(cloud) == [[], [image]]
    assert stage(cloud, image).status_int == put(cloud, image, RAW).status_int == 409
    answer = ask(cloud, image, more={"all_stores": True})
    assert answer.status_int == 202 and not answer.body
    shown, task = ended(cloud, image)
    assert (shown["status"], shown["size"], shown["stores"]) == ("active", len(RAW), "default")
    assert cloud.call("GET", f"/image/v2/images/{image}/file", "alice").body == RAW
    assert (task["status"], task["type"], task["image_id"]) == ("success", "api_image_import", image)
    assert task["request_id"] == answer.headers["x-openstack-request-id"]
    assert task["input"]["import_req"]["method"] == {"name": "glance-direct"}
    assert shown["os_glance_failed_import"] == shown["os_glance_importing_to_stores"] == ""
    assert kept(cloud) == [[image], []]
    assert cloud.call("GET", f"/image/v2/tasks/{task['id']}", "admin").json["id"] == task["id"]
    assert task["id"] in [one["id"] for one in cloud.call("GET", "/image/v2/tasks", "admin").json["tasks"]]


@pytest.mark.parametrize(("kind", "data"), [("raw", qcow2()), ("qcow2", RAW), ("qcow2", qcow2(backing=b"/etc/passwd")),
                                            ("vmdk", RAW), ("raw", b"")])  # fmt: skip
def test_a_lie_is_queued_again_with_nothing_kept(cloud, kind, data):
    image = make(cloud, disk_format=kind)
    assert stage(cloud, image, data).status_int == 204
    assert ask(cloud, image).status_int == 202
    shown, task = ended(cloud, image)
    assert (shown["status"], task["status"]) == ("queued", "failure") and "refused" in task["message"]
    assert shown["os_glance_failed_import"] == "default" and kept(cloud) == [[], []]
    assert put(cloud, image, b"x" * 1000).status_int in (204, 400)


def test_what_is_refused_at_once(cloud):
    queued, full = make(cloud), active(cloud)
    assert ask(cloud, queued).status_int == 409
    assert ask(cloud, full, "web-download", uri="http://example.org/x").status_int == 409
    assert ask(cloud, make(cloud, disk_format=None), "web-download", uri="http://example.org/x").status_int == 409
    for method in ({"name": "no-such"}, {"name": "web-download"}, {"name": "web-download", "uri": "file:///etc/hosts"},
                   {"name": "web-download", "uri": "http://169.254.169.254/"},
                   {"name": "glance-download", "glance_image_id": "foo", "glance_region": "RegionOne"},
                   {"name": "glance-download", "glance_image_id": full}, {}):  # fmt: skip
        answer = cloud.call("POST", f"/image/v2/images/{queued}/import", "alice", {"method": method})
        assert answer.status_int == 400, method
    more: Any = ({"all_stores": True, "stores": ["default"]}, {"stores": ["other"]})
    for body in more:
        assert ask(cloud, queued, "web-download", uri="http://example.org/x", more=body).status_int == 400
    assert show(cloud, queued).json["status"] == "queued" and tasks(cloud, queued) == []
    assert cloud.call("PUT", f"/image/v2/images/{queued}/stage", "alice", RAW).status_int == 415


def test_tenants_and_personas(cloud):
    image, public = make(cloud), make(cloud, "admin", visibility="public")
    for asked, status in ((image, 404), (public, 403)):
        assert stage(cloud, asked, user="bob").status_int == status
        assert ask(cloud, asked, "web-download", "bob", uri="http://example.org/x").status_int == status
    assert cloud.call("GET", f"/image/v2/images/{public}/tasks", "bob").status_int == 404
    assert stage(cloud, image, user="ron").status_int == 403
    assert ask(cloud, image, "web-download", "ron", uri="http://example.org/x").status_int == 403
    for method, path in (("GET", "tasks"), ("GET", f"tasks/{UNKNOWN}"), ("POST", "tasks")):
        assert cloud.call(method, f"/image/v2/{path}", "alice").status_int == 403
    assert cloud.call("GET", f"/image/v2/tasks/{UNKNOWN}", "admin").status_int == 404
    assert cloud.call("POST", "/image/v2/tasks", "admin").status_int == 400
    full = active(cloud)
    assert cloud.call("DELETE", f"/image/v2/stores/default/{full}", "alice").status_int == 403
    assert show(cloud, full).json["status"] == "active"


# -- from the web


class _Web(http.server.BaseHTTPRequestHandler):
    def do_GET(self):  # noqa: N802
        self.send_response(200)
        self.end_headers()
        self.wfile.write(RAW)

    def log_message(self, *args):
        pass


@pytest.fixture
def site(cloud):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Web)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    rules = Rules((server.server_address[1],), (ipaddress.ip_network("127.0.0.1"),), 5.0, 5.0)
    cloud.services.image_imports._sources["web-download"] = Web(rules)
    yield f"http://127.0.0.1:{server.server_address[1]}/disk"
    server.shutdown()
    server.server_close()


def test_downloaded(cloud, site):
    image = make(cloud)
    assert ask(cloud, image, "web-download", uri=site).status_int == 202
    shown, task = ended(cloud, image)
    assert (shown["status"], shown["size"], task["status"]) == ("active", len(RAW), "success")


def test_a_name_inside_is_refused_behind_the_request(cloud, site):
    """S11: `localhost` is no literal address, so it is judged when it is looked up."""
    cloud.services.image_imports._sources["web-download"] = Web(Rules((int(site.split(":")[2].split("/")[0]),)))
    image = make(cloud)
    assert ask(cloud, image, "web-download", uri=site.replace("127.0.0.1", "localhost")).status_int == 202
    shown, task = ended(cloud, image)
    assert (shown["status"], task["status"]) == ("queued", "failure") and "filtering" in task["message"]
    assert shown["os_glance_failed_import"] == "default"


# -- from another image


def copy(cloud, image, source, user="alice", region="RegionOne", **more):
    return ask(cloud, image, "glance-download", user, glance_image_id=source, glance_region=region, **more)


def test_copied_with_what_its_data_need(cloud):
    source = active(cloud, data=RAW, hw_cpu_cores="5", os_distro="rhel", speed="88mph", **{"trait:X": "required"})
    image = make(cloud, disk_format="iso", container_format="ovf", os_distro="windows")
    assert copy(cloud, image, source, glance_service_interface="public").status_int == 202
    shown, _ = ended(cloud, image)
    found = [
        shown[key] for key in ("status", "disk_format", "container_format", "hw_cpu_cores", "os_distro", "trait:X")
    ]
    assert found == ["active", "raw", "bare", "5", "rhel", "required"] and "speed" not in shown


def test_what_cannot_be_copied(cloud):
    """Another's image is as one that there is not."""
    theirs, told = active(cloud, "bob"), []
    for source, region in ((theirs, "RegionOne"), (UNKNOWN, "RegionOne"), (theirs, "elsewhere")):
        image = make(cloud, disk_format=None, hw_cpu_cores="1")
        assert copy(cloud, image, source, region=region).status_int == 202
        shown, task = ended(cloud, image)
        assert (shown["status"], shown["hw_cpu_cores"], task["status"]) == ("queued", "1", "failure")
        told.append(task["message"].replace(source, "ID"))
    assert told[0] == told[1]


# -- whatever dies


def died(cloud, seconds=1000):
    """As if that much time had gone by since anybody said that he lives."""
    cloud.change(images.update().values(updated_at=images.c.updated_at - seconds))


def test_an_import_whose_process_died_is_taken_up_again(cloud, later):
    image = make(cloud)
    stage(cloud, image)
    assert ask(cloud, image).status_int == 202 and len(later) == 1
    assert show(cloud, image).json["status"] == "importing"
    assert cloud.services.image_imports.resume() == 0
    died(cloud)
    assert cloud.services.image_imports.resume() == 1 == cloud.services.image_imports.resume() + 1
    later[0]()  # the first one was only slow: it holds the image no more, and does nothing
    assert show(cloud, image).json["status"] == "importing"
    later[1]()
    assert show(cloud, image).json["status"] == "active" and kept(cloud) == [[image], []]
    assert [task["status"] for task in tasks(cloud, image)] == ["success"]


def test_an_import_that_always_dies_ends(cloud, later, monkeypatch):
    """Killed in its middle each time, as by a kill -9: no exception handler runs."""

    class Killed(BaseException):
        pass

    def die(*args):
        raise Killed

    image = make(cloud)
    stage(cloud, image)
    ask(cloud, image)
    intake = cloud.services.image_imports._intake
    for attempt in range(image_imports.MOST_ATTEMPTS):
        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr(intake, "receive", die)
            later[attempt]()
        assert show(cloud, image).json["status"] == "importing"
        died(cloud)
        assert cloud.services.image_imports.resume() == 1
    later[-1]()
    shown, task = ended(cloud, image)
    assert (shown["status"], task["status"]) == ("queued", "failure") and "cut short" in task["message"]
    assert kept(cloud) == [[], []]


def test_a_staging_that_died_or_was_forgotten_is_queued_again(cloud):
    image, data = make(cloud), cloud.services.image_data
    cloud.change(images.update().values(status="uploading", upload_id=UNKNOWN))
    assert stage(cloud, image).status_int == 409
    died(cloud)
    assert data.sweep() == 1 and show(cloud, image).json["status"] == "queued"
    assert stage(cloud, image).status_int == 204
    died(cloud)
    assert data.sweep() == 0 and show(cloud, image).json["status"] == "uploading"
    died(cloud, 86400)
    assert data.sweep() == 1 and show(cloud, image).json["status"] == "queued"
    assert kept(cloud) == [[], [image]]  # it may be about to be staged anew
    data._intake.staging.ids = lambda older: [image]
    assert data.sweep() == 1 and kept(cloud) == [[], []]


@pytest.mark.parametrize("status", ["staged", "importing", "at work"])
def test_a_deleted_image_leaves_nothing(cloud, later, status, monkeypatch):
    image = make(cloud)
    stage(cloud, image)
    if status != "staged":
        ask(cloud, image)
    intake = cloud.services.image_imports._intake
    if status == "at work":
        sync = intake.store.create(image, 1).sync  # any upload's: the last moment ahead of the last beat
        kind = type(sync.__self__)
        sync.__self__.abort()

        def deleting(upload):
            cloud.call("DELETE", f"/image/v2/images/{image}", "alice")

        monkeypatch.setattr(kind, "sync", deleting)
    else:
        assert cloud.call("DELETE", f"/image/v2/images/{image}", "alice").status_int == 204
    for call in later:
        call()
    assert show(cloud, image).status_int == 404 and kept(cloud) == [[], []]
    with cloud.db.reading() as tx:
        found = [row["status"] for row in tx.rows(image_tasks.select())]
    assert found == ([] if status == "staged" else ["failure"])
