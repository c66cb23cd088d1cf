"""Unified limits, and the nouns that identity only keeps: policies and groups of endpoints."""

import pytest

ROOT = "/identity/v3"


def ask(cloud, method, path, json=None, user="admin"):
    return cloud.call(method, ROOT + path, user, json)


@pytest.fixture
def compute(cloud):
    return next(row["id"] for row in ask(cloud, "GET", "/services").json["services"] if row["type"] == "compute")


def register(cloud, service, **more):
    one = {"service_id": service, "resource_name": "cores", "default_limit": 10}
    return ask(cloud, "POST", "/registered_limits", {"registered_limits": [one | more]})


def limit(cloud, service, **more):
    one = {"service_id": service, "resource_name": "cores", "resource_limit": 5, "project_id": cloud.ids["north"]}
    return ask(cloud, "POST", "/limits", {"limits": [one | more]})


def test_registered_limits(cloud, compute):
    made = register(cloud, compute).json["registered_limits"][0]
    assert made.items() >= {"service_id": compute, "region_id": None, "default_limit": 10}.items()
    assert register(cloud, compute).status_int == 409
    near = register(cloud, compute, region_id="RegionOne").json["registered_limits"][0]
    assert ask(cloud, "GET", "/registered_limits?region_id=RegionOne", user="ron").json["registered_limits"] == [near]
    path = f"/registered_limits/{made['id']}"
    changed = ask(cloud, "PATCH", path, {"registered_limit": {"default_limit": -1}})
    assert changed.json["registered_limit"] == {**made, "default_limit": -1} == ask(
        cloud, "GET", path, user="bob").json["registered_limit"]  # fmt: skip
    assert ask(cloud, "PATCH", path, {"registered_limit": {"region_id": "RegionOne"}}).status_int == 409
    limit(cloud, compute)
    assert ask(cloud, "DELETE", path).status_int == 403  # a project's limit rests on it
    assert ask(cloud, "PATCH", path, {"registered_limit": {"resource_name": "x"}}).status_int == 403
    assert ask(cloud, "DELETE", f"/registered_limits/{near['id']}").status_int == 204


@pytest.mark.parametrize(
    "wrong", [{"service_id": "unknown"}, {"region_id": "unknown"}, {"default_limit": "many"}, {"default_limit": -2}]
)
def test_registered_limits_that_are_none(cloud, compute, wrong):
    assert register(cloud, compute, **wrong).status_int == 400


def test_limits(cloud, compute):
    assert limit(cloud, compute).status_int == 400  # nothing is registered
    register(cloud, compute)
    made = limit(cloud, compute).json["limits"][0]
    assert made["project_id"] == cloud.ids["north"] and made["domain_id"] is None and made["resource_limit"] == 5
    assert limit(cloud, compute).status_int == 409
    domains = limit(cloud, compute, project_id=None, domain_id="default").json["limits"][0]
    for wrong in ({"domain_id": "default"}, {"project_id": None}, {"project_id": "unknown"}):
        assert limit(cloud, compute, **wrong).status_int == 400
    path = f"/limits/{made['id']}"
    changed = ask(cloud, "PATCH", path, {"limit": {"resource_limit": 7, "project_id": cloud.ids["south"]}})
    assert changed.json["limit"] == {**made, "resource_limit": 7}  # whose it is stays
    listed = {user: [row["id"] for row in ask(cloud, "GET", "/limits", user=user).json["limits"]]
              for user in ("alice", "bob", "admin")}  # fmt: skip
    assert listed == {"alice": [made["id"]], "bob": [], "admin": sorted([made["id"], domains["id"]])}
    assert ask(cloud, "GET", path, user="alice").status_int == 200
    assert ask(cloud, "GET", path, user="bob").status_int == 404
    assert ask(cloud, "DELETE", path, user="alice").status_int == 403
    assert ask(cloud, "DELETE", path).status_int == 204
    assert ask(cloud, "GET", "/limits/model", user="ron").json["model"]["name"] == "flat"
    assert cloud.call("GET", f"{ROOT}/limits/model").status_int == 401


def test_many_or_none(cloud, compute):
    many = [{"service_id": compute, "resource_name": name, "default_limit": 1} for name in ("a", "b", "a")]
    assert ask(cloud, "POST", "/registered_limits", {"registered_limits": many}).status_int == 409
    assert ask(cloud, "GET", "/registered_limits").json["registered_limits"] == []
    made = ask(cloud, "POST", "/registered_limits", {"registered_limits": many[:2]})
    assert made.status_int == 201 and len(made.json["registered_limits"]) == 2


@pytest.mark.parametrize(
    ("path", "name", "body", "change"),
    [("/policies", "policy", {"type": "application/json", "blob": "{}"}, {"type": "other"}),
     ("/OS-EP-FILTER/endpoint_groups", "endpoint_group",
      {"name": "g", "description": "d", "filters": {"interface": "public"}}, {"filters": {"region_id": "RegionOne"}})],
)  # fmt: skip
def test_what_is_only_kept(cloud, path, name, body, change):
    made = ask(cloud, "POST", path, {name: body})
    assert made.status_int == 201, made.text
    row = made.json[name]
    assert row.items() >= body.items() and row["links"]["self"].endswith(f"/v3{path}/{row['id']}")
    assert ask(cloud, "GET", path).json[path.rpartition("/")[2]] == [row]
    assert ask(cloud, "PATCH", f"{path}/{row['id']}", {name: change}).json[name] == {**row, **change}
    assert ask(cloud, "HEAD", f"{path}/{row['id']}").status_int == 200
    assert ask(cloud, "GET", path, user="alice").status_int == 403
    assert ask(cloud, "DELETE", f"{path}/{row['id']}").status_int == 204
    assert ask(cloud, "GET", f"{path}/{row['id']}").status_int == 404
