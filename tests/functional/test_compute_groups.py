"""Server groups: made, joined, counted, shown by version."""

import pytest

from tests.functional.compute_world import UNKNOWN, Compute, Project


@pytest.fixture
def cloud(tmp_path) -> Compute:
    return Compute(tmp_path)


@pytest.fixture
def own(cloud) -> Project:
    return cloud.project("own")


def make(project, version="2.96", **more):
    body = {"name": "g", "policy": "anti-affinity", **more}
    return project.call("POST", "/os-server-groups", {"server_group": body}, version)


def join(project, group, **more):
    body = {"name": "s", "imageRef": project.image, "flavorRef": "1", "networks": "none", **more}
    hints = {"os:scheduler_hints": {"group": group}}
    return project.call("POST", "/servers", {"server": body, **hints}, "2.96")


def test_by_version(own):
    new = make(own, rules={"max_server_per_host": 2}).json["server_group"]
    assert (new["policy"], new["rules"], new["members"]) == ("anti-affinity", {"max_server_per_host": 2}, [])
    old = own.get(f"/os-server-groups/{new['id']}", "2.63")["server_group"]
    assert (old["policies"], old["metadata"], old["project_id"]) == (["anti-affinity"], {}, own.id)
    assert set(own.get(f"/os-server-groups/{new['id']}", "2.12")["server_group"]) == {
        "id", "name", "policies", "members", "metadata"}  # fmt: skip
    soft = {"server_group": {"name": "s", "policies": ["soft-affinity"]}}
    assert own.call("POST", "/os-server-groups", soft, "2.14").status_int == 400
    assert own.call("POST", "/os-server-groups", soft, "2.15").status_int == 200
    assert make(own, policy="affinity", rules={"max_server_per_host": 2}).status_int == 400
    assert make(own, policy="nonsense").status_int == 400 == make(own, name="").status_int


def test_members(cloud, own):
    group = make(own).json["server_group"]["id"]
    server = join(own, group).json["server"]["id"]
    assert own.get(f"/os-server-groups/{group}", "2.96")["server_group"]["members"] == [server]
    assert own.get(f"/servers/{server}", "2.71")["server"]["server_groups"] == [group]
    assert "server_groups" not in own.get(f"/servers/{server}", "2.70")["server"]
    assert join(own, UNKNOWN).status_int == 400 == join(cloud.project("other"), group).status_int
    cloud.daemons.settle()
    assert own.call("DELETE", f"/os-server-groups/{group}").status_int == 204
    assert own.get(f"/servers/{server}", "2.71")["server"]["server_groups"] == []
    assert own.call("GET", f"/os-server-groups/{group}").status_int == 404


def test_limits(cloud, own):
    groups = [make(own).json["server_group"]["id"] for _ in range(10)]
    assert make(own).status_int == 403
    assert join(own, groups[0], min_count=10).status_int == 202
    assert join(own, groups[0]).status_int == 403 and join(own, groups[1]).status_int == 202


def test_others_groups(cloud, own):
    other = cloud.project("other")
    mine, theirs = (make(one).json["server_group"]["id"] for one in (own, other))
    assert [group["id"] for group in own.get("/os-server-groups")["server_groups"]] == [mine]
    everything = own.get("/os-server-groups?all_projects=1", role="admin")["server_groups"]
    assert [group["id"] for group in everything] == [mine, theirs]
    assert own.call("GET", "/os-server-groups?all_projects=1").status_int == 403
    assert own.call("DELETE", f"/os-server-groups/{theirs}").status_int == 404
    assert own.get("/os-server-groups?limit=1&offset=1", role="admin") == {"server_groups": []}
