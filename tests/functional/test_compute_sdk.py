"""The compute API by an unmodified client, openstacksdk, over HTTP: token, catalogue, discovery, microversions."""

import threading
from collections.abc import Iterator
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import openstack
import pytest
import sqlalchemy as sa
from openstack.exceptions import BadRequestException, ConflictException, NotFoundException

from nova_like.db.schema.identity import endpoints
from tests.functional.compute_world import Daemons, add_host, add_image, add_network


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Handler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Tests are silent."""


@pytest.fixture
def url(cloud: Any) -> Iterator[str]:
    """The cloud's public URL, served."""
    server = make_server("127.0.0.1", 0, cloud.app, _Server, _Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    cloud.conf.set_override("public_url", address, "api")
    cloud.change(sa.update(endpoints).values(url=sa.func.replace(endpoints.c.url, "http://localhost", address)))
    yield address
    server.shutdown()
    server.server_close()
    thread.join(10)


def connect(url: str, user: str, project: str) -> Any:
    return openstack.connect(
        auth_url=f"{url}/identity", username=user, password=f"{user}-password", project_name=project,
        user_domain_id="default", project_domain_id="default", region_name="RegionOne", load_envvars=False,
        load_yaml_config=False,
    )  # fmt: skip


@pytest.fixture
def alice(cloud: Any, url: str) -> Any:
    return connect(url, "alice", "north")


@pytest.fixture
def admin(cloud: Any, url: str) -> Any:
    return connect(url, "admin", "admin")


@pytest.fixture
def parts(cloud: Any) -> Any:
    """An image and a network of alice's project, a host, and who plays the daemons."""
    network, _ = add_network(cloud.db, cloud.ids["north"])
    image = add_image(cloud.db, cloud.ids["north"])
    add_host(cloud.db)
    return {"image": image, "network": network, "daemons": Daemons(cloud.db)}


@pytest.mark.parametrize("version", [None, "2.1", "2.37", "2.60"])
def test_a_servers_life(alice, parts, version):
    compute = alice.compute
    compute.default_microversion = version
    flavor = next(iter(compute.flavors()))
    key = compute.create_keypair(name="k")
    assert "PRIVATE KEY" in key.private_key
    made = compute.create_server(
        name="web", image_id=parts["image"], flavor_id=flavor.id, networks=[{"uuid": parts["network"]}], key_name="k",
        metadata={"a": "b"}, user_data="aGk=",
    )  # fmt: skip
    assert made.admin_password
    assert compute.get_server(made).status == "BUILD"
    parts["daemons"].settle()
    server = compute.wait_for_server(made, wait=10)
    assert (server.status, server.key_name, server.metadata) == ("ACTIVE", "k", {"a": "b"})
    assert [entry["OS-EXT-IPS:type"] for entry in server.addresses["net"]] == ["fixed"]
    compute.stop_server(server)
    with pytest.raises(ConflictException):
        compute.start_server(server)
    parts["daemons"].settle()
    assert compute.get_server(server).status == "SHUTOFF"
    assert [action.action for action in compute.server_actions(server)] == ["stop", "create"]
    assert [found.id for found in compute.servers(name="web")] == [server.id]
    compute.delete_server(server)
    parts["daemons"].settle()
    with pytest.raises(NotFoundException):
        compute.get_server(server)
    compute.delete_keypair("k")
    assert list(compute.keypairs()) == []


@pytest.mark.parametrize("version", ["2.1", "2.43"])
def test_addresses_of_a_server(alice, parts, version):
    """As ``openstack server remove fixed ip`` asks, and ``add fixed ip`` did before it asked for interfaces."""
    compute = alice.compute
    compute.default_microversion = version
    made = compute.create_server(name="web", image_id=parts["image"], flavor_id=next(iter(compute.flavors())).id,
                                 networks=[{"uuid": parts["network"]}])  # fmt: skip
    parts["daemons"].settle()
    compute.add_fixed_ip_to_server(made, parts["network"])
    parts["daemons"].settle()
    first, second = (entry["addr"] for entry in compute.get_server(made).addresses["net"])
    compute.remove_fixed_ip_from_server(made, first)
    assert [entry["addr"] for entry in compute.get_server(made).addresses["net"]] == [second]
    with pytest.raises(BadRequestException, match="is not found for instance"):
        compute.remove_fixed_ip_from_server(made, first)
    (card,) = compute.server_interfaces(made)
    assert [each["ip_address"] for each in card.fixed_ips] == [second]


def test_pages_and_mistakes(alice, parts):
    compute = alice.compute
    flavor = next(iter(compute.flavors()))
    facts = {"image_id": parts["image"], "flavor_id": flavor.id, "networks": "none"}
    for index in range(5):
        compute.create_server(name=f"s{index}", **facts)
    assert [server.name for server in compute.servers(limit=2)] == ["s4", "s3", "s2", "s1", "s0"]
    with pytest.raises(BadRequestException, match="Flavor nope could not be found"):
        compute.create_server(name="s", **{**facts, "flavor_id": "nope"})
    assert compute.get_limits().absolute.total_instances_used == 5


def test_what_operators_see(admin, parts):
    compute = admin.compute
    assert [(one.binary, one.state) for one in compute.services()] == [("nova-compute", "up")]
    hypervisor = next(iter(compute.hypervisors(details=True)))
    assert (hypervisor.name, hypervisor.status) == ("h1", "enabled")
    assert compute.get_hypervisor(hypervisor.id).hypervisor_type == "QEMU"
    service = next(iter(compute.services()))
    assert compute.disable_service(service, disabled_reason="mending").status == "disabled"
    assert [zone.state for zone in compute.availability_zones()] == [{"available": False}]
    compute.enable_service(service)
    made = compute.create_flavor(name="big", ram=64, vcpus=1, disk=1)
    assert compute.create_flavor_extra_specs(made, {"a": "b"}).extra_specs == {"a": "b"}
    compute.delete_flavor(made)
