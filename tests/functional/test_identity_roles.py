"""Roles, which role implies which, who was given them where, and the lists of it."""

import sqlite3

import pytest
import sqlalchemy as sa

from tests.functional.test_identity_projects import V3, change, delete, make, names, show


def test_a_role_from_its_making_to_its_end(cloud):
    made = make(cloud, "role", name="r", description="d", colour="red")
    assert made.items() >= {"name": "r", "domain_id": None, "description": "d", "colour": "red"}.items()
    assert change(cloud, "role", made["id"], name="s").json["role"] == {**made, "name": "s"}
    assert show(cloud, "role", made["id"])["name"] == "s" and names(cloud, "role", "name=s") == ["s"]
    make(cloud, "role", "admin", 409, name="s")
    make(cloud, "role", "admin", 404, name="t", domain_id="nowhere")
    assert delete(cloud, "role", made["id"]) == 204 and show(cloud, "role", made["id"]) == 404


def test_roles_of_a_domain(cloud):
    east = make(cloud, "domain", name="east")["id"]
    made = make(cloud, "role", name="admin", domain_id=east)
    make(cloud, "role", "admin", 409, name="admin", domain_id=east)
    assert names(cloud, "role", "name=admin") == ["admin"] == names(cloud, "role", f"domain_id={east}")
    project = make(cloud, "project", name="p", domain_id=east)["id"]
    give(cloud, f"projects/{project}/users/{cloud.ids['alice']}", made["id"])
    assert cloud.login("alice", scope={"project": {"id": project}}).status_int == 401  # it stands in no token
    give(cloud, f"projects/{cloud.ids['north']}/users/{cloud.ids['alice']}", made["id"], status=403)
    give(cloud, f"system/users/{cloud.ids['alice']}", made["id"], status=400)
    put(cloud, f"roles/{made['id']}/implies/{cloud.ids['role:reader']}", status=201)
    token = cloud.login("alice", scope={"project": {"id": project}}).json["token"]
    assert [role["name"] for role in token["roles"]] == ["reader"]
    put(cloud, f"roles/{cloud.ids['role:reader']}/implies/{made['id']}", status=403)


def test_a_role_that_goes_takes_its_tokens_along(cloud):
    role = make(cloud, "role", name="r")["id"]
    give(cloud, f"projects/{cloud.ids['south']}/users/{cloud.ids['alice']}", role)
    token = cloud.login("alice", scope={"project": {"id": cloud.ids["south"]}}).headers["X-Subject-Token"]
    assert delete(cloud, "role", role) == 204
    assert cloud.call("GET", f"{V3}/auth/projects", token).status_int == 401
    assert cloud.login("alice", scope={"project": {"id": cloud.ids["south"]}}).status_int == 401


def test_which_role_implies_which(cloud):
    first, second = (make(cloud, "role", name=name)["id"] for name in ("first", "second"))
    path = f"{V3}/roles/{first}/implies"
    made = put(cloud, f"roles/{first}/implies/{second}", status=201).json["role_inference"]
    assert made["prior_role"].keys() == made["implies"].keys() == {"id", "name", "links"}
    assert put(cloud, f"roles/{first}/implies/{second}", status=201).json["role_inference"] == made
    assert cloud.call("GET", f"{path}/{second}", "admin").json["role_inference"] == made
    assert cloud.call("HEAD", f"{path}/{second}", "admin").status_int == 204
    assert cloud.call("GET", path, "admin").json["role_inference"]["implies"] == [made["implies"]]
    every = cloud.call("GET", f"{V3}/role_inferences", "admin").json["role_inferences"]
    assert {"prior_role": made["prior_role"], "implies": [made["implies"]]} in every and len(every) == 4
    give(cloud, f"projects/{cloud.ids['south']}/users/{cloud.ids['alice']}", first)
    put(cloud, f"roles/{second}/implies/{first}", status=201)  # round in a circle
    token = cloud.login("alice", scope={"project": {"id": cloud.ids["south"]}}).json["token"]
    assert [role["name"] for role in token["roles"]] == ["first", "second"]
    put(cloud, f"roles/{first}/implies/{cloud.ids['role:admin']}", status=403)
    assert cloud.call("DELETE", f"{path}/{second}", "admin").status_int == 204
    assert cloud.call("DELETE", f"{path}/{second}", "admin").status_int == 404
    assert cloud.call("GET", f"{path}/nothing", "admin").status_int == 404


# -- who was given what


