"""What compute accepts: bodies by version, the command that comes of them, queries of lists."""

import base64

import pytest

from nova_like.api.common.request import Request
from nova_like.api.common.schema import validators
from nova_like.api.native.compute import server_query, server_request
from nova_like.api.native.compute.schemas import flavors, keypairs, operators, servers
from nova_like.model.commands import BootDisk, NetworkRequest
from nova_like.model.context import Context
from nova_like.model.errors import Forbidden, Invalid

ID = "11111111-1111-4111-8111-111111111111"
OTHER = "22222222-2222-4222-8222-222222222222"
PORT = "22222222-2222-4222-8222-222222222222"
SERVER = {"name": "s", "imageRef": ID, "flavorRef": "1"}


def accepts(schema, body, at=(2, 60)):
    try:
        validators(schema).check(body, at)
    except Invalid:
        return False
    return True


@pytest.mark.parametrize(
    ("more", "at", "good"),
    [
        ({}, (2, 1), True), ({}, (2, 36), True), ({}, (2, 37), False),
        ({"networks": "auto"}, (2, 36), False), ({"networks": "auto"}, (2, 37), True),
        ({"networks": "any"}, (2, 60), False), ({"networks": []}, (2, 60), True),
        ({"networks": [{"uuid": ID, "fixed_ip": "10.0.0.9"}]}, (2, 1), True),
        ({"networks": [{"uuid": "x"}]}, (2, 1), False), ({"networks": [{"fixed_ip": "10.0.0"}]}, (2, 1), False),
        ({"description": "d"}, (2, 18), False), ({"description": "d"}, (2, 19), True),
        ({"networks": "none", "tags": ["a"]}, (2, 51), False), ({"networks": "none", "tags": ["a"]}, (2, 52), True),
        ({"networks": "none", "tags": ["a,b"]}, (2, 52), False),
        ({"personality": [{"path": "/a", "contents": "YQ=="}]}, (2, 1), True),
        ({"personality": [{"path": "/a", "contents": "a."}]}, (2, 1), False),
        ({"personality": [{"path": "/a"}]}, (2, 1), False), ({"personality": []}, (2, 1), True),
        ({"networks": "none", "personality": []}, (2, 57), False),
        ({"name": ""}, (2, 1), False), ({"name": "x" * 256}, (2, 1), False), ({"name": " x"}, (2, 1), False),
        ({"name": "a\tb"}, (2, 1), False), ({"name": "Ω server"}, (2, 1), True),
        ({"flavorRef": None}, (2, 1), False), ({"unknown": 1}, (2, 1), False),
        ({"metadata": {"k": "v"}}, (2, 1), True), ({"metadata": {"k": 1}}, (2, 1), False),
        ({"metadata": {"": "v"}}, (2, 1), False), ({"metadata": {"k": "v" * 256}}, (2, 1), False),
        ({"min_count": "2", "max_count": 3}, (2, 1), True), ({"min_count": 0}, (2, 1), False),
        ({"user_data": base64.b64encode(b"#!/bin/sh").decode()}, (2, 1), True), ({"user_data": "é"}, (2, 1), False),
        ({"user_data": "A" * 65536}, (2, 1), False), ({"config_drive": "True"}, (2, 1), True),
        ({"config_drive": "perhaps"}, (2, 1), False), ({"config_drive": ""}, (2, 1), True),
        ({"accessIPv4": "1.2.3.4"}, (2, 1), True), ({"accessIPv4": ""}, (2, 1), True),
        ({"accessIPv4": "::1"}, (2, 1), False), ({"accessIPv6": "2001:db8::1"}, (2, 1), True),
        ({"block_device_mapping": []}, (2, 1), False),  # not offered, so not silently dropped
    ],
)  # fmt: skip
def test_what_may_be_asked_of_a_server_at_which_version(more, at, good):
    assert accepts(servers.CREATE, {"server": {**SERVER, **more}}, at) is good


