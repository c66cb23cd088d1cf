"""Domains and projects: made, changed, deleted, in trees, with tags; and what goes with them."""

import pytest
import sqlalchemy as sa

from nova_like.db import assignments
from nova_like.db.schema.identity import domains
from nova_like.model.context import SYSTEM
from nova_like.model.errors import Forbidden

V3 = "/identity/v3"


def make(cloud, noun, by="admin", status=201, **fields):
    answer = cloud.call("POST", f"{V3}/{noun}s", by, {noun: fields})
    assert answer.status_int == status, answer.text
    return answer.json.get(noun)


def change(cloud, noun, id, by="admin", **fields):
    return cloud.call("PATCH", f"{V3}/{noun}s/{id}", by, {noun: fields})


def show(cloud, noun, id, query="", by="admin"):
    answer = cloud.call("GET", f"{V3}/{noun}s/{id}{query}", by)
    return answer.json[noun] if answer.status_int == 200 else answer.status_int


def delete(cloud, noun, id, by="admin"):
    return cloud.call("DELETE", f"{V3}/{noun}s/{id}", by).status_int


def names(cloud, noun, query, by="admin"):
    answer = cloud.call("GET", f"{V3}/{noun}s?{query}", by)
    assert answer.status_int == 200, answer.text
    return [row["name"] for row in answer.json[f"{noun}s"]]


# -- domains


def test_a_domain_from_its_making_to_its_end(cloud):
    made = make(cloud, "domain", name="east", description="d", colour="red", tags=["t"])
    assert made.items() >= {"name": "east", "enabled": True, "colour": "red", "tags": ["t"], "options": {}}.items()
    assert show(cloud, "domain", made["id"]) == made
    changed = change(cloud, "domain", made["id"], name="west", colour="blue").json["domain"]
    assert changed == {**made, "name": "west", "colour": "blue"}
    assert delete(cloud, "domain", made["id"]) == 403
    assert change(cloud, "domain", made["id"], enabled=False).json["domain"]["enabled"] is False
    assert delete(cloud, "domain", made["id"]) == 204
    assert show(cloud, "domain", made["id"]) == 404 and delete(cloud, "domain", made["id"]) == 404


def test_domains_are_named_once_and_may_choose_their_id(cloud):
    assert make(cloud, "domain", name="east", explicit_domain_id="0" * 32)["id"] == "0" * 32
    make(cloud, "domain", "admin", 409, name="east")
    make(cloud, "domain", "admin", 409, name="other", explicit_domain_id="0" * 32)
    assert names(cloud, "domain", "name=east") == ["east"]
    assert names(cloud, "domain", "enabled=false") == []


def test_with_a_domain_goes_all_that_is_in_it(cloud):
    domain = make(cloud, "domain", name="east")["id"]
    project = make(cloud, "project", name="p", domain_id=domain)["id"]
    role = cloud.ids["role:member"]
    cloud.db.transact(lambda tx: assignments.grant(tx, cloud.ids["alice"], "project", project, role))
    cloud.db.transact(lambda tx: assignments.grant(tx, cloud.ids["alice"], "domain", domain, role))
    change(cloud, "domain", domain, enabled=False)
    assert delete(cloud, "domain", domain) == 204
    assert show(cloud, "project", project) == 404
    left = cloud.db.read(lambda tx: assignments.find(tx, actor_id=cloud.ids["alice"]))
    assert [row["target_id"] for row in left] == [cloud.ids["north"]]


def test_the_default_domain_stays(cloud):
    cloud.change(sa.update(domains).where(domains.c.id == "default").values(enabled=False))
    with pytest.raises(Forbidden):
        cloud.services.identity.domains.delete(SYSTEM, "default")


# -- projects


