"""Volumes over HTTP: both forms of path, quotas, personas, bad input. Daemons are played by the test."""

import pytest
import sqlalchemy as sa

from nova_like.db import hosts, volumes
from nova_like.db.schema.flows import flows

UNKNOWN = "0f0f0f0f-0f0f-4f0f-8f0f-0f0f0f0f0f0f"
HOST = {"kind": "volume", "name": "v1", "address": "a", "boot_id": "b", "disk_gib": 100}


def ask(cloud, method, path, user="alice", body=None, status=200, **headers):
    answer = cloud.call(method, f"/volume/v3{path}", user, body, **headers)
    assert answer.status_int == status, f"{method} {path}: {answer.status_int} {answer.text}"
    return answer.json if answer.body else None


def make(cloud, user="alice", status=202, **more):
    return ask(cloud, "POST", "/volumes", user, {"volume": {"size": 1, **more}}, status)


def created(cloud, user="alice", **more):
    """The id of an available volume."""
    made = make(cloud, user, **more)["volume"]["id"]

    def settle(tx):
        tx.execute(sa.delete(flows).where(flows.c.resource_id == made))
        tx.execute(sa.text("DELETE FROM locks"))
        volumes.move(tx, made, "created", host="v1")

    cloud.db.transact(settle)
    return made


def show(cloud, volume, user="alice"):
    return ask(cloud, "GET", f"/volumes/{volume}", user)["volume"]


def names(cloud, query="", user="alice"):
    return [view["name"] for view in ask(cloud, "GET", f"/volumes/detail{query}", user)["volumes"]]


def test_versions_and_microversions(cloud):
    answer = cloud.call("GET", "/volume/")
    assert answer.status_int == 300 and answer.json["versions"][0]["version"] == "3.2"
    assert cloud.call("GET", "/volume/v3").json["versions"][0]["id"] == "v3.0"
    answer = cloud.call("GET", "/volume/v3/volumes", "alice", **{"OpenStack-API-Version": "volume 3.1"})
    assert answer.headers["OpenStack-API-Version"] == "volume 3.1"
    ask(cloud, "GET", "/volumes", status=406, **{"OpenStack-API-Version": "volume 3.60"})
    ask(cloud, "GET", "/volumes", status=400, **{"OpenStack-API-Version": "volume x"})
    assert cloud.call("GET", "/volume/v3/volumes").status_int == 401


def test_a_volume_from_request_to_gone(cloud):
    made = make(cloud, name="v", description="d", metadata={"k": "v"})["volume"]
    assert (made["status"], made["size"], made["availability_zone"]) == ("creating", 1, "nova")
    kinds = cloud.db.read(lambda tx: [row["kind"] for row in tx.rows(sa.select(flows))])
    assert kinds == ["volume_create"]
    path = f"/volumes/{made['id']}"
    assert ask(cloud, "GET", f"/{cloud.ids['north']}{path}") == ask(cloud, "GET", path)
    assert ask(cloud, "GET", f"/{cloud.ids['south']}{path}", status=400)["badRequest"]["code"] == 400
    ask(cloud, "DELETE", path, status=202)
    assert show(cloud, made["id"])["status"] == "deleting"
    ask(cloud, "DELETE", path, status=202)
    cloud.db.transact(lambda tx: volumes.move(tx, made["id"], "deleted"))
    ask(cloud, "GET", path, status=404)
    ask(cloud, "DELETE", path, status=404)


def test_delete_of_an_available_volume_starts_its_flow(cloud):
    made = created(cloud)
    ask(cloud, "DELETE", f"/volumes/{made}", status=202)
    (flow,) = cloud.db.read(lambda tx: tx.rows(sa.select(flows)))
    assert (flow["kind"], flow["resource_id"]) == ("volume_delete", made)


def test_lists(cloud):
    for name in ("b", "a", "c"):
        created(cloud, name=name, metadata={"n": name})
    created(cloud, "bob", name="theirs")
    assert names(cloud) == ["c", "a", "b"] and names(cloud, "?sort=name:asc") == ["a", "b", "c"]
    assert names(cloud, "?name=a") == names(cloud, "?metadata={'n':'a'}") == ["a"]
    assert names(cloud, "?status=creating") == [] and len(names(cloud, "?availability_zone=nova")) == 3
    page = ask(cloud, "GET", "/volumes?limit=2&sort=name:asc")
    assert [set(view) for view in page["volumes"]] == [{"id", "name", "links"}] * 2
    (link,) = page["volumes_links"]
    rest = ask(cloud, "GET", link["href"].partition("/v3")[2])
    assert [view["name"] for view in rest["volumes"]] == ["c"]
    assert names(cloud, "?sort=name:asc&offset=1&limit=1") == ["b"]
    assert len(names(cloud, "?all_tenants=1", "admin")) == 4 and len(names(cloud, "?all_tenants=1")) == 3
    assert ask(cloud, "GET", "/volumes/summary")["volume-summary"] == {"total_count": 3, "total_size": 3}
    for wrong in ("?sort=secret", "?sort=name:up", f"?marker={UNKNOWN}", "?limit=-1", "?metadata=x", "?metadata=[1]",
                  "?all_tenants=perhaps", "?offset=x"):  # fmt: skip
        ask(cloud, "GET", f"/volumes/detail{wrong}", status=400)


