"""What compute served before other APIs took it over: images, security groups, volumes, networks."""

import pytest

from nova_like import concurrency
from tests.functional.compute_world import UNKNOWN, Compute, Project

OLD = "2.35"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory) -> Compute:
    return Compute(tmp_path_factory.mktemp("old"))


@pytest.fixture
def own(cloud) -> Project:
    return cloud.project(concurrency.new_id().replace("-", ""))


def ask(own, method, path, body=None, role="member"):
    return own.call(method, path, body, OLD, role)


# -- images


def test_images(own):
    listed = own.get("/images", OLD)["images"]
    assert [(one["id"], one["name"]) for one in listed] == [(own.image, "debian")]
    assert [link["rel"] for link in listed[0]["links"]] == ["self", "bookmark", "alternate"]
    shown = own.get(f"/images/{own.image}", OLD)["image"]
    assert (shown["status"], shown["progress"], shown["metadata"]) == ("ACTIVE", 100, {})
    assert own.get("/images/detail", OLD)["images"] == [shown]
    assert own.call("GET", "/images", version="2.36").status_int == 404
    assert ask(own, "GET", f"/images/{UNKNOWN}").status_int == 404
    assert ask(own, "GET", "/images/x").status_int == 404
    assert ask(own, "DELETE", f"/images/{own.image}").status_int == 204
    assert own.get("/images", OLD) == {"images": []}


def test_images_that_fit(own):
    server = concurrency.new_id()
    path = f"/images/{own.image}/metadata"
    own.call("PUT", path, {"metadata": {"instance_uuid": server, "image_type": "snapshot"}}, OLD)
    shown = own.get(f"/images/{own.image}", OLD)["image"]
    assert shown["server"]["id"] == server
    fits = ("name=debian", "status=ACTIVE", f"server={server}", f"server=http://x/servers/{server}", "type=snapshot",
            "changes-since=2020-01-01T00:00:00Z", "limit=1")  # fmt: skip
    for query in fits:
        assert [one["id"] for one in own.get(f"/images?{query}", OLD)["images"]] == [own.image], query
    for query in ("name=x", "status=SAVING", "status=x", f"server={UNKNOWN}", "type=base", "limit=0",
                  "changes-since=2999-01-01T00:00:00Z"):  # fmt: skip
        assert own.get(f"/images?{query}", OLD)["images"] == [], query
    assert ask(own, "GET", "/images?changes-since=x").status_int == 400
    assert ask(own, "GET", "/images?limit=-1").status_int == 400


def test_metadata_of_images(own, cloud):
    path = f"/images/{own.image}/metadata"
    assert ask(own, "PUT", path, {"metadata": {"a": "1", "b": "2"}}).json == {"metadata": {"a": "1", "b": "2"}}
    assert ask(own, "POST", path, {"metadata": {"b": "3", "c": "4"}}).json["metadata"] == {"a": "1", "b": "3", "c": "4"}
    assert own.get(f"{path}/a", "2.38") == {"meta": {"a": "1"}}
    assert ask(own, "PUT", f"{path}/a", {"meta": {"a": "5"}}).json == {"meta": {"a": "5"}}
    assert ask(own, "PUT", f"{path}/a", {"meta": {"b": "5"}}).status_int == 400
    assert ask(own, "DELETE", f"{path}/c").status_int == 204
    assert ask(own, "DELETE", f"{path}/c").status_int == 404
    assert ask(own, "GET", f"{path}/c").status_int == 404
    assert own.get(path, OLD) == {"metadata": {"a": "5", "b": "3"}}
    assert ask(own, "PUT", path, {"metadata": {"os_glance_x": "1"}}).status_int == 400
    many = {"metadata": {f"k{index}": "v" for index in range(129)}}
    assert ask(own, "PUT", path, many).status_int == 403
    other = cloud.project(concurrency.new_id().replace("-", ""))
    assert ask(other, "GET", path).status_int == 404
    assert ask(other, "PUT", path, {"metadata": {}}).status_int == 404
    assert own.call("GET", path, version="2.39").status_int == 404


# -- security groups


def group(own, name="web"):
    return ask(own, "POST", "/os-security-groups", {"security_group": {"name": name, "description": "d"}})


