"""Users and groups: made, changed, deleted; passwords; and that a domain's manager makes nobody admin."""

import pytest

from nova_like.db import assignments, user_groups
from tests.functional.test_identity_projects import V3, change, delete, make, names, show


def login(cloud, id, password, scope="unscoped"):
    user = {"id": id, "password": password}
    auth = {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope}
    return cloud.call("POST", f"{V3}/auth/tokens", json={"auth": auth})


def grant(cloud, actor, kind, target, role):
    cloud.db.transact(lambda tx: assignments.grant(tx, actor, kind, target, cloud.ids[f"role:{role}"]))


def test_a_user_from_his_making_to_his_end(cloud):
    made = make(cloud, "user", name="eve", password="secret", email="e@x", project_id="p", description="d")
    assert made.items() >= {"name": "eve", "domain_id": "default", "enabled": True, "email": "e@x", "project_id": "p",
                            "description": "d", "options": {}, "password_expires_at": None}.items()  # fmt: skip
    assert "password" not in made and show(cloud, "user", made["id"]) == made
    assert login(cloud, made["id"], "secret").status_int == 201
    options = {"lock_password": True}
    changed = change(cloud, "user", made["id"], name="eva", default_project_id="x", options=options).json["user"]
    assert changed == {**made, "name": "eva", "default_project_id": "x", "options": options}
    assert change(cloud, "user", made["id"], options={"lock_password": None}).json["user"]["options"] == {}
    assert delete(cloud, "user", made["id"]) == 204
    assert show(cloud, "user", made["id"]) == 404 and delete(cloud, "user", made["id"]) == 404


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, 400), ({"name": ""}, 400), ({"name": "x" * 256}, 400), ({"name": "alice"}, 409),
        ({"name": "e", "domain_id": "nowhere"}, 404), ({"name": "e", "default_project_id": "default"}, 400),
        ({"name": "e", "options": {"x": 1}}, 400), ({"name": "e", "password": 5}, 400),
        ({"name": "e", "email": []}, 400),
    ],
)  # fmt: skip
def test_users_that_are_not_made(cloud, fields, status):
    make(cloud, "user", "admin", status, **fields)


def test_names_are_ones_own_in_a_domain(cloud):
    east = make(cloud, "domain", name="east")["id"]
    theirs = make(cloud, "user", name="alice", domain_id=east)
    assert theirs["id"] != cloud.ids["alice"]
    assert change(cloud, "user", theirs["id"], domain_id="default").status_int == 400
    assert change(cloud, "user", cloud.ids["ron"], name="alice").status_int == 409
    assert names(cloud, "user", f"domain_id={east}") == ["alice"]
    assert names(cloud, "user", "name__startswith=al") == ["alice", "alice"]
    assert names(cloud, "user", "enabled=false") == []


@pytest.mark.parametrize("fields", [{"password": "other"}, {"enabled": False}])
def test_a_new_password_and_a_disabling_void_all_tokens(cloud, fields):
    token = cloud.login("alice").headers["X-Subject-Token"]
    assert change(cloud, "user", cloud.ids["alice"], **fields).status_int == 200
    assert cloud.call("GET", f"{V3}/auth/projects", token).status_int == 401
    change(cloud, "user", cloud.ids["alice"], enabled=True)
    assert cloud.call("GET", f"{V3}/auth/projects", token).status_int == 401
    assert login(cloud, cloud.ids["alice"], fields.get("password", "alice-password")).status_int == 201


def test_a_deleted_user_leaves_nothing(cloud):
    id, token = cloud.ids["bob"], cloud.token("bob")
    path = f"{V3}/users/{id}/credentials/OS-EC2"
    access = cloud.call("POST", path, "bob", {"tenant_id": cloud.ids["south"]}).json["credential"]["access"]
    assert delete(cloud, "user", id) == 204
    assert cloud.call("GET", f"{V3}/auth/projects", token).status_int == 401
    assert cloud.services.identity.ec2_key(access) is None
    assert cloud.db.read(lambda tx: assignments.find(tx, actor_id=id)) == []


# -- one's own password


def set_password(cloud, id, original, password, token=None):
    body = {"user": {"original_password": original, "password": password}}
    return cloud.call("POST", f"{V3}/users/{id}/password", token, body).status_int


def test_a_user_changes_his_password(cloud):
    id, token = cloud.ids["alice"], cloud.login("alice").headers["X-Subject-Token"]
    assert set_password(cloud, id, "alice-password", "new", token) == 204
    assert cloud.call("GET", f"{V3}/auth/projects", token).status_int == 401
    assert login(cloud, id, "alice-password").status_int == 401 and login(cloud, id, "new").status_int == 201
    assert set_password(cloud, id, "new", "newer") == 204  # a token is not needed


def test_passwords_that_are_not_changed(cloud):
    id = cloud.ids["alice"]
    assert set_password(cloud, id, "wrong", "new") == set_password(cloud, "nobody", "wrong", "new") == 401
    assert set_password(cloud, id, "alice-password", "") == 400
    change(cloud, "user", id, enabled=False)
    assert set_password(cloud, id, "alice-password", "new") == 401


# -- groups


