"""Aggregates of hosts, and the availability zones that they give."""

import pytest

from nova_like.db import hosts
from tests.functional.compute_world import Compute, Project


@pytest.fixture
def cloud(tmp_path) -> Compute:
    world = Compute(tmp_path)
    host = {"kind": "compute", "name": "h2", "address": "a", "boot_id": "b", "vcpus": 8, "ram_mib": 8192,
            "disk_gib": 100, "facts": {}}  # fmt: skip
    world.db.transact(lambda tx: hosts.upsert(tx, [host]))
    return world


@pytest.fixture
def own(cloud) -> Project:
    return cloud.project("own")


def make(own, name, zone=None):
    body = {"aggregate": {"name": name, **({"availability_zone": zone} if zone else {})}}
    answer = own.call("POST", "/os-aggregates", body, "2.96", "admin")
    assert answer.status_int == 200 and "hosts" not in answer.json["aggregate"], answer.text
    return answer.json["aggregate"]["id"]


def act(own, id, action, value):
    return own.call("POST", f"/os-aggregates/{id}/action", {action: value}, "2.96", "admin")


def zones(cloud):
    return {row["name"]: row["zone"] for row in cloud.db.read(lambda tx: hosts.list_hosts(tx, "compute"))}


def test_an_aggregates_life(own):
    id = make(own, "rack")
    assert own.call("POST", "/os-aggregates", {"aggregate": {"name": "rack"}}, role="admin").status_int == 409
    assert act(own, id, "add_host", {"host": "h1"}).json["aggregate"]["hosts"] == ["h1"]
    assert act(own, id, "add_host", {"host": "h1"}).status_int == 409
    assert act(own, id, "add_host", {"host": "h9"}).status_int == 404
    changed = act(own, id, "set_metadata", {"metadata": {"a": "b", "c": "d"}}).json["aggregate"]["metadata"]
    assert changed == {"a": "b", "c": "d"}
    assert act(own, id, "set_metadata", {"metadata": {"a": None}}).json["aggregate"]["metadata"] == {"c": "d"}
    assert own.call("DELETE", f"/os-aggregates/{id}", role="admin").status_int == 400  # not empty
    assert act(own, id, "remove_host", {"host": "h2"}).status_int == 404
    assert act(own, id, "remove_host", {"host": "h1"}).json["aggregate"]["hosts"] == []
    assert "uuid" in own.get(f"/os-aggregates/{id}", "2.41", "admin")["aggregate"]
    assert "uuid" not in own.get(f"/os-aggregates/{id}", "2.40", "admin")["aggregate"]
    assert own.call("DELETE", f"/os-aggregates/{id}", role="admin").status_int == 200
    for gone in (id, "-1", "x", "9" * 30):
        assert own.call("GET", f"/os-aggregates/{gone}", role="admin").status_int == 404


def test_an_aggregates_zone_is_its_hosts(cloud, own):
    id = make(own, "east-1", "east")
    assert own.get(f"/os-aggregates/{id}", role="admin")["aggregate"]["metadata"] == {"availability_zone": "east"}
    act(own, id, "add_host", {"host": "h2"})
    assert zones(cloud) == {"h1": "nova", "h2": "east"}
    shown = own.get("/os-availability-zone")["availabilityZoneInfo"]
    assert [zone["zoneName"] for zone in shown] == ["east", "nova"]
    west = make(own, "west-1", "west")
    assert act(own, west, "add_host", {"host": "h2"}).status_int == 409
    renamed = own.call("PUT", f"/os-aggregates/{id}", {"aggregate": {"availability_zone": "north"}}, role="admin")
    assert renamed.json["aggregate"]["availability_zone"] == "north" and zones(cloud)["h2"] == "north"
    act(own, id, "set_metadata", {"metadata": {"availability_zone": None}})
    assert zones(cloud)["h2"] == "nova"
    act(own, id, "set_metadata", {"metadata": {"availability_zone": "south"}})
    act(own, id, "remove_host", {"host": "h2"})
    assert zones(cloud) == {"h1": "nova", "h2": "nova"}


def test_instances_do_not_change_their_zone(cloud, own):
    own.server(networks="none")  # on h1
    id = make(own, "east-1", "east")
    assert act(own, id, "add_host", {"host": "h1"}).status_int == 409 and zones(cloud)["h1"] == "nova"
    plain = make(own, "plain")
    assert act(own, plain, "add_host", {"host": "h1"}).status_int == 200
    answer = own.call("PUT", f"/os-aggregates/{plain}", {"aggregate": {"availability_zone": "east"}}, role="admin")
    assert answer.status_int == 400 and zones(cloud)["h1"] == "nova"
    assert own.get(f"/os-aggregates/{plain}", role="admin")["aggregate"]["availability_zone"] is None


def test_images_are_not_fetched_in_advance(own):
    id, path = make(own, "rack"), {"cache": [{"id": own.image}]}
    assert own.call("POST", f"/os-aggregates/{id}/images", path, "2.81", "admin").status_int == 501
    assert own.call("POST", f"/os-aggregates/{id}/images", path, "2.80", "admin").status_int == 404