def test_security_groups(own):
    made = group(own, " web ").json["security_group"]
    assert made == {"id": made["id"], "name": " web ", "description": "d", "tenant_id": own.id, "rules": []}
    path = f"/os-security-groups/{made['id']}"
    assert own.get(path, OLD) == {"security_group": made}
    listed = own.get("/os-security-groups", OLD)["security_groups"]
    assert made in listed and {one["name"] for one in listed} == {" web ", "default"}
    changed = ask(own, "PUT", path, {"security_group": {"name": "n", "description": "e"}}).json["security_group"]
    assert (changed["name"], changed["description"]) == ("n", "e")
    assert ask(own, "DELETE", path).status_int == 202
    assert ask(own, "GET", path).status_int == ask(own, "DELETE", path).status_int == 404
    default = next(one for one in listed if one["name"] == "default")
    assert ask(own, "DELETE", f"/os-security-groups/{default['id']}").status_int == 400
    assert group(own, "default").status_int == 400
    assert ask(own, "POST", "/os-security-groups", {"security_group": {"name": ""}}).status_int == 400
    assert own.call("GET", "/os-security-groups", version="2.36").status_int == 404


def test_rules_of_security_groups(own):
    web, db = (group(own, name).json["security_group"]["id"] for name in ("web", "db"))

    def add(**rule):
        body = {"parent_group_id": web, "ip_protocol": "tcp", "from_port": 22, "to_port": 22, **rule}
        return ask(own, "POST", "/os-security-group-rules", {"security_group_rule": body})

    rule = add().json["security_group_rule"]
    assert rule == {"id": rule["id"], "parent_group_id": web, "ip_protocol": "tcp", "from_port": 22, "to_port": 22,
                    "group": {}, "ip_range": {"cidr": "0.0.0.0/0"}}  # fmt: skip
    by_group = add(group_id=db).json["security_group_rule"]
    assert by_group["group"] == {"name": "db", "tenant_id": own.id} and by_group["ip_range"] == {}
    shown = own.get(f"/os-security-groups/{web}", OLD)["security_group"]
    assert shown["rules"] == [rule, by_group]
    assert shown in own.get("/os-security-groups", OLD)["security_groups"]
    assert add(cidr="10.1.2.3/16").json["security_group_rule"]["ip_range"] == {"cidr": "10.1.2.3/16"}
    ping = add(ip_protocol="icmp", from_port=-1, to_port=-1).json["security_group_rule"]
    assert (ping["from_port"], ping["to_port"]) == (-1, -1)
    wrongs = ({}, {"from_port": 23}, {"ip_protocol": "999x"}, {"to_port": 65536}, {"parent_group_id": "x"},
              {"cidr": "x"})  # fmt: skip
    for wrong in wrongs:
        assert add(**wrong).status_int == 400, wrong
    assert add(parent_group_id=UNKNOWN).status_int == 404
    assert ask(own, "DELETE", f"/os-security-group-rules/{ping['id']}").status_int == 202
    assert ask(own, "DELETE", f"/os-security-group-rules/{ping['id']}").status_int == 404
    assert ask(own, "DELETE", f"/os-security-groups/{db}").status_int == 202  # with the rule that names it
    left = own.get(f"/os-security-groups/{web}", OLD)["security_group"]["rules"]
    assert by_group["id"] not in [one["id"] for one in left] and rule in left


def test_security_groups_of_a_server(own):
    web = group(own).json["security_group"]
    server = own.server(security_groups=[{"name": "web"}], networks=[{"uuid": own.network}])
    assert own.get(f"/servers/{server}/os-security-groups", "2.96")["security_groups"] == [web]
    assert ask(own, "DELETE", f"/os-security-groups/{web['id']}").status_int == 400  # in use
    assert own.act(server, "addSecurityGroup", {"name": "none"}) == 404


def _names(own, server):
    return sorted(one["name"] for one in own.get(f"/servers/{server}/os-security-groups", "2.96")["security_groups"])