def test_other_bodies():
    assert accepts(servers.REBOOT, {"type": "SOFT"}) and not accepts(servers.REBOOT, {"type": "warm"})
    assert accepts(servers.NOTHING, None) and not accepts(servers.NOTHING, {"x": 1})
    assert accepts(servers.UPDATE, {"server": {}}) and not accepts(servers.UPDATE, {})
    assert accepts(servers.UPDATE, {"server": {"name": "n"}}, (2, 1))
    assert not accepts(servers.UPDATE, {"server": {"description": "n"}}, (2, 1))
    assert not accepts(flavors.CREATE, {"flavor": {"name": "f", "ram": 0, "vcpus": 1, "disk": 1}})
    assert accepts(flavors.CREATE, {"flavor": {"name": "f", "ram": "64", "vcpus": 1, "disk": 0, "id": "a b.c"}})
    assert not accepts(flavors.CREATE, {"flavor": {"name": "f", "ram": 64, "vcpus": 1, "disk": 0, "id": "a/b"}})
    assert not accepts(keypairs.CREATE, {"keypair": {"name": "k", "type": "ssh"}}, (2, 1))
    assert not accepts(keypairs.CREATE, {"keypair": {"name": "k/l"}})
    assert not accepts(operators.UPDATE_SERVICE, {"status": "broken"})


def test_a_server_becomes_a_command():
    command = server_request.boot({
        "name": "s", "imageRef": f"http://cloud/images/{ID}", "flavorRef": "http://cloud/flavors/m1.tiny",
        "min_count": "2", "max_count": 4, "config_drive": "yes", "metadata": {"a": "b"}, "user_data": "aGk=",
        "security_groups": [{"name": "default"}, {}], "key_name": "k", "availability_zone": "nova", "tags": ["t"],
        "networks": [{"uuid": ID.replace("-", "").upper(), "fixed_ip": "10.0.0.9"}, {"port": PORT}],
    })  # fmt: skip
    assert (command.image_id, command.flavor_id) == (ID, "m1.tiny")
    assert (command.min_count, command.max_count, command.config_drive) == (2, 4, True)
    assert command.networks == [NetworkRequest(network_id=ID, fixed_ip="10.0.0.9"), NetworkRequest(port_id=PORT)]
    assert (command.security_groups, command.key_name, command.zone) == (["default"], "k", "nova")
    assert (command.user_data, command.tags) == ("aGk=", {"t": ""})


def test_access_addresses_are_shown_in_their_short_form():
    asked = {**SERVER, "accessIPv6": "0:0:0:0:0:babe:220.12.22.2", "accessIPv4": ""}
    assert server_request.hints(asked) == {"accessIPv6": "::babe:dc0c:1602", "accessIPv4": ""}


def test_networks_in_words():
    assert server_request.boot(SERVER).networks == "auto"
    assert server_request.boot({**SERVER, "networks": []}).networks == "auto"
    assert server_request.boot({**SERVER, "networks": "none"}).networks == "none"


@pytest.mark.parametrize(
    "more",
    [{"min_count": 3, "max_count": 2}, {"min_count": "-1"}, {"imageRef": ""}, {"imageRef": "nope"},
     {"networks": [{}]}, {"networks": [{"fixed_ip": "10.0.0.1"}]}],
)  # fmt: skip
def test_contradictions_are_refused(more):
    with pytest.raises(Invalid):
        server_request.boot({**SERVER, **more})


def test_the_image_may_stand_in_the_block_devices():
    device = {"uuid": ID, "source_type": "image", "destination_type": "local", "boot_index": 0}
    body = {"name": "s", "flavorRef": "1", "block_device_mapping_v2": [device]}
    assert accepts(servers.CREATE, {"server": body}, (2, 1))
    assert server_request.boot(body).image_id == ID
    assert server_request.boot({**body, "imageRef": ID}).disks == ()


def device(source="volume", index=0, **more):
    uuid = {} if source == "blank" else {"uuid": ID}
    return {"source_type": source, "destination_type": "volume", "boot_index": index, **uuid, **more}


def born(*devices, image=""):
    body = {"server": {"name": "s", "flavorRef": "1", "imageRef": image, "block_device_mapping_v2": list(devices)}}
    assert accepts(servers.CREATE, body, (2, 1))
    return server_request.boot(body["server"])