def test_a_project_from_its_making_to_its_end(cloud):
    made = make(cloud, "project", name="p", description="d", tags=["b", "a"], cost="12")
    expected = {"name": "p", "domain_id": "default", "parent_id": "default", "is_domain": False, "enabled": True,
                "tags": ["a", "b"], "cost": "12", "options": {}, "description": "d"}  # fmt: skip
    assert made.items() >= expected.items()
    assert made["links"] == {"self": f"http://localhost/identity/v3/projects/{made['id']}"}
    assert show(cloud, "project", made["id"]) == made
    changed = change(cloud, "project", made["id"], name="q", description=None, tags=[]).json["project"]
    assert changed == {**made, "name": "q", "description": "", "tags": []}
    assert delete(cloud, "project", made["id"]) == 204
    assert show(cloud, "project", made["id"]) == 404


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"name": ""}, 400), ({"name": "a" * 65}, 400), ({}, 400), ({"name": "north"}, 409),
        ({"name": "p", "domain_id": "nowhere"}, 404), ({"name": "p", "parent_id": "nowhere"}, 404),
        ({"name": "p", "enabled": "yes"}, 400), ({"name": "p", "tags": ["a,b"]}, 400),
        ({"name": "p", "tags": ["a", "a"]}, 400), ({"name": "p", "options": {"other": True}}, 400),
        ({"name": "p", **{f"f{number}": 1 for number in range(65)}}, 400), ({"name": "p", "more": "x" * 40_000}, 400),
    ],
)  # fmt: skip
def test_projects_that_are_not_made(cloud, fields, status):
    make(cloud, "project", "admin", status, **fields)


def tree(cloud):
    """Ids of a project, its child and its grandchild."""
    ids = []
    for name in ("top", "middle", "low"):
        ids.append(make(cloud, "project", name=name, **({"parent_id": ids[-1]} if ids else {}))["id"])
    return ids


def test_trees(cloud):
    top, middle, low = tree(cloud)
    assert show(cloud, "project", low)["parent_id"] == middle
    assert show(cloud, "project", low, "?parents_as_ids")["parents"] == {middle: {top: {"default": None}}}
    assert show(cloud, "project", top, "?subtree_as_ids")["subtree"] == {middle: {low: None}}
    assert show(cloud, "project", low, "?subtree_as_ids")["subtree"] is None
    above = show(cloud, "project", low, "?parents_as_list")["parents"]
    assert [row["project"]["name"] for row in above] == ["middle", "top"]
    below = show(cloud, "project", top, "?subtree_as_list")["subtree"]
    assert [row["project"]["name"] for row in below] == ["middle", "low"]
    assert show(cloud, "project", top, "?subtree_as_list&subtree_as_ids") == 400
    assert names(cloud, "project", f"parent_id={top}") == ["middle"]
    assert delete(cloud, "project", middle) == 403
    assert [delete(cloud, "project", id) for id in (low, middle, top)] == [204, 204, 204]


def test_a_tree_is_not_too_deep(cloud):
    *_, low = tree(cloud)
    lowest = make(cloud, "project", name="lowest", parent_id=low)["id"]
    make(cloud, "project", "admin", 403, name="too low", parent_id=lowest)


def test_no_enabled_project_stands_below_a_disabled_one(cloud):
    top, middle, low = tree(cloud)
    assert change(cloud, "project", top, enabled=False).status_int == 403
    for id in (low, middle, top):
        assert change(cloud, "project", id, enabled=False).status_int == 200
    assert change(cloud, "project", low, enabled=True).status_int == 403
    make(cloud, "project", "admin", 403, name="new", parent_id=top)
    for id in (top, middle, low):
        assert change(cloud, "project", id, enabled=True).status_int == 200


def test_what_of_a_project_stays(cloud):
    top, middle, _ = tree(cloud)
    assert change(cloud, "project", middle, parent_id="default").status_int == 403
    assert change(cloud, "project", middle, parent_id=top).status_int == 200
    assert change(cloud, "project", middle, domain_id="other").status_int == 400
    assert change(cloud, "project", middle, is_domain=True).status_int == 400


def test_immutable_projects(cloud):
    id = make(cloud, "project", name="p", options={"immutable": True})["id"]
    assert change(cloud, "project", id, name="q").status_int == 403 and delete(cloud, "project", id) == 403
    assert change(cloud, "project", id, options={"immutable": None}).json["project"]["options"] == {}
    assert delete(cloud, "project", id) == 204