@pytest.mark.parametrize("change", [
    {"size": 0}, {"size": -1}, {"size": "x"}, {"size": None}, {"size": 1.5}, {"size": 2**40}, {"name": "x" * 256},
    {"metadata": {"k": 1}}, {"metadata": {"": "v"}}, {"metadata": []}, {"snapshot_id": UNKNOWN},
    {"imageRef": UNKNOWN}, {"source_volid": UNKNOWN}, {"availability_zone": "mars"}, {"multiattach": True},
    {"unknown": 1}, {"name": "a\0b"},
])  # fmt: skip
def test_what_a_volume_may_not_be(cloud, change):
    assert make(cloud, status=400, **change)["badRequest"]["code"] == 400
    assert names(cloud) == [] and ask(cloud, "GET", "/limits")["limits"]["absolute"]["totalVolumesUsed"] == 0


def test_types(cloud):
    (kind,) = ask(cloud, "GET", "/types")["volume_types"]
    for key in ("default", kind["id"]):
        assert ask(cloud, "GET", f"/types/{key}")["volume_type"] == kind
    assert make(cloud, volume_type=kind["name"])["volume"]["volume_type"] == kind["name"]
    make(cloud, volume_type="gold", status=404)
    ask(cloud, "GET", f"/types/{UNKNOWN}", status=404)


def test_quotas_hold(cloud):
    cloud.services.quotas.defaults.update(volumes=2, gigabytes=5)
    make(cloud, size="3")
    error = make(cloud, size=3, status=413)["overLimit"]
    assert "gigabytes" in error["message"]
    make(cloud)
    make(cloud, status=413)
    absolute = ask(cloud, "GET", "/limits")["limits"]["absolute"]
    assert (absolute["totalVolumesUsed"], absolute["totalGigabytesUsed"]) == (2, 4)
    mine = ask(cloud, "GET", f"/os-quota-sets/{cloud.ids['north']}?usage=true")["quota_set"]
    assert mine["volumes"] == {"limit": 2, "in_use": 2, "reserved": 0}
    for other in (cloud.ids["south"], UNKNOWN):
        ask(cloud, "GET", f"/os-quota-sets/{other}", status=404)


def test_operators_set_quotas(cloud):
    path = f"/os-quota-sets/{cloud.ids['north']}"
    usual = ask(cloud, "GET", f"{path}/defaults")["quota_set"]
    assert (usual["volumes"], usual["gigabytes"]) == (10, 1000)
    changed = ask(cloud, "PUT", path, "admin", {"quota_set": {"volumes": 1}})["quota_set"]
    assert (changed["volumes"], changed["gigabytes"]) == (1, 1000) and "id" not in changed
    assert ask(cloud, "GET", path, "admin")["quota_set"]["volumes"] == 1
    make(cloud)
    make(cloud, status=413)
    ask(cloud, "PUT", f"{path}?skip_validation=false", "admin", {"quota_set": {"volumes": 0}}, 400)
    assert ask(cloud, "PUT", path, "admin", {"quota_set": {"volumes": 0}})["quota_set"]["volumes"] == 0
    for wrong in ({}, {"volumes": -2}, {"volumes": "x"}, {"snapshots": 3}, {"id": "x"}):
        ask(cloud, "PUT", path, "admin", {"quota_set": wrong}, 400)
    assert cloud.call("PUT", f"/compute/v2.1{path}", "admin", {"quota_set": {"cores": 3}}).status_int == 200
    ask(cloud, "DELETE", path, "admin")
    assert ask(cloud, "GET", path)["quota_set"]["volumes"] == 10
    assert cloud.call("GET", f"/compute/v2.1{path}", "alice").json["quota_set"]["cores"] == 3
    for method, body in (("PUT", {"quota_set": {"volumes": 99}}), ("DELETE", None)):
        ask(cloud, method, path, body=body, status=403)


def test_operators_set_the_quotas_of_all(cloud):
    path = "/os-quota-class-sets/default"
    assert ask(cloud, "PUT", path, "admin", {"quota_class_set": {"volumes": 3}})["quota_class_set"]["volumes"] == 3
    assert ask(cloud, "GET", path, "admin")["quota_class_set"]["volumes"] == 3
    assert ask(cloud, "GET", f"/os-quota-sets/{cloud.ids['north']}")["quota_set"]["volumes"] == 3
    ask(cloud, "PUT", path, body={"quota_class_set": {"volumes": 99}}, status=403)
    ask(cloud, "PUT", "/os-quota-class-sets/other", "admin", {"quota_class_set": {"volumes": 1}}, 400)


