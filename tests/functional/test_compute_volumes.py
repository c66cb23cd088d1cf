"""Volumes of servers through the native API: attached, shown in each version's form, raced for, given back."""

import itertools
from concurrent.futures import ThreadPoolExecutor

import pytest

from nova_like.model.context import Context
from nova_like.model.errors import Conflict, Invalid
from tests.functional.compute_world import UNKNOWN, Compute, Project

RACERS = 16
NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = Compute(tmp_path_factory.mktemp("volumes"))
    yield made
    made.db.dispose()


@pytest.fixture
def own(world) -> Project:
    return world.project(f"volumes-{next(NUMBERS)}")


def _ctx(project: Project) -> Context:
    return Context("req-v", "u", project_id=project.id, roles=("member", "reader"))


def _volume(own: Project) -> str:
    made = own.world.services.volumes.create(_ctx(own), 1, name="v")
    own.world.daemons.settle()
    return str(made["id"])


def _attach(own: Project, server: str, volume: str, version: str = "2.60", **more):
    body = {"volumeAttachment": {"volumeId": volume, **more}}
    return own.call("POST", f"/servers/{server}/os-volume_attachments", body, version=version)


def _state(own: Project, volume: str) -> str:
    return str(own.world.services.volumes.get(_ctx(own), volume)["state"])


def test_a_volume_comes_and_goes(own: Project) -> None:
    server, volume = own.server(), _volume(own)
    path = f"/servers/{server}/os-volume_attachments"
    answer = _attach(own, server, volume)
    assert answer.status_int == 200, answer.text
    plain = {"id": volume, "serverId": server, "volumeId": volume, "device": "/dev/vdb"}
    assert answer.json["volumeAttachment"] == plain
    assert _state(own, volume) == "attaching"
    own.world.daemons.settle()
    assert own.get(path) == {"volumeAttachments": [plain]}
    assert own.get(f"{path}/{volume}") == {"volumeAttachment": plain}
    held = [{"id": volume, "delete_on_termination": False}]
    assert own.get(f"/servers/{server}")["server"]["os-extended-volumes:volumes_attached"] == held
    assert own.get("/servers/detail")["servers"][0]["os-extended-volumes:volumes_attached"] == held
    assert _state(own, volume) == "in-use"
    actions = [each["action"] for each in own.get(f"/servers/{server}/os-instance-actions")["instanceActions"]]
    assert actions[0] == "attach_volume"
    assert own.call("DELETE", f"{path}/{volume}").status_int == 202
    assert _state(own, volume) == "detaching"
    own.world.daemons.settle()
    assert (_state(own, volume), own.get(path)) == ("available", {"volumeAttachments": []})
    assert own.call("DELETE", f"{path}/{volume}").status_int == 404


def test_each_version_shows_what_it_knows(own: Project) -> None:
    server, volume = own.server(), _volume(own)
    assert _attach(own, server, volume, "2.48", tag="t").status_int == 400
    assert _attach(own, server, volume, "2.78", delete_on_termination=True).status_int == 400
    shown = _attach(own, server, volume, "2.79", tag="t", delete_on_termination=True, device="/dev/vdd").json
    assert set(shown["volumeAttachment"]) == {"id", "serverId", "volumeId", "device", "tag", "delete_on_termination"}
    own.world.daemons.settle()
    path = f"/servers/{server}/os-volume_attachments"
    assert "tag" not in own.get(path, "2.69")["volumeAttachments"][0]
    assert own.get(path, "2.70")["volumeAttachments"][0]["tag"] == "t"
    newest = own.get(f"{path}/{volume}", "2.89")["volumeAttachment"]
    assert set(newest) == {"attachment_id", "bdm_uuid", "serverId", "volumeId", "device", "tag",
                           "delete_on_termination"}  # fmt: skip
    assert newest["device"] == "/dev/vdd"
    assert own.get(f"{path}?limit=1&offset=1", "2.89") == {"volumeAttachments": []}