def put(cloud, path, by="admin", status=204):
    answer = cloud.call("PUT", f"{V3}/{path}", by)
    assert answer.status_int == status, answer.text
    return answer


def give(cloud, place, role, by="admin", status=204):
    return put(cloud, f"{place}/roles/{role}", by, status)


PLACES = [
    f"{target}/{actor}" for target in ("projects/north", "domains/default", "system") for actor in
    ("users/alice", "groups/people")
]  # fmt: skip


@pytest.mark.parametrize("inherited", [False, True])
@pytest.mark.parametrize("place", PLACES)
def test_a_role_given_listed_and_taken(cloud, place, inherited):
    if inherited and place.startswith("system"):
        assert cloud.call("GET", f"{V3}/OS-INHERIT/system/users/x/roles", "admin").status_int == 404
        return
    ids = {**cloud.ids, "people": make(cloud, "group", name="people")["id"], "default": "default"}
    role = make(cloud, "role", name="r")["id"]
    place = "/".join(ids.get(part, part) if number % 2 else part for number, part in enumerate(place.split("/")))
    if place.startswith("system"):
        place = f"system/{place.split('/')[1]}/{ids.get(place.split('/')[2], place.split('/')[2])}"
    before, end = ("OS-INHERIT/", "/inherited_to_projects") if inherited else ("", "")
    path = f"{V3}/{before}{place}/roles"
    assert cloud.call("HEAD", f"{path}/{role}{end}", "admin").status_int == 404
    for _ in range(2):
        assert cloud.call("PUT", f"{path}/{role}{end}", "admin").status_int == 204
    assert cloud.call("HEAD", f"{path}/{role}{end}", "admin").status_int == 204
    listed = cloud.call("GET", path + end, "admin").json
    assert role in [row["id"] for row in listed["roles"]] and listed["links"]["self"].endswith(path + end)
    found = cloud.call("GET", f"{V3}/role_assignments?role.id={role}&include_names", "admin").json["role_assignments"]
    assert len(found) == 1 and found[0]["links"]["assignment"].endswith(f"{path}/{role}{end}")
    assert ("OS-INHERIT:inherited_to" in found[0]["scope"]) == inherited and found[0]["role"]["name"] == "r"
    assert found[0]["group" if "groups" in place else "user"]["domain"] == {"id": "default", "name": "Default"}
    assert cloud.call("DELETE", f"{path}/{role}{end}", "admin").status_int == 204
    assert cloud.call("DELETE", f"{path}/{role}{end}", "admin").status_int == 404
    assert cloud.call("PUT", f"{path}/nothing{end}", "admin").status_int == 404


def listed(cloud, query, by="admin"):
    answer = cloud.call("GET", f"{V3}/role_assignments?{query}", by)
    return answer.json["role_assignments"] if answer.status_int == 200 else answer.status_int


def brief(rows):
    return sorted((row["user"]["id"], row["scope"]["project"]["id"], row["role"]["id"]) for row in rows)


def test_assignments_as_they_take_effect(cloud):
    ids = cloud.ids
    alice, north, member, reader = ids["alice"], ids["north"], ids["role:member"], ids["role:reader"]
    below = make(cloud, "project", name="below", parent_id=north)["id"]
    people = make(cloud, "group", name="people")["id"]
    put(cloud, f"groups/{people}/users/{alice}")
    put(cloud, f"OS-INHERIT/projects/{north}/groups/{people}/roles/{member}/inherited_to_projects")
    found = listed(cloud, f"effective&user.id={alice}&scope.project.id={below}")
    assert brief(found) == sorted([(alice, below, member), (alice, below, reader)])
    links = next(row["links"] for row in found if row["role"]["id"] == reader)
    assert links["assignment"].endswith(f"/projects/{north}/groups/{people}/roles/{member}/inherited_to_projects")
    assert links["membership"].endswith(f"/groups/{people}/users/{alice}")
    assert links["prior_role"].endswith(f"/prior_role/{member}/implies/{reader}")
    both = listed(cloud, f"effective&user.id={alice}&scope.project.id={north}&include_subtree&role.id={reader}")
    assert brief(both) == sorted([(alice, below, reader), (alice, north, reader)])
    assert listed(cloud, f"scope.project.id={below}") == []
    assert len(listed(cloud, f"scope.project.id={north}&scope.OS-INHERIT:inherited_to=projects")) == 1
    assert listed(cloud, "effective", "alice") == 403
    assert len(listed(cloud, f"effective&user.id={alice}", "alice")) == 4


