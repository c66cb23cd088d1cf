"""Servers through the compute API, on the real services and database."""

import json

import pytest

from nova_like import concurrency
from nova_like.db import ports
from nova_like.model.context import Context
from tests.functional.compute_world import QUOTA, UNKNOWN, Compute, Project


@pytest.fixture
def cloud(tmp_path) -> Compute:
    return Compute(tmp_path)


@pytest.fixture
def own(cloud) -> Project:
    return cloud.project("own")


def status(project, server):
    return project.get(f"/servers/{server}")["server"]["status"]


def test_a_servers_life(cloud, own):
    answer = own.call("POST", "/servers", {"server": {
        "name": "web", "imageRef": own.image, "flavorRef": "1", "networks": "auto", "metadata": {"a": "b"},
        "description": "the web", "user_data": "aGk=", "config_drive": True}})  # fmt: skip
    assert answer.status_int == 202
    made = answer.json["server"]
    assert answer.headers["Location"] == f"http://cloud/compute/v2.1/servers/{made['id']}"
    assert len(made["adminPass"]) == 12 and made["security_groups"] == [{"name": "default"}]
    view = own.get(f"/servers/{made['id']}")["server"]
    assert (view["status"], view["OS-EXT-STS:vm_state"], view["metadata"]) == ("BUILD", "building", {"a": "b"})
    assert (view["description"], view["config_drive"]) == ("the web", "True")
    assert view["flavor"]["original_name"] == "m1.tiny"
    assert view["OS-EXT-STS:task_state"] == "scheduling"
    assert [entry["version"] for entry in view["addresses"]["net"]] == [4]
    cloud.daemons.settle()
    assert status(own, made["id"]) == "ACTIVE"
    assert own.act(made["id"], "os-stop") == 202
    assert own.act(made["id"], "os-stop") == 409  # busy
    cloud.daemons.settle()
    assert status(own, made["id"]) == "SHUTOFF"
    assert own.act(made["id"], "reboot", {"type": "SOFT"}) == 409  # not from here
    assert own.act(made["id"], "os-start") == 202
    cloud.daemons.settle()
    assert own.act(made["id"], "reboot", {"type": "HARD"}) == 202
    assert status(own, made["id"]) in ("REBOOT", "HARD_REBOOT")
    cloud.daemons.settle()
    assert own.call("DELETE", f"/servers/{made['id']}").status_int == 204
    assert own.get(f"/servers/{made['id']}")["server"]["OS-EXT-STS:task_state"] == "deleting"
    assert own.call("DELETE", f"/servers/{made['id']}").status_int == 204
    cloud.daemons.settle()
    assert own.call("GET", f"/servers/{made['id']}").status_int == 404
    names = [action["action"] for action in own.get(f"/servers/{made['id']}/os-instance-actions")["instanceActions"]]
    assert names == ["delete", "reboot", "start", "stop", "create"]


def test_a_server_is_shown_as_it_was_at_one_moment(cloud, own, monkeypatch):
    """Not as it was before a flow's last transaction, with the flows of after it: that looks as if it were at rest."""
    server = own.server("web")
    cloud.daemons.settle()
    of_instances = ports.of_instances

    def meanwhile(tx, ids):
        cloud.daemons.settle()
        return of_instances(tx, ids)

    monkeypatch.setattr(ports, "of_instances", meanwhile)
    for path in (f"/servers/{server}", f"/servers/detail?uuid={server}"):
        assert own.act(server, "os-stop") == 202
        found = own.get(path)
        view = found.get("server") or found["servers"][0]
        assert (view["status"], view["OS-EXT-STS:task_state"]) == ("ACTIVE", "powering-off")
        assert own.act(server, "os-start") == 202
        cloud.daemons.settle()


def test_several_at_once_and_their_reservation(cloud, own):
    body = {"name": "n", "imageRef": own.image, "flavorRef": "1", "networks": "none", "min_count": 2, "max_count": 3}
    answer = own.call("POST", "/servers", {"server": {**body, "return_reservation_id": True}})
    assert answer.json["reservation_id"].startswith("r-")
    assert sorted(view["name"] for view in own.get("/servers")["servers"]) == ["n-1", "n-2", "n-3"]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [({"flavorRef": "nope"}, 400), ({"imageRef": UNKNOWN}, 400), ({"networks": [{"uuid": UNKNOWN}]}, 400),
     ({"key_name": "nope"}, 400), ({"security_groups": [{"name": "nope"}]}, 400), ({"name": ""}, 400),
     ({"min_count": 3, "max_count": 2}, 400), ({"min_count": QUOTA + 1}, 403), ({"flavorRef": ""}, 400),
     ({"metadata": {"k": "v" * 256}}, 400),
     ({"metadata": {f"k{index}": "v" for index in range(129)}}, 403),
     ({"networks": "maybe"}, 400), ({"user_data": "?"}, 400)],
)  # fmt: skip
def test_mistakes_are_named_and_change_nothing(own, wrong, code):
    body = {"name": "n", "imageRef": own.image, "flavorRef": "1", "networks": "none", **wrong}
    answer = own.call("POST", "/servers", {"server": body})
    kind = {400: "badRequest", 403: "forbidden"}[code]
    assert answer.status_int == code, answer.text
    assert answer.json[kind]["code"] == code and answer.json[kind]["message"]
    assert own.get("/servers") == {"servers": []}
    assert own.get("/limits")["limits"]["absolute"]["totalInstancesUsed"] == 0