def test_a_group_from_its_making_to_its_end(cloud):
    made = make(cloud, "group", name="g", description="d", project_id="p")
    assert made.items() >= {"name": "g", "description": "d", "domain_id": "default", "project_id": "p"}.items()
    assert change(cloud, "group", made["id"], name="h").json["group"] == {**made, "name": "h"}
    assert show(cloud, "group", made["id"])["name"] == "h" and names(cloud, "group", "name=h") == ["h"]
    make(cloud, "group", "admin", 409, name="h")
    make(cloud, "group", "admin", 400, name="x" * 65)
    assert change(cloud, "group", made["id"], domain_id="x").status_int == 400
    assert delete(cloud, "group", made["id"]) == 204 and show(cloud, "group", made["id"]) == 404


def test_who_is_in_a_group(cloud):
    group, ids = make(cloud, "group", name="g")["id"], cloud.ids
    path = f"{V3}/groups/{group}/users"
    for _ in range(2):
        assert cloud.call("PUT", f"{path}/{ids['alice']}", "admin").status_int == 204
    assert cloud.call("HEAD", f"{path}/{ids['alice']}", "admin").status_int == 204
    assert cloud.call("HEAD", f"{path}/{ids['bob']}", "admin").status_int == 404
    assert cloud.call("PUT", f"{path}/nobody", "admin").status_int == 404
    assert [row["id"] for row in cloud.call("GET", path, "admin").json["users"]] == [ids["alice"]]
    mine = cloud.call("GET", f"{V3}/users/{ids['alice']}/groups", "alice").json["groups"]
    assert [row["name"] for row in mine] == ["g"]
    assert cloud.call("GET", f"{V3}/users/{ids['bob']}/groups", "alice").status_int == 403
    assert cloud.call("DELETE", f"{path}/{ids['alice']}", "admin").status_int == 204
    assert cloud.call("DELETE", f"{path}/{ids['alice']}", "admin").status_int == 404


def test_what_a_group_may_its_members_may(cloud):
    group, ids = make(cloud, "group", name="g")["id"], cloud.ids
    grant(cloud, group, "project", ids["south"], "member")
    scope = {"project": {"id": ids["south"]}}
    assert cloud.login("alice", scope=scope).status_int == 401
    cloud.db.transact(lambda tx: user_groups.add(tx, group, ids["alice"]))
    token = cloud.login("alice", scope=scope)
    assert [role["name"] for role in token.json["token"]["roles"]] == ["member", "reader"]
    own = cloud.call("GET", f"{V3}/auth/projects", "alice").json["projects"]
    assert [row["name"] for row in own] == ["north", "south"]
    assert delete(cloud, "group", group) == 204
    assert cloud.call("GET", f"{V3}/auth/projects", token.headers["X-Subject-Token"]).status_int == 401


def test_roles_come_from_above(cloud):
    ids = cloud.ids
    below = make(cloud, "project", name="below", parent_id=ids["south"])["id"]
    grant(cloud, ids["alice"], "below", ids["south"], "member")
    assert cloud.login("alice", scope={"project": {"id": ids["south"]}}).status_int == 401
    assert cloud.login("alice", scope={"project": {"id": below}}).status_int == 201
    grant(cloud, ids["ron"], "within", "default", "reader")
    own = cloud.call("GET", f"{V3}/auth/projects", "ron").json["projects"]
    assert [row["name"] for row in own] == ["admin", "below", "north", "south"]
    assert cloud.login("ron", scope={"project": {"id": below}}).status_int == 201


# -- a domain's manager


@pytest.fixture
def manager(cloud):
    """Amanda's token for her domain."""
    grant(cloud, cloud.ids["amanda"], "domain", "default", "manager")
    return cloud.login("amanda", scope={"domain": {"id": "default"}}).headers["X-Subject-Token"]


def test_a_manager_changes_users_of_his_domain(cloud, manager):
    make(cloud, "user", manager, 403, name="eve", password="x")  # of which domain he must say
    made = make(cloud, "user", manager, name="eve", password="x", domain_id="default")
    assert change(cloud, "user", made["id"], manager).status_int == 200  # of nothing
    assert change(cloud, "user", made["id"], manager, password="y").status_int == 200
    assert delete(cloud, "user", made["id"], manager) == 204


def test_a_manager_sees_and_changes_nothing_of_another_domain(cloud, manager):
    east = make(cloud, "domain", name="east")["id"]
    for noun in ("user", "group", "project"):
        theirs = make(cloud, noun, name="theirs", domain_id=east)["id"]
        make(cloud, noun, manager, 403, name="mine", domain_id=east)
        assert names(cloud, noun, f"domain_id={east}", manager) == []
        assert "theirs" not in names(cloud, noun, "", manager)
        assert show(cloud, noun, theirs, by=manager) == delete(cloud, noun, theirs, manager) == 403
        assert change(cloud, noun, theirs, manager, name="x").status_int == 403
    assert names(cloud, "domain", "", manager) == ["Default"]


def test_a_manager_makes_nobody_admin(cloud, manager):
    admins, ids = make(cloud, "group", name="admins")["id"], cloud.ids
    grant(cloud, admins, "system", "all", "admin")
    assert cloud.call("PUT", f"{V3}/groups/{admins}/users/{ids['amanda']}", manager).status_int == 403
    assert change(cloud, "user", ids["admin"], manager, password="mine").status_int == 403
    assert delete(cloud, "user", ids["admin"], manager) == 403
    cloud.call("PUT", f"{V3}/groups/{admins}/users/{ids['ron']}", "admin")
    assert change(cloud, "user", ids["ron"], manager, password="mine").status_int == 403
    assert change(cloud, "user", ids["alice"], manager, password="mine").status_int == 200
