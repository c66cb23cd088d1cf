"""What may be read of users, projects, roles and domains, and by whom."""

import pytest

READS = ("/users", "/projects", "/roles", "/domains", "/role_assignments")


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("user", ["admin", "amanda", "alice", "ron"])
def test_lists_are_the_operators(cloud, path, user):
    answer = cloud.call("GET", f"/identity/v3{path}", user)
    if user != "admin":
        assert answer.status_int == 403
        return
    noun = path.strip("/")
    assert answer.status_int == 200 and answer.json[noun]
    assert answer.json["links"] == {"self": f"http://localhost/identity/v3/{noun}", "next": None, "previous": None}


def test_filters_by_name(cloud):
    for noun, name in (("users", "alice"), ("projects", "north"), ("roles", "reader"), ("domains", "Default")):
        found = cloud.call("GET", f"/identity/v3/{noun}?name={name}", "admin").json[noun]
        assert [row["name"] for row in found] == [name]
        assert cloud.call("GET", f"/identity/v3/{noun}?name=nobody", "admin").json[noun] == []


def test_everybody_sees_himself_and_his_own_project(cloud):
    ids = cloud.ids
    own = cloud.call("GET", f"/identity/v3/users/{ids['alice']}", "alice")
    assert own.json["user"]["name"] == "alice" and "password_hash" not in own.text
    assert cloud.call("GET", f"/identity/v3/users/{ids['bob']}", "alice").status_int == 403
    assert cloud.call("GET", "/identity/v3/users/unknown", "alice").status_int == 403
    assert cloud.call("GET", f"/identity/v3/projects/{ids['north']}", "ron").json["project"]["name"] == "north"
    projects = cloud.call("GET", f"/identity/v3/users/{ids['alice']}/projects", "alice").json["projects"]
    assert [row["name"] for row in projects] == ["north"]


def test_anothers_project_is_one_that_does_not_exist(cloud):
    theirs = cloud.call("GET", f"/identity/v3/projects/{cloud.ids['south']}", "alice")
    unknown = cloud.call("GET", f"/identity/v3/projects/{cloud.ids['alice']}", "alice")
    assert theirs.status_int == unknown.status_int == 403
    assert theirs.text.replace(cloud.ids["south"], "") == unknown.text.replace(cloud.ids["alice"], "")


def test_unknown_ids(cloud):
    for noun in ("users", "projects", "roles", "domains", "regions"):
        assert cloud.call("GET", f"/identity/v3/{noun}/unknown", "admin").status_int == 404
    assert cloud.call("GET", "/identity/v3/regions/RegionOne", "alice").status_int == 200


def test_what_the_caller_may_ask_for(cloud):
    assert [row["name"] for row in cloud.call("GET", "/identity/v3/auth/projects", "alice").json["projects"]] == [
        "north"
    ]
    assert cloud.call("GET", "/identity/v3/auth/system", "admin").json["system"] == [{"all": True}]
    assert cloud.call("GET", "/identity/v3/auth/system", "alice").json["system"] == []
    assert cloud.call("GET", "/identity/v3/auth/domains", "alice").json["domains"] == []
    assert {entry["type"] for entry in cloud.call("GET", "/identity/v3/auth/catalog", "ron").json["catalog"]} >= {
        "compute", "image"
    }  # fmt: skip


def test_role_assignments(cloud):
    ids = cloud.ids
    path = f"/identity/v3/role_assignments?user.id={ids['admin']}&include_names=true"
    found = cloud.call("GET", path, "admin").json["role_assignments"]
    assert {tuple(row["scope"]) for row in found} == {("project",), ("system",)}
    assert all(row["role"]["name"] == "admin" and row["user"]["domain"]["id"] == "default" for row in found)
    plain = cloud.call("GET", f"/identity/v3/role_assignments?scope.project.id={ids['north']}", "admin")
    assert {row["user"]["id"] for row in plain.json["role_assignments"]} == {ids[n] for n in ("alice", "amanda", "ron")}
    own = cloud.call("GET", f"/identity/v3/role_assignments?user.id={ids['alice']}", "alice")
    assert len(own.json["role_assignments"]) == 1


def test_wrong_methods_and_paths_in_identitys_form(cloud):
    wrong = cloud.call("PUT", "/identity/v3/users", "admin")
    assert wrong.status_int == 405 and wrong.json["error"]["code"] == 405
    assert cloud.call("GET", "/identity/v3/nothing", "admin").json["error"]["title"] == "Not Found"
    assert cloud.call("GET", "/identity/v3/users").json["error"]["code"] == 401