def test_pages_follow_each_other(own):
    ids = [own.server(f"s{index}", networks="none") for index in range(5)]
    seen, path = [], "/servers/detail?limit=2&sort_key=created_at&sort_dir=asc"
    while path:
        page = own.get(path)
        seen += [view["id"] for view in page["servers"]]
        links = page.get("servers_links")
        path = links[0]["href"].removeprefix("http://cloud/compute/v2.1") if links else None
    assert seen == ids
    assert own.get("/servers?limit=0") == {"servers": []}
    for bad in ("limit=-1", "limit=x", f"marker={UNKNOWN}", "sort_key=fault"):
        assert own.call("GET", f"/servers?{bad}").status_int == 400


def test_filters_find_what_they_name(cloud, own):
    web, other = own.server("web-1"), own.server("db-1")
    own.act(other, "os-stop")
    cloud.daemons.settle()

    def ids(query):
        return {view["id"] for view in own.get(f"/servers?{query}")["servers"]}

    address = own.get(f"/servers/{web}/ips")["addresses"]["net"][0]["addr"]
    assert ids("name=web") == {web} and ids("status=SHUTOFF") == {other} and ids("status=ACTIVE") == {web}
    assert ids("status=PAUSED") == set() and ids("flavor=1") == {web, other} and ids("flavor=2") == set()
    assert ids(f"image={own.image}") == {web, other} and ids(f"image={UNKNOWN}") == set()
    assert ids(f"uuid={web}") == {web} and ids(f"ip={address}") == {web}
    assert own.call("GET", "/servers?status=nonsense").status_int == 400
    assert own.get("/servers?status=nonsense", version="2.37") == {"servers": []}


def test_changes_since_shows_what_went(cloud, own):
    gone = own.server("gone")
    before = concurrency.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    own.call("DELETE", f"/servers/{gone}")
    cloud.daemons.settle()
    assert own.get("/servers/detail") == {"servers": []}
    found = own.get(f"/servers/detail?changes-since={before}")["servers"]
    assert [(view["id"], view["status"]) for view in found] == [(gone, "DELETED")]


def test_an_operator_sees_other_projects_only_when_asking(cloud, own):
    other = cloud.project("other")
    mine, theirs = own.server("mine"), other.server("theirs")
    assert [view["id"] for view in own.get("/servers", role="admin")["servers"]] == [mine]
    everything = own.get("/servers/detail?all_tenants=1", role="admin")["servers"]
    assert {view["id"] for view in everything} == {mine, theirs}
    assert {view["OS-EXT-SRV-ATTR:host"] for view in everything} == {"h1"}
    assert {view["host_status"] for view in everything} == {"UP"}
    one = own.get(f"/servers/detail?all_tenants=1&project_id={other.id}", role="admin")["servers"]
    assert [view["id"] for view in one] == [theirs]
    assert own.call("GET", "/servers?all_tenants=1").status_int == 403
    assert own.get(f"/servers/{theirs}", role="admin")["server"]["id"] == theirs


def test_names_descriptions_and_metadata_change(own):
    server = own.server(metadata={"a": "1"})
    answer = own.call("PUT", f"/servers/{server}", {"server": {"name": "new", "description": "d"}})
    assert (answer.json["server"]["name"], answer.json["server"]["description"]) == ("new", "d")
    shown = own.call("PUT", f"/servers/{server}", {"server": {"accessIPv4": "1.2.3.4"}}).json["server"]
    assert (shown["accessIPv4"], shown["accessIPv6"], shown["name"]) == ("1.2.3.4", "", "new")
    own.call("PUT", f"/servers/{server}", {"server": {"accessIPv6": "2001:db8::1", "OS-DCF:diskConfig": "AUTO"}})
    shown = own.get(f"/servers/{server}")["server"]
    assert (shown["accessIPv4"], shown["accessIPv6"], shown["OS-DCF:diskConfig"]) == ("1.2.3.4", "2001:db8::1", "AUTO")
    base = f"/servers/{server}/metadata"
    assert own.call("POST", base, {"metadata": {"b": "2"}}).json == {"metadata": {"a": "1", "b": "2"}}
    many = {f"k{index}": "v" for index in range(127)}
    assert own.call("POST", base, {"metadata": many}).status_int == 403
    assert own.call("PUT", base, {"metadata": {"c": "3"}}).json == {"metadata": {"c": "3"}}
    assert own.call("PUT", f"{base}/d", {"meta": {"d": "4"}}).json == {"meta": {"d": "4"}}
    assert own.call("PUT", f"{base}/d", {"meta": {"e": "4"}}).status_int == 400
    assert own.get(f"{base}/d") == {"meta": {"d": "4"}}
    assert own.call("DELETE", f"{base}/d").status_int == 204
    assert own.call("GET", f"{base}/d").status_int == 404
    assert own.get(f"/servers/{server}")["server"]["metadata"] == {"c": "3"}