def test_what_goes_with_the_server_is_said_later_too(own: Project) -> None:
    server, volume = own.server(), _volume(own)
    _attach(own, server, volume)
    own.world.daemons.settle()
    path = f"/servers/{server}/os-volume_attachments/{volume}"
    change = {"volumeAttachment": {"volumeId": volume, "delete_on_termination": True}}
    assert own.call("PUT", path, change, version="2.84").status_int == 400
    assert own.call("PUT", path, change, version="2.85").status_int == 202
    assert own.get(path, "2.85")["volumeAttachment"]["delete_on_termination"] is True
    for wrong in ({"device": "/dev/vdz"}, {"serverId": UNKNOWN}):
        body = {"volumeAttachment": {"volumeId": volume, **wrong}}
        assert own.call("PUT", path, body, version="2.85").status_int == 400
    swap = {"volumeAttachment": {"volumeId": UNKNOWN}}
    assert own.call("PUT", path, swap, version="2.84").status_int == 403
    assert own.call("PUT", path, swap, version="2.84", role="admin").status_int == 400  # there is no such volume
    swap = {"volumeAttachment": {"volumeId": _volume(own)}}
    assert own.call("PUT", path, swap, version="2.84", role="admin").status_int == 501


def test_what_cannot_be_attached(own: Project, world: Compute) -> None:
    server, volume, other = own.server(), _volume(own), world.project("volumes-other")
    assert _attach(own, server, UNKNOWN).status_int == 404
    assert _attach(own, UNKNOWN, volume).status_int == 404
    assert _attach(own, server, _volume(other)).status_int == 404
    assert _attach(own, server, volume, device="/dev/vda").status_int == 409
    assert _attach(own, server, volume, device="/dev/nonsense").status_int == 400
    assert _attach(own, server, volume).status_int == 200
    world.daemons.settle()
    assert _attach(own, server, volume).status_int == 400  # as Nova says it of one that is in use
    assert _attach(own, server, _volume(own), device="/dev/vdb").status_int == 409
    assert own.act(server, "suspend") == 202
    world.daemons.settle()
    assert _attach(own, server, _volume(own)).status_int == 409
    assert own.call("DELETE", f"/servers/{server}/os-volume_attachments/{volume}").status_int == 409


def test_a_volume_in_use_is_not_deleted_and_outlives_its_server(own: Project, world: Compute) -> None:
    server, volume = own.server(), _volume(own)
    _attach(own, server, volume)
    world.daemons.settle()
    with pytest.raises(Invalid):
        world.services.volumes.delete(_ctx(own), volume)
    (row,) = world.services.volumes.list(_ctx(own))
    assert row["attachment"]["instance_id"] == server
    assert own.call("DELETE", f"/servers/{server}").status_int == 204
    world.daemons.settle()
    assert _state(own, volume) == "available"
    world.services.volumes.delete(_ctx(own), volume)


def test_of_many_who_want_a_volume_one_gets_it(own: Project, world: Compute) -> None:
    """W7: the volume's row decides, and all others are told so."""
    volume, servers = _volume(own), [own.server(f"s{number}") for number in range(RACERS)]

    def attach(server: str) -> str:
        try:
            world.services.attachments.attach(_ctx(own), server, volume)
            return "got it"
        except Conflict:
            return "lost"

    with ThreadPoolExecutor(RACERS) as pool:
        outcomes = sorted(pool.map(attach, servers))
    assert outcomes == ["got it", *["lost"] * (RACERS - 1)]
    world.daemons.settle()
    held = [server for server in servers if world.services.attachments.list(_ctx(own), server)]
    assert len(held) == 1 and _state(own, volume) == "in-use"


def test_a_server_with_volumes_is_not_shelved(own: Project) -> None:
    server, volume = own.server(), _volume(own)
    assert _attach(own, server, volume).status_int == 200
    own.world.daemons.settle()
    assert own.act(server, "shelve") == 409
    assert own.call("DELETE", f"/servers/{server}/os-volume_attachments/{volume}").status_int == 202
    own.world.daemons.settle()
    assert own.act(server, "shelve") == 202
