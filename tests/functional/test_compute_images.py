"""Images that are made of servers, as the compute API tells of them."""

import pytest
import sqlalchemy as sa

from nova_like.db.schema.images import images
from tests.functional.compute_world import UNKNOWN, Compute, Project


@pytest.fixture(scope="module")
def cloud(tmp_path_factory) -> Compute:
    return Compute(tmp_path_factory.mktemp("compute"))


@pytest.fixture(scope="module")
def own(cloud) -> Project:
    return cloud.project("own")


@pytest.fixture
def server(own) -> str:
    return own.server(networks="none")


def create(project, server, version="2.60", role="member", **asked):
    body = {"createImage": {"name": "copy", **asked}}
    return project.call("POST", f"/servers/{server}/action", body, version, role)


def state(project, server):
    view = project.get(f"/servers/{server}")["server"]
    return view["status"], view["OS-EXT-STS:task_state"]


def image(cloud, id):
    return cloud.db.read(lambda tx: tx.row(sa.select(images).where(images.c.id == id)))


def test_the_image_is_there_at_once_and_the_server_goes_on(cloud, own, server):
    answer = create(own, server, "2.45", metadata={"a": "b"})
    assert (answer.status_int, set(answer.json)) == (202, {"image_id"}) and "Location" not in answer.headers
    row = image(cloud, answer.json["image_id"])
    assert (row["status"], row["owner_id"], row["name"]) == ("queued", own.id, "copy")
    assert row["properties"]["a"] == "b" and row["properties"]["instance_uuid"] == server
    assert (row["min_disk_gib"], row["disk_format"], row["container_format"]) == (1, "qcow2", "bare")
    assert state(own, server) == ("ACTIVE", "image_snapshot_pending")
    waiting = own.get("/servers?task_state=image_snapshot_pending", role="admin")["servers"]
    assert [view["id"] for view in waiting] == [server]
    assert create(own, server).status_int == 409
    cloud.daemons.settle()
    assert state(own, server) == ("ACTIVE", None)
    actions = own.get(f"/servers/{server}/os-instance-actions")["instanceActions"]
    assert actions[0]["action"] == "createImage"


def test_the_images_place_is_told_in_older_versions(cloud, own, server):
    answer = create(own, server, "2.44")
    id = answer.headers["Location"].rpartition("/")[2]
    assert (answer.status_int, answer.body) == (202, b"")
    assert answer.headers["Location"].endswith(f"/image/v2/images/{id}") and image(cloud, id)
    cloud.daemons.settle()


@pytest.mark.parametrize(("action", "status"), [("os-stop", 202), ("pause", 202), ("suspend", 202), ("rescue", 409)])
def test_which_states_let_it(cloud, own, server, action, status):
    assert own.act(server, action) in (200, 202)
    cloud.daemons.settle()
    assert create(own, server).status_int == status
    cloud.daemons.settle()


def test_backups(cloud, own, server):
    good = {"name": "b", "backup_type": "daily", "rotation": 2, "metadata": {"a": "b"}}

    def back_up(version="2.60", **asked):
        return own.call("POST", f"/servers/{server}/action", {"createBackup": {**good, **asked}}, version)

    made = back_up("2.45")
    row = image(cloud, made.json["image_id"])
    assert made.status_int == 202 and row["properties"]["backup_type"] == "daily" and row["properties"]["a"] == "b"
    assert state(own, server) == ("ACTIVE", "image_backup") and back_up().status_int == 409
    cloud.daemons.settle()
    older = back_up("2.44", rotation="1")
    assert older.status_int == 202 and image(cloud, older.headers["Location"].rpartition("/")[2])
    cloud.daemons.settle()
    none = back_up(rotation=0)
    assert (none.status_int, none.body) == (202, b"") and "Location" not in none.headers
    cloud.daemons.settle()
    for wrong in (
        {"rotation": -1},
        {"rotation": "-1"},
        {"rotation": None},
        {"backup_type": ""},
        {"name": ""},
        {"x": 1},
    ):
        assert back_up(**wrong).status_int == 400, wrong


def test_a_lock_does_not_stop_it(cloud, own, server):
    assert own.act(server, "lock") == 202 == create(own, server).status_int
    cloud.daemons.settle()


def test_what_is_refused(cloud, own, server):
    other = cloud.project("other")
    assert create(other, server).status_int == create(own, UNKNOWN).status_int == 404
    assert create(own, server, role="reader").status_int == 403
    for wrong in ({"name": ""}, {"name": " "}, {"name": "x" * 256}, {"metadata": []}, {"metadata": {"a": 1}},
                  {"metadata": {"": "b"}}, {"other": 1}):  # fmt: skip
        assert create(own, server, **wrong).status_int == 400, wrong
    assert create(own, server, metadata={str(n): "" for n in range(129)}).status_int == 403
    assert state(own, server) == ("ACTIVE", None)
    assert own.call("DELETE", f"/servers/{server}").status_int == 204
    assert create(own, server).status_int in (404, 409)
    cloud.daemons.settle()
