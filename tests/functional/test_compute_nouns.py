"""Flavors, key pairs, hosts and limits through the compute API, and its version documents."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from webob import Request

from nova_like.model import sshkeys
from tests.functional.compute_world import LIMITS, UNKNOWN, Compute, Project


@pytest.fixture
def cloud(tmp_path) -> Compute:
    return Compute(tmp_path)


@pytest.fixture
def own(cloud) -> Project:
    return cloud.project("own")


def test_flavors(own):
    body = {"flavor": {"name": "m9", "ram": 64, "vcpus": 1, "disk": 0, "id": "9", "description": "d"}}
    assert own.call("POST", "/flavors", body).status_int == 403
    made = own.call("POST", "/flavors", body, role="admin")
    assert made.status_int == 200 and made.json["flavor"]["id"] == "9"
    assert own.call("POST", "/flavors", body, role="admin").status_int == 409
    assert own.get("/flavors/9")["flavor"]["ram"] == 64
    assert "description" not in own.get("/flavors/9", version="2.54")["flavor"]
    assert [view["id"] for view in own.get("/flavors?minRam=100&sort_key=name&sort_dir=desc")["flavors"]] == ["1", "2"]
    specs = "/flavors/9/os-extra_specs"
    assert own.call("POST", specs, {"extra_specs": {"a": "1"}}, role="admin").json == {"extra_specs": {"a": "1"}}
    assert own.get(specs) == {"extra_specs": {"a": "1"}} and own.get(f"{specs}/a") == {"a": "1"}
    assert own.call("DELETE", f"{specs}/a", role="admin").status_int == 200
    assert own.call("GET", f"{specs}/a").status_int == 404
    changed = own.call("PUT", "/flavors/9", {"flavor": {"description": "new"}}, role="admin")
    assert changed.json["flavor"]["description"] == "new"
    assert own.call("PUT", "/flavors/9", {"flavor": {"description": "x"}}, "2.54", "admin").status_int == 405
    assert own.call("DELETE", "/flavors/9", role="admin").status_int == 202
    assert own.call("GET", "/flavors/9").status_int == 404


def test_flavor_pages(own):
    page = own.get("/flavors?limit=1")
    assert [view["id"] for view in page["flavors"]] == ["1"]
    following = page["flavors_links"][0]["href"].removeprefix("http://cloud/compute/v2.1")
    assert [view["id"] for view in own.get(following)["flavors"]] == ["2"]
    assert own.call("GET", "/flavors?marker=none").status_int == 400
    assert own.call("GET", "/flavors?is_public=perhaps").status_int == 400


def test_private_flavors_are_operators(own):
    body = {"flavor": {"name": "p", "ram": 64, "vcpus": 1, "disk": 0, "id": "p", "os-flavor-access:is_public": False}}
    own.call("POST", "/flavors", body, role="admin")
    assert own.call("GET", "/flavors/p").status_int == 404
    assert "p" not in [view["id"] for view in own.get("/flavors?is_public=none")["flavors"]]
    assert "p" in [view["id"] for view in own.get("/flavors?is_public=none", role="admin")["flavors"]]


def test_keypairs(own):
    public = sshkeys.generate("ed25519")[1]
    made = own.call("POST", "/os-keypairs", {"keypair": {"name": "mine", "public_key": public}})
    assert made.status_int == 201 and "private_key" not in made.json["keypair"]
    assert own.call("POST", "/os-keypairs", {"keypair": {"name": "mine"}}).status_int == 409
    generated = own.call("POST", "/os-keypairs", {"keypair": {"name": "new"}}, version="2.1")
    assert generated.status_int == 200 and "BEGIN RSA PRIVATE KEY" in generated.json["keypair"]["private_key"]
    assert "private_key" not in own.get("/os-keypairs/new")["keypair"]
    assert [entry["keypair"]["name"] for entry in own.get("/os-keypairs")["keypairs"]] == ["mine", "new"]
    page = own.get("/os-keypairs?limit=1")
    assert page["keypairs_links"][0]["href"].endswith("limit=1&marker=mine")
    bad = own.call("POST", "/os-keypairs", {"keypair": {"name": "bad", "public_key": "ssh-rsa nonsense"}})
    assert bad.status_int == 400 and "Keypair data is invalid" in bad.json["badRequest"]["message"]
    assert own.get("/os-keypairs?user_id=member-" + own.id[:29], role="admin")["keypairs"]
    assert own.call("GET", "/os-keypairs?user_id=somebody").status_int == 403
    assert own.call("DELETE", "/os-keypairs/mine").status_int == 204
    assert own.call("DELETE", "/os-keypairs/new", version="2.1").status_int == 202
    assert own.call("DELETE", "/os-keypairs/mine").status_int == 404


def test_certificates_are_key_pairs(own):
    made = own.call("POST", "/os-keypairs", {"keypair": {"name": "win", "type": "x509"}}).json["keypair"]
    key = serialization.load_pem_private_key(made["private_key"].encode(), None)
    certificate = x509.load_pem_x509_certificate(made["public_key"].encode())
    assert certificate.public_key() == key.public_key() and made["type"] == "x509"
    assert made["fingerprint"].replace(":", "") == certificate.fingerprint(hashes.SHA1()).hex()  # noqa: S303
    shown = own.get("/os-keypairs/win")["keypair"]
    assert {name: shown[name] for name in ("name", "type", "public_key")} == {
        name: made[name] for name in ("name", "type", "public_key")}  # fmt: skip
    again = {"name": "again", "type": "x509", "public_key": made["public_key"]}
    assert own.call("POST", "/os-keypairs", {"keypair": again}).json["keypair"]["fingerprint"] == made["fingerprint"]
    for wrong in ({**again, "type": "ssh"}, {**again, "public_key": sshkeys.generate("ed25519")[1]},
                  {**again, "public_key": made["public_key"] * 2}, {**again, "type": "other"}):  # fmt: skip
        assert own.call("POST", "/os-keypairs", {"keypair": {**wrong, "name": "wrong"}}).status_int == 400
    assert own.get(f"/servers/{own.server(key_name='win')}")["server"]["key_name"] == "win"


def test_a_server_keeps_its_key(own):
    public = sshkeys.generate("ed25519")[1]
    own.call("POST", "/os-keypairs", {"keypair": {"name": "k", "public_key": public}})
    server = own.server(key_name="k")
    own.call("DELETE", "/os-keypairs/k")
    assert own.get(f"/servers/{server}")["server"]["key_name"] == "k"


def test_services_are_enabled_and_disabled(own):
    found = own.get("/os-services?binary=nova-compute", role="admin")["services"]
    assert [(one["host"], one["state"], one["status"]) for one in found] == [("h1", "up", "enabled")]
    changed = own.call("PUT", f"/os-services/{found[0]['id']}", {"status": "disabled", "disabled_reason": "r"},
                       role="admin").json["service"]  # fmt: skip
    assert (changed["status"], changed["disabled_reason"]) == ("disabled", "r")
    assert own.get("/os-availability-zone")["availabilityZoneInfo"][0]["zoneState"] == {"available": False}
    wrong = {"status": "enabled", "disabled_reason": "r"}
    assert own.call("PUT", f"/os-services/{found[0]['id']}", wrong, role="admin").status_int == 400
    body = {"host": "h1", "binary": "nova-compute"}
    enabled = own.call("PUT", "/os-services/enable", body, version="2.52", role="admin")
    assert enabled.json["service"]["status"] == "enabled"
    for path, why in (("/os-services/enable", {**body, "host": "none"}), (f"/os-services/{UNKNOWN}", wrong)):
        version = "2.52" if path.endswith("enable") else "2.60"
        assert own.call("PUT", path, {**why, **({"status": "disabled"} if "status" in why else {})}, version,
                        "admin").status_int == 404  # fmt: skip
    assert own.call("GET", "/os-services").status_int == 403


def test_hypervisors(own):
    server = own.server("guest")
    new = own.get("/os-hypervisors/detail?with_servers=true", role="admin")["hypervisors"][0]
    assert new["servers"] == [{"uuid": server, "name": "guest"}] and new["memory_mb"] == 8192
    old = own.get("/os-hypervisors", version="2.52", role="admin")["hypervisors"][0]
    assert isinstance(old["id"], int)
    assert own.get(f"/os-hypervisors/{old['id']}", version="2.52", role="admin")["hypervisor"]["id"] == old["id"]
    assert own.get(f"/os-hypervisors/{new['id']}", role="admin")["hypervisor"]["hypervisor_hostname"] == "h1"
    found = own.get("/os-hypervisors/h1/servers", version="2.52", role="admin")["hypervisors"][0]["servers"]
    assert found == [{"uuid": server, "name": "guest"}]
    assert own.get("/os-hypervisors/statistics", role="admin")["hypervisor_statistics"]["count"] == 1
    for path, code in (("/os-hypervisors/7", 400), (f"/os-hypervisors/{UNKNOWN}", 404)):
        assert own.call("GET", path, role="admin").status_int == code
    assert own.call("GET", "/os-hypervisors?hypervisor_hostname_pattern=zz", role="admin").status_int == 404
    assert own.call("GET", "/os-hypervisors").status_int == 403
    assert own.get("/os-aggregates", role="admin") == {"aggregates": []}


def test_zones(own):
    assert own.get("/os-availability-zone") == {
        "availabilityZoneInfo": [{"zoneName": "nova", "zoneState": {"available": True}, "hosts": None}]
    }
    assert own.call("GET", "/os-availability-zone/detail").status_int == 403
    detail = own.get("/os-availability-zone/detail", role="admin")["availabilityZoneInfo"][0]
    assert detail["hosts"]["h1"]["nova-compute"]["active"] is True


def test_limits_count_what_is_used(cloud, own):
    own.server()
    absolute = own.get("/limits")["limits"]["absolute"]
    assert (absolute["maxTotalInstances"], absolute["totalInstancesUsed"], absolute["totalRAMUsed"]) == (
        LIMITS["instances"], 1, 512,
    )  # fmt: skip
    assert own.get(f"/os-quota-sets/{own.id}")["quota_set"]["cores"] == LIMITS["cores"]
    assert own.get(f"/os-quota-sets/{own.id}/detail")["quota_set"]["instances"]["in_use"] == 1
    changed = own.call("PUT", f"/os-quota-sets/{own.id}", {"quota_set": {"instances": 1}}, role="admin")
    assert changed.json["quota_set"]["instances"] == 1
    assert own.get(f"/os-quota-sets/{own.id}/defaults")["quota_set"]["instances"] == LIMITS["instances"]
    refused = own.call("POST", "/servers", {"server": {"name": "n", "imageRef": own.image, "flavorRef": "1",
                                                       "networks": "none"}})  # fmt: skip
    assert refused.status_int == 403 and "Quota exceeded for instances" in refused.json["forbidden"]["message"]
    assert own.call("GET", "/os-quota-sets/other").status_int == 403
    assert own.call("PUT", f"/os-quota-sets/{own.id}", {"quota_set": {"cores": -2}}, role="admin").status_int == 400


def test_versions_need_no_token(cloud):
    def ask(path):
        return Request.blank(path, base_url="http://cloud/compute").get_response(cloud.compute)

    oldest, listed = ask("/").json["versions"]
    assert oldest["id"] == ask("/v2/").json["version"]["id"] == "v2.0"
    assert (listed["version"], listed["min_version"]) == ("2.96", "2.1")
    assert listed["links"] == [{"rel": "self", "href": "http://cloud/compute/v2.1/"}]
    assert ask("/v2.1/").json["version"]["id"] == "v2.1"
    refused = ask("/v2.1/servers")
    assert refused.status_int == 401 and refused.json["unauthorized"]["code"] == 401


def test_errors_have_openstacks_names(own):
    assert own.call("GET", "/nothing").json["itemNotFound"]["code"] == 404
    assert own.call("PATCH", "/servers").json["badMethod"]["code"] == 405
    assert own.call("GET", "/servers", version="2.97").json["notAcceptable"]["code"] == 406