def test_a_domain_is_a_project_too(cloud):
    made = make(cloud, "project", name="east", is_domain=True)
    assert made.items() >= {"is_domain": True, "domain_id": None, "parent_id": None}.items()
    assert show(cloud, "domain", made["id"])["name"] == "east"
    assert names(cloud, "project", "is_domain=true&name=east") == ["east"]
    assert show(cloud, "project", made["id"]) == made
    assert delete(cloud, "project", made["id"]) == 403
    assert change(cloud, "project", made["id"], enabled=False).status_int == 200
    assert delete(cloud, "project", made["id"]) == 204


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("name=north", ["north"]), ("name__contains=ort", ["north"]), ("name__startswith=SOU", ["south"]),
        ("name__iendswith=TH", ["north", "south"]), ("name__contains=%25", []), ("enabled=false", []),
        ("domain_id=default&limit=2", ["admin", "north"]), ("domain_id=nowhere", []), ("tags=a", ["south"]),
        ("tags=a,b", ["south"]), ("tags=a,c", []), ("tags-any=a,c", ["south"]), ("not-tags=a,c", None),
        ("not-tags-any=c,a", ["admin", "north"]), ("not-tags=a", ["admin", "north"]),
    ],
)  # fmt: skip
def test_filters(cloud, query, found):
    change(cloud, "project", cloud.ids["south"], tags=["a", "b"])
    assert names(cloud, "project", query) == (["admin", "north", "south"] if found is None else found)


def test_pages(cloud):
    first = cloud.call("GET", f"{V3}/projects?limit=2&sort=x", "admin").json
    assert [row["name"] for row in first["projects"]] == ["admin", "north"]
    rest = cloud.call("GET", first["links"]["next"].removeprefix("http://localhost"), "admin").json
    assert [row["name"] for row in rest["projects"]] == ["south"] and rest["links"]["next"] is None
    assert cloud.call("GET", f"{V3}/projects?marker=nothing", "admin").status_int == 400
    assert cloud.call("GET", f"{V3}/projects", "admin").json["links"]["next"] is None


def test_tags(cloud):
    path = f"{V3}/projects/{cloud.ids['north']}/tags"
    put = cloud.call("PUT", f"{path}/red", "admin")
    assert put.status_int == 201 and put.headers["Location"] == f"http://localhost{path}/red"
    assert cloud.call("PUT", f"{path}/red", "admin").status_int == 201
    assert cloud.call("PUT", path, "admin", {"tags": ["x", "y"]}).json["tags"] == ["x", "y"]
    assert cloud.call("GET", f"{path}/x", "alice").status_int == 204
    assert cloud.call("HEAD", f"{path}/red", "alice").status_int == 404
    assert cloud.call("DELETE", f"{path}/x", "admin").status_int == 204
    assert cloud.call("DELETE", f"{path}/x", "admin").status_int == 404
    assert cloud.call("GET", path, "ron").json["tags"] == ["y"]
    assert cloud.call("DELETE", path, "admin").status_int == 204
    assert cloud.call("GET", path, "ron").json["tags"] == []
    assert cloud.call("PUT", path, "admin", {"tags": [f"t{number}" for number in range(80)]}).status_int == 200
    assert cloud.call("PUT", f"{path}/one-more", "admin").status_int == 400
    assert cloud.call("PUT", f"{path}/a,b", "admin").status_int == 400


# -- tokens


@pytest.mark.parametrize("noun", ["project", "domain"])
def test_what_is_disabled_once_has_voided_its_tokens(cloud, noun):
    admin = cloud.login("admin", scope={"system": {"all": True}}).headers["X-Subject-Token"]
    if noun == "domain":
        domain = make(cloud, "domain", name="east")["id"]
        project = make(cloud, "project", name="p", domain_id=domain)["id"]
        cloud.db.transact(
            lambda tx: assignments.grant(tx, cloud.ids["alice"], "project", project, cloud.ids["role:member"])
        )
        id, scope = domain, {"project": {"id": project}}
    else:
        id, scope = cloud.ids["north"], {"project": {"id": cloud.ids["north"]}}
    token = cloud.login("alice", scope=scope).headers["X-Subject-Token"]
    assert cloud.call("GET", f"{V3}/auth/projects", token).status_int == 200
    for enabled in (False, True):
        assert change(cloud, noun, id, admin, enabled=enabled).status_int == 200
        assert cloud.call("GET", f"{V3}/auth/projects", token).status_int == 401
        assert cloud.call("GET", f"{V3}/auth/tokens", admin, X_Subject_Token=token).status_int == 404
    assert cloud.login("alice", scope=scope).status_int == 201


def test_a_deleted_projects_tokens_are_void(cloud):
    token = cloud.token("bob")
    assert delete(cloud, "project", cloud.ids["south"]) == 204
    assert cloud.call("GET", f"{V3}/auth/projects", token).status_int == 401
    assert cloud.login("bob", scope="unscoped").status_int == 201
