"""Shelving a server by the compute API: statuses on the way, the image, what is refused, who may choose where."""

import pytest

from tests.functional.compute_world import Compute, Project


@pytest.fixture
def own(tmp_path) -> Project:
    return Compute(tmp_path).project("own")


def shown(project: Project, server: str) -> tuple[str, str, str | None]:
    view = project.get(f"/servers/{server}")["server"]
    return view["status"], view["OS-EXT-STS:vm_state"], view["OS-EXT-STS:task_state"]


def listed(project: Project, query: str, role: str = "member") -> list[str]:
    return [view["id"] for view in project.get(f"/servers?{query}", role=role)["servers"]]


def unshelve(project: Project, server: str, value: object, version: str, role: str = "member") -> int:
    path = f"/servers/{server}/action"
    return project.call("POST", path, {"unshelve": value}, version=version, role=role).status_int


@pytest.fixture
def shelved(own) -> str:
    server = own.server(networks="auto")
    assert own.act(server, "shelve") == 202
    own.world.daemons.settle()
    return server


def test_there_and_back(own):
    server = own.server(networks="auto")
    addresses = own.get(f"/servers/{server}")["server"]["addresses"]
    assert own.act(server, "unshelve") == 409 == own.act(server, "shelveOffload", role="admin")
    assert own.act(server, "shelve") == 202
    assert shown(own, server) == ("ACTIVE", "active", "shelving")
    assert own.act(server, "shelve") == 409
    own.world.daemons.settle()
    assert shown(own, server) == ("SHELVED_OFFLOADED", "shelved_offloaded", None)
    assert listed(own, "status=SHELVED_OFFLOADED") == [server] == listed(own, "vm_state=shelved_offloaded", "admin")
    assert listed(own, "status=SHELVED") == [] == listed(own, "vm_state=offloaded", "admin")
    view = own.get(f"/servers/{server}", role="admin")["server"]
    assert (view["addresses"], view["OS-EXT-SRV-ATTR:host"], view["hostId"]) == (addresses, None, "")
    assert (
        own.act(server, "shelve")
        == 409
        == own.act(server, "os-start")
        == own.act(server, "shelveOffload", None, "admin")
    )
    assert own.act(server, "unshelve") == 202
    assert shown(own, server)[2] == "unshelving"
    own.world.daemons.settle()
    assert shown(own, server) == ("ACTIVE", "active", None)
    actions = own.get(f"/servers/{server}/os-instance-actions")["instanceActions"]
    assert sorted(entry["action"] for entry in actions) == ["create", "shelve", "unshelve"]


def test_the_image_of_it_is_its_projects(own, shelved):
    (image,) = own.world.db.read(lambda tx: tx.rows(_images()))
    assert (image["name"], image["owner_id"], image["visibility"]) == ("s-shelved", own.id, "private")
    assert image["properties"]["instance_uuid"] == shelved


def _images():
    import sqlalchemy as sa

    from nova_like.db.schema.images import images

    return sa.select(images).where(images.c.name.like("%-shelved"))


def test_it_needs_its_image(own, shelved):
    with own.world.db.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM images WHERE name LIKE '%-shelved'")
    assert own.act(shelved, "unshelve") == 409
    assert shown(own, shelved)[0] == "SHELVED_OFFLOADED"


def test_where_to(own, shelved):
    for value, version in (({"availability_zone": "nova"}, "2.76"), ({}, "2.77"), ({"host": "h1"}, "2.90"),
                           ({"availability_zone": None}, "2.90"), ({"zone": "nova"}, "2.91")):  # fmt: skip
        assert unshelve(own, shelved, value, version) == 400
    assert unshelve(own, shelved, {"availability_zone": "nowhere"}, "2.77") == 400
    assert unshelve(own, shelved, {"host": "h1"}, "2.91") == 403
    assert unshelve(own, shelved, {"host": "nobody"}, "2.91", "admin") == 400
    assert unshelve(own, shelved, {"availability_zone": "nova"}, "2.77") == 202
    own.world.daemons.settle()
    assert own.get(f"/servers/{shelved}", "2.96")["server"]["pinned_availability_zone"] == "nova"
    assert own.act(shelved, "shelve") == 202
    own.world.daemons.settle()
    assert unshelve(own, shelved, {"availability_zone": None, "host": "h1"}, "2.91", "admin") == 202
    own.world.daemons.settle()
    assert own.get(f"/servers/{shelved}", "2.96")["server"]["pinned_availability_zone"] is None


def test_others_may_not(own, shelved):
    assert own.act(shelved, "unshelve", role="reader") == 403
    assert own.act(shelved, "shelveOffload") == 403
    assert own.world.project("other").act(shelved, "unshelve") == 404