@pytest.mark.parametrize(
    "query",
    ["user.id=a&group.id=b", "scope.project.id=a&scope.domain.id=b", "scope.system=all&scope.project.id=a",
     "effective&group.id=a", "include_subtree", "scope.OS-INHERIT:inherited_to=users",
     "effective&scope.domain.id=a&scope.OS-INHERIT:inherited_to=projects"],
)  # fmt: skip
def test_filters_that_do_not_go_together(cloud, query):
    assert listed(cloud, query) == 400


def test_a_list_asks_as_often_for_many_as_for_few(cloud):
    """With names and effects too."""
    cloud.token("admin")
    counted = []
    sa.event.listen(cloud.db.engine, "before_cursor_execute", lambda *a: counted.append(a[2]))
    sizes = []
    for _ in range(2):
        for query in ("include_names", "effective&include_names"):
            counted.clear()
            assert listed(cloud, query)
            sizes.append(len(counted))
        for number in range(5):
            user = make(cloud, "user", name=f"u{len(sizes)}{number}")["id"]
            project = make(cloud, "project", name=f"p{len(sizes)}{number}")["id"]
            give(cloud, f"projects/{project}/users/{user}", cloud.ids["role:member"])
    assert sizes[:2] == sizes[2:]


# -- personas: (scope, role) x route x whose it is

SCOPES = [(scope, role) for scope in ("system", "domain", "project") for role in ("admin", "manager", "reader")]
ADMIN = {("domain", "admin")}
READ = {("system", "manager"), ("system", "reader"), ("domain", "manager"), ("domain", "reader")} | ADMIN
OBSERVE = {("system", "manager"), ("system", "reader")}
MANAGE = {("domain", "manager")} | ADMIN
OPERATE: set = set()  # admins of the system or a project only
# ((method, path, body), who may), with things of his own domain, besides those. {x} is a thing of the domain
ROUTES = [
    (("GET", "/domains/{domain}", None), READ | {("project", "manager"), ("project", "reader")}),
    (("PATCH", "/domains/{domain}", {"domain": {"description": "d"}}), OPERATE),
    (("POST", "/projects", {"project": {"name": "new", "domain_id": "{domain}"}}), MANAGE),
    (("GET", "/projects/{project}", None), READ),
    (("PATCH", "/projects/{project}", {"project": {"description": "d"}}), MANAGE),
    (("PUT", "/projects/{project}/tags/new", None), MANAGE),
    (("DELETE", "/projects/{project}", None), MANAGE),
    (("POST", "/users", {"user": {"name": "new", "domain_id": "{domain}"}}), MANAGE),
    (("GET", "/users/{user}", None), READ),
    (("GET", "/users/{user}/groups", None), READ),
    (("GET", "/users/{user}/projects", None), READ),
    (("PATCH", "/users/{user}", {"user": {"password": "p"}}), MANAGE),
    (("DELETE", "/users/{user}", None), MANAGE),
    (("POST", "/groups", {"group": {"name": "new", "domain_id": "{domain}"}}), MANAGE),
    (("GET", "/groups/{group}", None), READ),
    (("GET", "/groups/{group}/users", None), READ),
    (("GET", "/groups/{group}/users/{user}", None), READ),
    (("PUT", "/groups/{group}/users/{user}", None), MANAGE),
    (("DELETE", "/groups/{group}/users/{user}", None), MANAGE),
    (("PATCH", "/groups/{group}", {"group": {"description": "d"}}), MANAGE),
    (("DELETE", "/groups/{group}", None), MANAGE),
    (("GET", "/projects/{project}/users/{user}/roles", None), READ),
    (("GET", "/domains/{domain}/groups/{group}/roles", None), READ),
    (("GET", "/projects/{project}/users/{user}/roles/{member}", None), READ),
    (("PUT", "/projects/{project}/users/{user}/roles/{reader}", None), MANAGE),
    (("PUT", "/projects/{project}/users/{user}/roles/{admin}", None), ADMIN),
    (("PUT", "/domains/{domain}/groups/{group}/roles/{manager}", None), MANAGE),
    (("PUT", "/OS-INHERIT/domains/{domain}/users/{user}/roles/{member}/inherited_to_projects", None), MANAGE),
    (("DELETE", "/projects/{project}/users/{user}/roles/{member}", None), MANAGE),
    (("PUT", "/system/users/{user}/roles/{reader}", None), OPERATE),
    (("GET", "/system/users/{user}/roles", None), OBSERVE),
    (("GET", "/role_assignments?scope.project.id={project}&include_subtree", None), READ),
    (("POST", "/roles", {"role": {"name": "new"}}), OPERATE),
    (("GET", "/roles", None), OBSERVE | MANAGE),
    (("GET", "/roles/{member}", None), OBSERVE | MANAGE),
    (("GET", "/roles/{admin}", None), OBSERVE | ADMIN),
    (("GET", "/role_inferences", None), OBSERVE),
    (("PUT", "/roles/{reader}/implies/{spare}", None), OPERATE),
]
EVERYWHERE = ("/roles", "/role_inferences", "/system")  # no domain's