def test_groups_of_a_server_that_runs(cloud, own):
    web, db = (group(own, name).json["security_group"] for name in ("web", "db"))
    server = own.server(networks=[{"uuid": own.network}])
    assert _names(own, server) == ["default"]
    assert own.act(server, "addSecurityGroup", {"name": "web"}) == 202
    assert own.act(server, "addSecurityGroup", {"name": db["id"]}) == 202  # while the host is told of the first
    assert own.act(server, "addSecurityGroup", {"name": "web"}) == 202  # already so
    assert _names(own, server) == ["db", "default", "web"]
    cloud.daemons.settle()
    assert own.act(server, "removeSecurityGroup", {"name": "default"}) == 202
    assert own.act(server, "removeSecurityGroup", {"name": "default"}) == 404
    assert own.act(server, "removeSecurityGroup", {"name": "none"}) == 404
    assert _names(own, server) == ["db", "web"]
    assert ask(own, "DELETE", f"/os-security-groups/{web['id']}").status_int == 400  # in use
    assert own.act(server, "removeSecurityGroup", {"name": "web"}) == 202
    assert ask(own, "DELETE", f"/os-security-groups/{web['id']}").status_int == 202


def test_groups_of_servers_that_cannot_change(cloud, own):
    group(own)
    building = own.server(networks=[{"uuid": own.network}], settle=False)
    assert own.act(building, "addSecurityGroup", {"name": "web"}) == 409
    cloud.daemons.settle()
    assert own.act(building, "addSecurityGroup", {"name": "web"}, role="reader") == 403
    assert own.act(building, "lock") == 202 and own.act(building, "addSecurityGroup", {"name": "web"}) == 409
    assert own.act(UNKNOWN, "addSecurityGroup", {"name": "web"}) == 404
    lonely = own.server(networks="none")
    assert own.act(lonely, "addSecurityGroup", {"name": "web"}) == 400
    assert own.act(lonely, "removeSecurityGroup", {"name": "web"}) == 404
    other = cloud.project("other")
    group(other, "theirs")
    assert own.act(building, "addSecurityGroup", {"name": "theirs"}, role="admin") == 404  # of another project
    assert other.act(building, "addSecurityGroup", {"name": "theirs"}) == 404


# -- volumes and networks


def test_volumes(own):
    asked = {"size": 1, "display_name": "v", "metadata": {"a": "b"}}
    made = ask(own, "POST", "/os-volumes", {"volume": asked}).json["volume"]
    assert (made["displayName"], made["size"], made["metadata"], made["attachments"]) == ("v", 1, {"a": "b"}, [{}])
    own.world.daemons.settle()
    shown = own.get(f"/os-volumes/{made['id']}", OLD)["volume"]
    assert shown == {**made, "status": "available"}
    for path in ("/os-volumes", "/os-volumes/detail?limit=1&offset=0"):
        assert own.get(path, OLD) == {"volumes": [shown]}
    assert own.get("/os-volumes?offset=1", OLD) == {"volumes": []}
    assert ask(own, "DELETE", f"/os-volumes/{made['id']}").status_int == 202
    for wrong in ({"size": 0}, {"size": "#$%"}, {}, {"size": -1}, {"size": 1, "snapshot_id": UNKNOWN},
                  {"size": 1, "volume_type": UNKNOWN}):  # fmt: skip
        assert ask(own, "POST", "/os-volumes", {"volume": wrong}).status_int == 400, wrong
    for path in (f"/os-volumes/{UNKNOWN}", "/os-volumes/x"):
        assert ask(own, "GET", path).status_int == ask(own, "DELETE", path).status_int == 404
    assert own.get("/os-snapshots", OLD) == own.get("/os-snapshots/detail", OLD) == {"snapshots": []}
    own.world.daemons.settle()


def test_networks(own):
    for path in ("/os-networks", "/os-tenant-networks"):
        assert [one["label"] for one in own.get(path, OLD)["networks"]] == ["net"]
        shown = own.get(f"{path}/{own.network}", OLD)["network"]
        assert (shown["id"], shown["cidr"]) == (own.network, None)
        assert ask(own, "GET", f"{path}/{UNKNOWN}").status_int == 404
    assert own.call("GET", "/os-tenant-networks", version="2.36").status_int == 404


def test_an_empty_id_names_nothing(own):
    for method, path in (("GET", "/os-volumes/"), ("DELETE", "/os-security-groups/"), ("GET", "/servers/")):
        assert ask(own, method, path).status_int == 404
    assert own.call("GET", "/").status_int == 200