def test_volumes_to_start_from_and_to_have():
    found = born(device(delete_on_termination=True), device("blank", None, volume_size="2", device_name="/dev/vdd"))
    assert (found.image_id, found.disks) == (
        "", (BootDisk("volume", ID, 0, True, True), BootDisk("blank", "", 2, device="vdd")))  # fmt: skip
    found = born(device("image", volume_size=3), image=ID)
    assert (found.image_id, found.disks) == ("", (BootDisk("image", ID, 3, True),))
    found = born(device("image", destination_type="local"), device(index=-1), image=ID)
    assert (found.image_id, found.disks) == (ID, (BootDisk("volume", ID),))


@pytest.mark.parametrize("devices, image, reason", [
    ([device(index=None)], "", "Boot sequence"), ([device(), device()], "", "Boot sequence"),
    ([device(), device(index=2)], "", "Boot sequence"), ([device()], ID, "Boot sequence"),
    ([device("image", volume_size=1)], OTHER, "Boot sequence"), ([device("image")], "", "non-zero size"),
    ([device(), device("blank", None)], "", "non-zero size"),
    ([device(), device("blank", None, volume_size="-5")], "", "non-zero size"),
    ([device("snapshot")], "", "failed to get snapshot"), ([device("image", destination_type="local"),
     device("image", None, destination_type="local")], "", "image to local"),
    ([device(), device("blank", None, destination_type="local", volume_size=1)], "", "local devices"),
    ([device(uuid="mars")], "", "failed to get volume"),
])  # fmt: skip
def test_disks_that_cannot_be(devices, image, reason):
    with pytest.raises(Invalid) as caught:
        born(*devices, image=image)
    assert reason in caught.value.reason


@pytest.mark.parametrize("wrong", [
    {"source_type": "tape"}, {"disk_bus": "ide"}, {"device_type": "cdrom"}, {"boot_index": "first"},
    {"device_name": "/etc/passwd"}, {"tag": "t"}, {"volume_type": "default"}, {"unknown": 1},
])  # fmt: skip
def test_what_a_disk_may_not_be(wrong):
    body = {"name": "s", "flavorRef": "1", "block_device_mapping_v2": [{**device(), **wrong}]}
    assert not accepts(servers.CREATE, {"server": body}, (2, 1))


def query(text, admin=False, at=(2, 1)):
    req = Request.blank("/servers?" + text)
    roles = ("admin", "member", "reader") if admin else ("member", "reader")
    req.environ |= {"nova_like.context": Context(project_id="p", roles=roles), "nova_like.microversion": at}
    return server_query.parse(req)


def test_filters():
    found = query(f"name=web&status=active&status=BUILD&image=http://c/images/{ID}&flavor=1&ip=10.0")
    assert (found.name, found.states) == ("web", ["active", "building"])
    assert (found.image_id, found.flavor_id, found.address) == (ID, "1", "10.0")
    assert query("changes-since=2026-11-21T05:00:00Z").changes_since == 1795237200.0
    assert query("changes-since=2026-11-21T05:00:00").changes_since == 1795237200.0
    assert query("changes-since=2026-11-21T06:00:00+01:00").changes_since == 1795237200.0


def test_filters_of_operators_are_nothing_to_others():
    text = "host=h1&project_id=p2&user_id=u&deleted=true&vm_state=active"
    mine, theirs = query(text), query(text, admin=True)
    assert (mine.host, mine.project_id, mine.user_id, mine.deleted, mine.states) == (None, None, None, False, None)
    assert (theirs.host, theirs.project_id, theirs.deleted, theirs.states) == ("h1", "p2", True, ["active"])
    assert query("all_tenants=1", admin=True).all_projects
    with pytest.raises(Forbidden):
        query("all_tenants=1")
    with pytest.raises(Forbidden):
        query("status=deleted")


def test_statuses_that_nothing_has():
    assert query("status=UNKNOWN") is None and query("status=nonsense") is None
    with pytest.raises(Invalid):
        query("status=nonsense", at=(2, 38))


def test_sorting():
    assert query("sort_key=display_name&sort_dir=asc&sort_key=created_at").sort == [
        ("name", "asc"), ("created_at", "asc"),
    ]  # fmt: skip
    assert query("sort_dir=asc").sort == [("created_at", "asc")] and query("").sort == []
    for bad in ("sort_key=user_data", "sort_key=name&sort_dir=up", "changes-since=yesterday"):
        with pytest.raises(Invalid):
            query(bad)