class Realm:
    """A domain with one of everything, and a token for each persona in it."""

    def __init__(self, cloud):
        self.cloud = cloud
        roles = {name: cloud.ids[f"role:{name}"] for name in ("admin", "manager", "member", "reader")}
        self.ids = {**roles, "spare": make(cloud, "role", name="spare")["id"]}
        self.own, self.other = self._domain("own"), self._domain("other")

    def _domain(self, name):
        cloud, made = self.cloud, dict(self.ids)
        made["domain"] = make(cloud, "domain", name=name)["id"]
        for noun in ("project", "user", "group"):
            made[noun] = make(cloud, noun, name=f"{name}-{noun}", domain_id=made["domain"])["id"]
        put(cloud, f"groups/{made['group']}/users/{made['user']}")
        give(cloud, f"projects/{made['project']}/users/{made['user']}", made["member"])
        return made

    def token(self, scope, role):
        cloud, name = self.cloud, f"{scope}-{role}"
        user = make(cloud, "user", name=name, password="p", domain_id=self.own["domain"])["id"]
        home = make(cloud, "project", name=name, domain_id=self.own["domain"])["id"]
        place = {"system": "system", "domain": f"domains/{self.own['domain']}", "project": f"projects/{home}"}[scope]
        give(cloud, f"{place}/users/{user}", self.ids[role])
        of = {"system": {"all": True}, "domain": {"id": self.own["domain"]}, "project": {"id": home}}[scope]
        auth = {"identity": {"methods": ["password"], "password": {"user": {"id": user, "password": "p"}}},
                "scope": {scope: of}}  # fmt: skip
        return cloud.call("POST", f"{V3}/auth/tokens", json={"auth": auth}).headers["X-Subject-Token"]

    def ask(self, route, ids, token):
        method, path, body = route
        path = path.format(**ids)
        if body is not None:
            body = {noun: {key: ids["domain"] if value == "{domain}" else value for key, value in inner.items()}
                    for noun, inner in body.items()}  # fmt: skip
        return self.cloud.call(method, V3 + path, token, body)


@pytest.mark.parametrize(("scope", "role"), SCOPES)
def test_personas(cloud, scope, role):
    """In his own domain, in another's, and of what does not exist: the last two are refused alike."""
    realm = Realm(cloud)
    token = realm.token(scope, role)
    state = cloud.db.engine.url.database
    for route, allowed in ROUTES:
        may = (scope, role) in allowed or (role == "admin" and scope != "domain")
        theirs = (role == "admin" and may) or (scope == "system" and may) or (route[1].startswith(EVERYWHERE) and may)
        with kept(route, state):
            other = realm.ask(route, realm.other, token)
            assert (other.status_int < 400) is theirs, (route, other.text)
        none = {**realm.ids, **dict.fromkeys(("domain", "project", "user", "group"), "0" * 32)}
        with kept(route, state):
            nothing = realm.ask(route, none, token)
        if not theirs and not route[1].startswith("/domains/{domain}"):
            assert (nothing.status_int, other.status_int) == (403, 403), route
        with kept(route, state):
            mine = realm.ask(route, realm.own, token)
            assert (mine.status_int < 400) is may, (route, mine.text)


class kept:
    """The database is afterwards as it was before a route that changes it."""

    def __init__(self, route, path):
        self._changes, self._path = route[0] != "GET", path

    def __enter__(self):
        if not self._changes:
            return
        self._file, self._copy = sqlite3.connect(self._path), sqlite3.connect(":memory:")
        self._file.backup(self._copy)

    def __exit__(self, *error):
        if not self._changes:
            return
        self._copy.backup(self._file)
        self._file.close()
        self._copy.close()