def test_names_and_metadata(cloud):
    one = f"/volumes/{created(cloud, metadata={'a': '1'})}"
    assert ask(cloud, "PUT", one, body={"volume": {"name": "new"}})["volume"]["name"] == "new"
    assert ask(cloud, "POST", f"{one}/metadata", body={"metadata": {"b": "2"}})["metadata"] == {"a": "1", "b": "2"}
    assert ask(cloud, "PUT", f"{one}/metadata/b", body={"meta": {"b": "3"}})["meta"] == {"b": "3"}
    ask(cloud, "PUT", f"{one}/metadata/b", body={"meta": {"c": "3"}}, status=400)
    ask(cloud, "DELETE", f"{one}/metadata/a")
    ask(cloud, "DELETE", f"{one}/metadata/a", status=404)
    ask(cloud, "GET", f"{one}/metadata/a", status=404)
    assert ask(cloud, "PUT", f"{one}/metadata", body={"metadata": {}})["metadata"] == {}
    ask(cloud, "PUT", one, body={"volume": {}}, status=400)


def test_tenants(cloud):
    theirs = created(cloud, "bob", name="theirs", metadata={"k": "v"})
    before = show(cloud, theirs, "bob")
    for method, path, body in (
        ("GET", "", None), ("PUT", "", {"volume": {"name": "x"}}), ("DELETE", "", None), ("GET", "/metadata", None),
        ("POST", "/metadata", {"metadata": {"a": "b"}}), ("PUT", "/metadata", {"metadata": {}}),
        ("GET", "/metadata/k", None), ("PUT", "/metadata/k", {"meta": {"k": "x"}}), ("DELETE", "/metadata/k", None),
    ):  # fmt: skip
        answers = {str(ask(cloud, method, f"/volumes/{id}{path}", "alice", body, 404)).replace(id, "ID")
                   for id in (theirs, UNKNOWN, "no-uuid")}  # fmt: skip
        assert len(answers) == 1, (method, path, answers)
    ask(cloud, "POST", f"/volumes/{theirs}/action", "alice", {"os-force_delete": {}}, 403)
    assert show(cloud, theirs, "bob") == before


def test_a_reader_changes_nothing(cloud):
    one = created(cloud, metadata={"k": "v"})
    before = show(cloud, one)
    for method, path, body in (
        ("POST", "/volumes", {"volume": {"size": 1}}), ("PUT", f"/volumes/{one}", {"volume": {"name": "x"}}),
        ("DELETE", f"/volumes/{one}", None), ("PUT", f"/volumes/{one}/metadata", {"metadata": {}}),
        ("DELETE", f"/volumes/{one}/metadata/k", None), ("POST", f"/volumes/{one}/action", {"os-force_delete": {}}),
    ):  # fmt: skip
        assert ask(cloud, method, path, "ron", body, 403)["forbidden"]["code"] == 403
    assert show(cloud, one, "ron") == before and names(cloud) == [""]


def test_an_owner_says_what_servers_may_start_from(cloud):
    one, theirs = created(cloud), created(cloud, "bob")
    assert show(cloud, one)["bootable"] == "false"
    for said, shown in ((True, "true"), (False, "false"), ("True", "true"), ("false", "false")):
        ask(cloud, "POST", f"/volumes/{one}/action", body={"os-set_bootable": {"bootable": said}})
        assert show(cloud, one)["bootable"] == shown
    for wrong in ({}, {"bootable": None}, {"bootable": 1}, {"bootable": True, "x": 1}, None):
        ask(cloud, "POST", f"/volumes/{one}/action", body={"os-set_bootable": wrong}, status=400)
    ask(cloud, "POST", f"/volumes/{theirs}/action", body={"os-set_bootable": {"bootable": True}}, status=404)
    assert show(cloud, theirs, "bob")["bootable"] == "false"


def test_what_operators_see(cloud):
    cloud.db.transact(lambda tx: hosts.upsert(tx, [HOST]))
    one = created(cloud)
    assert "os-vol-host-attr:host" not in show(cloud, one)
    assert show(cloud, one, "admin")["os-vol-host-attr:host"] == "v1@nova_like#volumes"
    (service,) = ask(cloud, "GET", "/os-services", "admin")["services"]
    assert (service["binary"], service["host"], service["state"]) == ("cinder-volume", "v1", "up")
    ask(cloud, "GET", "/os-services", status=403)
    zones = ask(cloud, "GET", "/os-availability-zone")["availabilityZoneInfo"]
    assert zones == [{"zoneName": "nova", "zoneState": {"available": True}}]
    ask(cloud, "POST", f"/volumes/{one}/action", "admin", {"os-force_delete": {}}, 202)
    assert show(cloud, one)["status"] == "deleting"


def test_a_volume_has_exactly_the_fields_that_clients_expect(cloud):
    full = show(cloud, created(cloud, name="x"))
    assert set(full) == {
        "attachments", "links", "encrypted", "updated_at", "replication_status", "id", "size", "user_id",
        "availability_zone", "metadata", "status", "description", "multiattach", "consistencygroup_id", "name",
        "bootable", "created_at", "volume_type", "snapshot_id", "source_volid", "os-vol-tenant-attr:tenant_id",
    }  # fmt: skip
