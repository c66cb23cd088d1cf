"""Two projects and every route: what is another's answers as what does not exist; who may only read changes nothing."""

import re

import pytest
import sqlalchemy as sa

from nova_like.api.common.routing import all_entries
from nova_like.api.native.compute.routes import ROUTES
from nova_like.db.schema import METADATA
from nova_like.model import sshkeys
from tests.functional.compute_world import UNKNOWN, Compute

# a body that would be accepted, by path and action
BODIES = {
    "/servers": {"server": {"name": "n", "imageRef": UNKNOWN, "flavorRef": "1", "networks": "none"}},
    "/servers/{server_id}": {"server": {"name": "n"}},
    "/servers/{server_id}/metadata": {"metadata": {"k": "v"}},
    "/servers/{server_id}/metadata/{metadata_key}": {"meta": {"k": "v"}},
    "/servers/{server_id}/tags": {"tags": ["t"]},
    "/flavors": {"flavor": {"name": "f", "ram": 64, "vcpus": 1, "disk": 1}},
    "/flavors/{flavor_id}": {"flavor": {"description": "d"}},
    "/flavors/{flavor_id}/os-extra_specs": {"extra_specs": {"k": "v"}},
    "/flavors/{flavor_id}/os-extra_specs/{spec_key}": {"k": "v"},
    "/os-keypairs": {"keypair": {"name": "another"}},
    "/os-services/enable": {"host": "h1", "binary": "nova-compute"},
    "/os-services/disable": {"host": "h1", "binary": "nova-compute"},
    "/os-services/disable-log-reason": {"host": "h1", "binary": "nova-compute", "disabled_reason": "r"},
    "/os-services/{service_id}": {"status": "disabled"},
    "/os-quota-sets/{project_id}": {"quota_set": {"cores": 1}},
}
ACTIONS = {"os-start": None, "os-stop": None, "reboot": {"type": "HARD"}, "os-getConsoleOutput": {},
           "forceDelete": None}  # fmt: skip
ENTRIES = [
    pytest.param(route, name, id=f"{route.method} {route.path} {name}{route.since or route.until}")
    for route, name, _ in all_entries(ROUTES)
]


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Compute:
    return Compute(tmp_path_factory.mktemp("compute"))


@pytest.fixture(scope="module")
def victim(world):
    """A project with one of everything, and the ids by path parameter."""
    project = world.project("victim")
    server = project.server("s", metadata={"k": "v"})
    project.call("POST", "/os-keypairs", {"keypair": {"name": "victims", "public_key": sshkeys.generate("ed25519")[1]}})
    card = project.get(f"/servers/{server}/os-interface")["interfaceAttachments"][0]["port_id"]
    service = project.get("/os-services", role="admin")["services"][0]["id"]
    project.ids = {
        "server_id": server, "keypair_name": "victims", "port_id": card, "project_id": project.id, "flavor_id": "1",
        "service_id": service, "hypervisor_id": service, "hypervisor_name": "h1", "metadata_key": "k", "spec_key": "k",
        "network_name": "net", "request_id": "req-x", "tag": "t",
    }  # fmt: skip
    return project


def everything(world):
    """All rows of all tables."""
    with world.db.reading() as tx:
        return {table.name: tx.rows(sa.select(table).order_by(*table.primary_key)) for table in METADATA.sorted_tables}


def ask(project, route, name, ids, role="member"):
    path = re.sub(r"{(\w+)}", lambda match: ids[match.group(1)], route.path)
    body = {name: ACTIONS[name]} if name else BODIES.get(route.path) if route.schema is not None else None
    return project.call(route.method, path, body, version=route.until or "2.60", role=role)


@pytest.mark.parametrize(("route", "name"), [entry for entry in ENTRIES if "{" in entry.values[0].path])
def test_anothers_is_as_unknown(world, victim, route, name):
    stranger = world.project("stranger") if not hasattr(world, "stranger") else world.stranger
    world.stranger = stranger
    before = everything(world)
    theirs = ask(stranger, route, name, victim.ids)
    assert everything(world) == before
    if not {"server_id", "keypair_name"} & set(route.parameters):
        return  # operators' and public nouns: the next test is theirs
    unknown = ask(stranger, route, name, {**victim.ids, "server_id": UNKNOWN, "keypair_name": "none"})
    assert theirs.status_int == unknown.status_int == 404
    hidden = theirs.text.replace(victim.ids["server_id"], UNKNOWN).replace("victims", "none")
    assert hidden == unknown.text


@pytest.mark.parametrize(("route", "name"), [entry for entry in ENTRIES if entry.values[0].method != "GET"])
@pytest.mark.parametrize("role", ["reader", "member"])
def test_nobody_changes_what_is_not_theirs_to_change(world, victim, route, name, role):
    before = everything(world)
    answer = ask(victim, route, name, victim.ids, role)
    mine = route.path.startswith(("/servers", "/os-keypairs"))
    if role == "member" and mine:
        return  # a member may; what comes of it is tested elsewhere
    assert answer.status_int == 403, answer.text
    assert "forbidden" in answer.json
    assert everything(world) == before


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", sorted({route.path for route in ROUTES}))
def test_no_route_fails_on_strange_ids(victim, method, path):
    for strange in ("None", "..", "%00", "%c3%a9", "%ff", "x" * 300, "1", UNKNOWN.upper(), "%2e%2e%2fetc"):
        answer = victim.call(method, re.sub(r"{\w+}", strange, path), {"x": [{}]})
        assert answer.status_int < 500, (path, strange, answer.text)