def test_tags_are_what_ec2_tags_without_a_value_are(cloud, own):
    server = own.server(tags=["b", "a"])
    assert own.get(f"/servers/{server}")["server"]["tags"] == ["a", "b"]
    base = f"/servers/{server}/tags"
    assert own.call("PUT", f"{base}/c").status_int == 201 and own.call("PUT", f"{base}/c").status_int == 204
    assert own.get(base) == {"tags": ["a", "b", "c"]}
    assert own.call("GET", f"{base}/c").status_int == 204 and own.call("GET", f"{base}/z").status_int == 404
    assert own.call("DELETE", f"{base}/c").status_int == 204 and own.call("DELETE", f"{base}/c").status_int == 404
    ctx = Context(project_id=own.id, roles=("member", "reader"))
    cloud.services.tags.create(ctx, [("instance", server)], {"Name": "web"})
    assert own.call("PUT", base, {"tags": ["x"]}).json == {"tags": ["x"]}
    assert own.call("PUT", f"{base}/Name").status_int == 409
    assert own.get("/servers/detail")["servers"][0]["tags"] == ["x"]
    assert own.call("DELETE", base).status_int == 204 and own.get(base) == {"tags": []}
    assert cloud.services.tags.of(ctx, [server]) == {server: {"Name": "web"}}
    assert own.call("PUT", f"{base}/{'x' * 61}").status_int == 400
    assert own.call("GET", base, version="2.25").status_int == 404


def test_a_hard_reboot_is_told_from_a_soft_one(cloud, own):
    for kind, shown in (("SOFT", ("REBOOT", "rebooting")), ("HARD", ("HARD_REBOOT", "rebooting_hard"))):
        server = own.server()
        own.act(server, "reboot", {"type": kind})
        view = own.get(f"/servers/{server}")["server"]
        assert (view["status"], view["OS-EXT-STS:task_state"]) == shown


def test_cards_addresses_and_console(own):
    server = own.server()
    cards = own.get(f"/servers/{server}/os-interface")["interfaceAttachments"]
    assert [(card["net_id"], card["fixed_ips"][0]["subnet_id"]) for card in cards] == [(own.network, own.subnet)]
    assert own.get(f"/servers/{server}/os-interface/{cards[0]['port_id']}")["interfaceAttachment"] == cards[0]
    address = cards[0]["fixed_ips"][0]["ip_address"]
    assert own.get(f"/servers/{server}/ips/net") == {"net": [{"version": 4, "addr": address}]}
    assert own.call("GET", f"/servers/{server}/ips/none").status_int == 404
    assert own.get(f"/servers/{server}/os-volume_attachments") == {"volumeAttachments": []}

    def console(length):
        body = {"os-getConsoleOutput": {"length": length}}
        return own.call("POST", f"/servers/{server}/action", body).json["output"]

    assert console(None) == console(-1) == "login: \x1b[0m \u00e9\n" and console(1) == ""


def test_a_server_without_a_host_has_no_console(own):
    server = own.server(settle=False)
    assert own.act(server, "os-getConsoleOutput", {}) == 409


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"null", b'{"server": 1}', b'{"server": {}}', b"\xff", b"[" * 99, b'"x"',
             json.dumps({"server": {"name": "a\0b"}}).encode(), b'{"server": {"name": 1e999}}'],
)  # fmt: skip
def test_bodies_that_are_nothing(own, data):
    answer = own.call("POST", "/servers", data=data)
    assert answer.status_int == 400 and answer.json["badRequest"]["code"] == 400


def test_a_body_beyond_the_limit(own):
    answer = own.call("POST", "/servers", data=b'{"server": "' + b"x" * 200000 + b'"}')
    assert answer.status_int == 413 and "overLimit" in answer.json


def test_a_zone_that_is_not_there_is_refused_at_once(cloud, own):
    server = {"name": "web", "imageRef": own.image, "flavorRef": "1", "networks": "auto"}
    answer = own.call("POST", "/servers", {"server": {**server, "availability_zone": "moon"}})
    assert answer.status_int == 400
    assert "availability zone is not available" in answer.json["badRequest"]["message"]
    assert own.get("/servers")["servers"] == []
