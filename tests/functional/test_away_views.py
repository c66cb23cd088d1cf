"""An instance that was deleted while its host is away: gone for its user in every view, held for everybody else."""

import pytest

from nova_like import concurrency
from nova_like.api.ec2 import instance_view
from nova_like.db import addresses, ports, tombstones
from nova_like.model.commands import InstanceQuery
from nova_like.model.context import Context
from tests.functional.compute_world import Compute, Project


@pytest.fixture
def own(tmp_path) -> Project:
    return Compute(tmp_path).project("own")


def _deleted_on_an_away_host(own: Project) -> str:
    body = {"name": "web", "imageRef": own.image, "flavorRef": "1", "networks": "auto"}
    id = own.call("POST", "/servers", {"server": body}).json["server"]["id"]
    own.world.daemons.settle()
    stone = {"id": concurrency.new_id(), "kind": "instance", "resource_id": id, "project_id": own.id,
             "host_kind": "compute", "host": "h1", "generation": 3, "facts": {}}  # fmt: skip
    own.world.db.transact(lambda tx: tombstones.insert(tx, stone))
    assert own.call("DELETE", f"/servers/{id}").status_int == 204
    own.world.daemons.settle()
    return id


def test_it_is_not_found_and_not_listed(own: Project) -> None:
    id = _deleted_on_an_away_host(own)
    assert own.call("GET", f"/servers/{id}").status_int == 404
    assert own.call("DELETE", f"/servers/{id}").status_int == 404
    assert own.get("/servers")["servers"] == []
    (gone,) = own.get("/servers/detail?changes-since=2020-01-01T00:00:00Z")["servers"]
    assert (gone["status"], gone["addresses"]) == ("DELETED", {})


def test_its_address_is_held_and_its_port_is_not_shown(own: Project) -> None:
    id = _deleted_on_an_away_host(own)
    db = own.world.db
    assert db.read(lambda tx: addresses.used(tx, [own.subnet])) == {own.subnet: 1}
    (held,) = db.read(lambda tx: ports.of_instances(tx, [id]))[id]
    owner = Context("req-1", "member", project_id=own.id, roles=("member", "reader"))
    assert own.world.services.ports.list(owner) == []
    assert db.read(lambda tx: ports.get(tx, held["id"], own.id)) is None
    assert [port["id"] for port in db.read(lambda tx: ports.list_ports(tx, None))] == [held["id"]]


def test_it_is_terminated_for_ec2(own: Project) -> None:
    id = _deleted_on_an_away_host(own)
    owner = Context("req-1", "member", project_id=own.id, roles=("member", "reader"))
    (row,) = own.world.services.instances.list(owner, InstanceQuery(ids=[id], deleted_since=0.0))
    view = instance_view.instance(row, {})
    assert (row["ports"], view["State"]["Name"], "PrivateIpAddress" in view) == ([], "terminated", False)
