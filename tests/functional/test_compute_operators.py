"""What operators do and read through the compute API: hosts as of old, quotas, flavor access, usage, states."""

import re

import pytest

from nova_like import concurrency
from nova_like.db import instances
from nova_like.db.schema.identity import domains, projects
from tests.functional.compute_world import LIMITS, UNKNOWN, Compute, Project


@pytest.fixture(scope="module")
def cloud(tmp_path_factory) -> Compute:
    return Compute(tmp_path_factory.mktemp("operators"))


@pytest.fixture
def own(cloud) -> Project:
    return cloud.project(concurrency.new_id().replace("-", ""))


def admin(own, method, path, body=None, version="2.60"):
    return own.call(method, path, body, version, "admin")


# -- hosts


def test_hosts_of_old(own):
    own.server()
    hosts = own.get("/os-hosts", "2.42", "admin")["hosts"]
    assert {"host_name": "h1", "service": "compute", "zone": "nova"} in hosts
    assert own.get("/os-hosts?zone=none", "2.42", "admin") == {"hosts": []}
    assert own.get("/os-hosts?zone=", "2.42", "admin")["hosts"] == hosts
    shown = [one["resource"] for one in own.get("/os-hosts/h1", "2.42", "admin")["host"]]
    total, used, most = shown[:3]
    assert (total["project"], total["cpu"], total["memory_mb"], total["disk_gb"]) == ("(total)", 8, 8192, 100)
    assert {**used, "project": ""} == {**most, "project": ""}
    mine = next(one for one in shown if one["project"] == own.id)
    assert (mine["cpu"], mine["memory_mb"], mine["disk_gb"], mine["host"]) == (1, 512, 1, "h1")
    assert admin(own, "GET", "/os-hosts", version="2.43").status_int == 404
    assert own.call("GET", "/os-hosts", version="2.42").status_int == 403


def test_hosts_are_switched_as_of_old(own):
    def put(body, host="h1"):
        return admin(own, "PUT", f"/os-hosts/{host}", body, "2.42")

    assert put({"status": "disable"}).json == {"host": "h1", "status": "disabled"}
    assert put({"status": "Enable"}).json == {"host": "h1", "status": "enabled"}
    assert put({"status": "invalid", "maintenance_mode": "enable"}).status_int == 400
    assert put({}).status_int == 400
    assert put({"maintenance_mode": "enable"}).status_int == 501
    assert put({"status": "enable", "maintenance_mode": "enable"}, "none").status_int == 404
    for verb in ("startup", "shutdown", "reboot"):
        assert admin(own, "GET", f"/os-hosts/h1/{verb}", version="2.42").status_int == 501
        assert admin(own, "GET", f"/os-hosts/none/{verb}", version="2.42").status_int == 404
        assert own.call("GET", f"/os-hosts/h1/{verb}", version="2.42").status_int == 403


def test_how_long_a_hypervisor_is_up(cloud, own):
    host = next(one for one in own.get("/os-hypervisors/detail", "2.88", "admin")["hypervisors"])
    assert re.fullmatch(r"\d\d:\d\d:\d\d up \d{5} days, \d\d?:\d\d", host["uptime"])
    path = f"/os-hypervisors/{host['id']}/uptime"
    shown = own.get(path, "2.53", "admin")["hypervisor"]
    assert shown["hypervisor_hostname"] == "h1" and " up " in shown["uptime"]
    assert admin(own, "GET", path, version="2.88").status_int == 404
    body = {"host": "h1", "binary": "nova-compute", "forced_down": True}
    assert admin(own, "PUT", "/os-services/force-down", body, "2.11").status_int == 200
    try:
        assert admin(own, "GET", path, version="2.53").status_int == 400
        assert own.get(f"/os-hypervisors/{host['id']}", "2.88", "admin")["hypervisor"]["uptime"] is None
    finally:
        admin(own, "PUT", "/os-services/force-down", {**body, "forced_down": False}, "2.11")


def test_services_are_forced_down(own):
    body = {"host": "h1", "binary": "nova-compute", "forced_down": True}
    answer = admin(own, "PUT", "/os-services/force-down", body, "2.52")
    assert answer.json == {"service": {"host": "h1", "binary": "nova-compute", "forced_down": True}}
    found = own.get("/os-services?binary=nova-compute", role="admin")["services"][0]
    assert (found["state"], found["forced_down"]) == ("down", True)
    assert "forced_down" not in own.get("/os-services", "2.10", "admin")["services"][0]
    assert admin(own, "PUT", "/os-services/force-down", body, "2.10").status_int == 405
    up = admin(own, "PUT", f"/os-services/{found['id']}", {"forced_down": False}).json["service"]
    assert (up["state"], up["forced_down"], up["status"]) == ("up", False, "enabled")
    assert admin(own, "PUT", f"/os-services/{UNKNOWN}", {"forced_down": False}).status_int == 404


def test_a_service_that_is_needed_is_not_deleted(own):
    id = own.get("/os-services", role="admin")["services"][0]["id"]
    assert admin(own, "DELETE", f"/os-services/{id}").status_int == 409
    old = own.get("/os-services", "2.52", "admin")["services"][0]["id"]
    assert admin(own, "DELETE", f"/os-services/{old}", version="2.52").status_int == 409
    assert admin(own, "DELETE", "/os-services/7", version="2.52").status_int == 404
    assert own.get("/os-services", role="admin")["services"]


def test_a_service_that_is_gone_is_deleted(tmp_path):
    cloud = Compute(tmp_path)
    own = cloud.project("own")
    id = own.get("/os-services", role="admin")["services"][0]["id"]
    assert admin(own, "PUT", f"/os-services/{id}", {"forced_down": True}).status_int == 200
    assert admin(own, "DELETE", f"/os-services/{id}").status_int == 204
    assert own.get("/os-services", role="admin")["services"] == []
    assert admin(own, "DELETE", f"/os-services/{id}").status_int == 404


# -- quotas

NETS = {"fixed_ips", "floating_ips", "security_groups", "security_group_rules"}
FILES = {"injected_files", "injected_file_content_bytes", "injected_file_path_bytes"}


@pytest.mark.parametrize(("version", "more"), [("2.1", NETS | FILES), ("2.36", FILES), ("2.57", set())])
def test_quota_sets_of_each_version(own, version, more):
    path = f"/os-quota-sets/{own.id}"
    names = {"instances", "cores", "ram", "metadata_items", "key_pairs", "server_groups", "server_group_members"} | more
    assert set(own.get(path, version)["quota_set"]) == names | {"id"}
    body = {"quota_set": {**dict.fromkeys(names, 21), "force": True}}
    assert admin(own, "PUT", path, body, version).json == {"quota_set": dict.fromkeys(names, 21)}
    assert own.get(path, version)["quota_set"] == {**dict.fromkeys(names, 21), "id": own.id}
    detail = own.get(f"{path}/detail", version)["quota_set"]
    assert detail["ram"] == {"limit": 21, "in_use": 0, "reserved": 0}
    missing = {"quota_set": dict.fromkeys((NETS | FILES) - more, 1)}
    assert not missing["quota_set"] or admin(own, "PUT", path, missing, version).status_int == 400
    assert admin(own, "DELETE", path, version=version).status_int == 202
    assert own.get(path, version) == own.get(f"{path}/defaults", version)


def test_a_limit_below_what_is_used_must_be_forced(own):
    own.server()
    path = f"/os-quota-sets/{own.id}"
    refused = admin(own, "PUT", path, {"quota_set": {"instances": 0}})
    assert refused.status_int == 400 and "already used" in refused.json["badRequest"]["message"]
    assert admin(own, "PUT", path, {"quota_set": {"instances": 0, "force": "True"}}).status_int == 200
    assert admin(own, "PUT", path, {"quota_set": {"instances": -1}}).status_int == 200
    assert own.call("DELETE", path).status_int == 403
    assert admin(own, "PUT", f"{path}?user_id=u", {"quota_set": {"instances": 5}}).status_int == 400


def test_the_quota_class_holds_for_all_without_limits_of_their_own(cloud, own):
    other = cloud.project(concurrency.new_id().replace("-", ""))
    own_set = f"/os-quota-sets/{own.id}"
    admin(own, "PUT", own_set, {"quota_set": {"instances": 3}})
    path = "/os-quota-class-sets/default"
    assert own.get(path, role="admin")["quota_class_set"]["instances"] == LIMITS["instances"]
    changed = admin(own, "PUT", path, {"quota_class_set": {"instances": 0, "ram": 1 << 20}})
    assert changed.json["quota_class_set"]["instances"] == 0
    assert own.get(own_set)["quota_set"]["instances"] == 3
    assert other.get(f"/os-quota-sets/{other.id}")["quota_set"]["instances"] == 0
    assert other.get("/limits")["limits"]["absolute"]["maxTotalInstances"] == 0
    body = {"server": {"name": "n", "imageRef": other.image, "flavorRef": "1", "networks": "none"}}
    assert other.call("POST", "/servers", body).status_int == 403
    own.server()
    admin(own, "PUT", path, {"quota_class_set": {"instances": LIMITS["instances"]}})
    other.server()
    assert admin(own, "PUT", "/os-quota-class-sets/other", {"quota_class_set": {"ram": 1}}).status_int == 400
    assert own.call("PUT", path, {"quota_class_set": {"ram": 1}}).status_int == 403


# -- flavors of some projects


@pytest.fixture
def private(cloud, own) -> str:
    """The path of a private flavor."""
    id = concurrency.new_id()
    body = {"flavor": {"name": id, "ram": 64, "vcpus": 1, "disk": 1, "id": id, "os-flavor-access:is_public": False}}
    assert admin(own, "POST", "/flavors", body).status_int == 200

    def work(tx):
        domain = {"id": own.id, "name": own.id, "enabled": True}
        tx.execute(domains.insert().values(**domain))
        tx.execute(projects.insert().values(id=own.id, name=own.id, domain_id=own.id, enabled=True))

    cloud.db.transact(work)
    return f"/flavors/{id}"


def test_access_to_a_flavor(own, private, cloud):
    id, other = private.rsplit("/", 1)[1], cloud.project(concurrency.new_id().replace("-", ""))
    assert own.get(f"{private}/os-flavor-access", role="admin") == {"flavor_access": []}
    given = {"flavor_access": [{"flavor_id": id, "tenant_id": own.id}]}
    add, drop = ({name: {"tenant": own.id}} for name in ("addTenantAccess", "removeTenantAccess"))
    assert own.call("POST", f"{private}/action", add).status_int == 403
    assert admin(own, "POST", f"{private}/action", add).json == given
    assert admin(own, "POST", f"{private}/action", add).status_int == 409
    assert own.get(private)["flavor"]["id"] == id
    assert id in [one["id"] for one in own.get("/flavors")["flavors"]]
    assert id not in [one["id"] for one in other.get("/flavors")["flavors"]]
    assert other.call("GET", private).status_int == 404
    own.server(flavorRef=id)
    body = {"server": {"name": "n", "imageRef": other.image, "flavorRef": id, "networks": "none"}}
    assert other.call("POST", "/servers", body).status_int == 400
    assert admin(own, "POST", f"{private}/action", drop).json == {"flavor_access": []}
    assert admin(own, "POST", f"{private}/action", drop).status_int == 404
    assert own.call("GET", private).status_int == 404
    unknown = {"addTenantAccess": {"tenant": UNKNOWN}}
    assert admin(own, "POST", f"{private}/action", unknown).status_int == 400


def test_public_flavors_have_no_access_list(own):
    assert admin(own, "GET", "/flavors/1/os-flavor-access").status_int == 404
    assert admin(own, "POST", "/flavors/1/action", {"addTenantAccess": {"tenant": own.id}}).status_int == 409


# -- usage


def test_usage_of_projects(own):
    server = own.server("guest")
    path = f"/os-simple-tenant-usage/{own.id}?start=2020-01-01T00:00:00&end=2099-01-01%2000:00:00.5"
    usage = own.get(path)["tenant_usage"]
    one = usage["server_usages"][0]
    assert (one["instance_id"], one["name"], one["memory_mb"], one["vcpus"]) == (server, "guest", 512, 1)
    assert one["ended_at"] is None and one["hours"] > 0 and one["state"] == "active"
    assert usage["total_memory_mb_usage"] == pytest.approx(512 * usage["total_hours"])
    own.call("DELETE", f"/servers/{server}")
    own.world.daemons.settle()
    assert own.get(path)["tenant_usage"]["server_usages"][0]["state"] == "terminated"
    own.server("second")
    assert len(own.get(path)["tenant_usage"]["server_usages"]) == 2
    page = own.get(f"{path}&limit=1")
    assert len(page["tenant_usage"]["server_usages"]) == 1
    following = page["tenant_usage_links"][0]["href"].removeprefix("http://cloud/compute/v2.1")
    after = own.get(following)
    assert after["tenant_usage"]["server_usages"] != page["tenant_usage"]["server_usages"]
    last = after["tenant_usage_links"][0]["href"].removeprefix("http://cloud/compute/v2.1")
    assert own.get(last) == {"tenant_usage": {}}
    everybody = own.get("/os-simple-tenant-usage?start=2020-01-01T00:00:00", role="admin")["tenant_usages"]
    assert own.id in [one["tenant_id"] for one in everybody] and "server_usages" not in everybody[0]
    detailed = own.get("/os-simple-tenant-usage?detailed=1&start=2020-01-01T00:00:00", "2.39", "admin")
    assert all(len(one) == 8 for one in detailed["tenant_usages"])


def test_usage_of_who_used_nothing(own):
    """Nova says {} here, which its own command `openstack usage show` cannot print."""
    usage = own.get(f"/os-simple-tenant-usage/{own.id}")["tenant_usage"]
    assert (usage["tenant_id"], usage["server_usages"], len(usage)) == (own.id, [], 8)
    assert [usage[name] for name in usage if name.startswith("total_")] == [0.0] * 4


def test_usage_that_cannot_be_shown(own):
    path = f"/os-simple-tenant-usage/{own.id}"
    for wrong in ("start=2099-01-01T00:00:00", "start=x", "start=2021-01-01T00:00:00&end=2020-01-01T00:00:00",
                  f"marker={UNKNOWN}&start=2020-01-01T00:00:00"):  # fmt: skip
        assert own.call("GET", f"{path}?{wrong}").status_int == 400
    assert own.call("GET", f"/os-simple-tenant-usage/{UNKNOWN}").status_int == 403
    assert own.call("GET", "/os-simple-tenant-usage").status_int == 403


def test_audit_logs(own):
    log = own.get("/os-instance_usage_audit_log", role="admin")["instance_usage_audit_logs"]
    assert log["hosts_not_run"] == ["h1"] and log["num_hosts"] == 1
    shown = own.get("/os-instance_usage_audit_log/2026-03-15%2010:00:00", role="admin")["instance_usage_audit_log"]
    assert (shown["period_beginning"], shown["period_ending"]) == ("2026-02-01 00:00:00", "2026-03-01 00:00:00")
    assert admin(own, "GET", "/os-instance_usage_audit_log/invalid_time").status_int == 400
    assert own.call("GET", "/os-instance_usage_audit_log").status_int == 403


# -- words about servers


def test_states_are_reset(own):
    server = own.server()
    for state, status in (("error", "ERROR"), ("active", "ACTIVE")):
        assert own.act(server, "os-resetState", {"state": state}, "admin") == 202
        assert own.get(f"/servers/{server}")["server"]["status"] == status
    assert own.act(server, "os-resetState", {"state": "error"}) == 403
    assert own.act(server, "os-resetState", {"state": "paused"}, "admin") == 400
    assert own.act(UNKNOWN, "os-resetState", {"state": "error"}, "admin") == 404
    busy = own.server(settle=False)
    assert own.act(busy, "os-resetState", {"state": "error"}, "admin") == 409
    own.world.daemons.settle()


def test_what_is_honestly_not_done(own):
    server = own.server()
    assert own.act(server, "restore") == 409
    for action in ("resetNetwork", "injectNetworkInfo"):
        assert own.act(server, action, None, "admin") == 202
        assert own.act(server, action) == 403
    assert own.act(UNKNOWN, "restore") == 404
    assert own.get("/os-migrations", role="admin") == {"migrations": []}
    assert own.get(f"/servers/{server}/migrations", role="admin") == {"migrations": []}
    assert admin(own, "GET", f"/servers/{server}/migrations/1").status_int == 404
    assert own.get(f"/servers/{server}/topology", "2.78") == {"nodes": [], "pagesize_kb": None}


def test_passwords_that_guests_wrote(own):
    server = own.server()
    path = f"/servers/{server}/os-server-password"
    assert own.get(path) == {"password": ""}
    assert own.call("DELETE", path).status_int == 204
    own.act(server, "lock")
    assert own.call("DELETE", path).status_int == 409


def test_diagnostics(own):
    server = own.server()
    path = f"/servers/{server}/diagnostics"
    new = own.get(path, "2.48", "admin")
    assert (new["num_cpus"], new["num_nics"], new["memory_details"]) == (1, 1, {"maximum": 512, "used": None})
    assert own.get(path, "2.47", "admin")["memory"] == 512 * 1024
    assert own.call("GET", path).status_int == 403
    waiting = own.server(settle=False)
    assert admin(own, "GET", f"/servers/{waiting}/diagnostics").status_int == 409
    own.world.daemons.settle()


def test_news_from_outside(own):
    server, waiting = own.server(), own.server(settle=False)

    def post(*ids, name="network-changed", role="admin"):
        return own.call("POST", "/os-server-external-events",
                        {"events": [{"name": name, "server_uuid": id} for id in ids]}, role=role)  # fmt: skip

    told = post(server)
    assert told.status_int == 200
    assert told.json == {"events": [{"name": "network-changed", "server_uuid": server, "status": "completed",
                                     "code": 200}]}  # fmt: skip
    some = post(server, UNKNOWN, waiting)
    assert some.status_int == 207 and [one["code"] for one in some.json["events"]] == [200, 404, 422]
    assert post(UNKNOWN).status_int == 404
    assert post(server, name="power-update").status_int == 400  # not before 2.76
    assert post(server, role="member").status_int == 403
    own.world.daemons.settle()


def test_extensions(own):
    listed = own.get("/extensions")["extensions"]
    assert "Hosts" in [one["name"] for one in listed]
    assert own.get("/extensions/os-consoles")["extension"] in listed
    assert own.call("GET", "/extensions/none").status_int == 404


def test_the_limit_of_one_project_and_resource_is_nobody_elses(cloud, own):
    """SQLite answered with the limit of whomever, since the columns of the look-up had lost their tables."""
    other = cloud.project(concurrency.new_id().replace("-", ""))
    admin(own, "PUT", f"/os-quota-sets/{own.id}", {"quota_set": {"metadata_items": 1, "instances": 1}})
    own.server()
    assert [bool(other.server()) for _ in range(2)] == [True, True]


def test_files_put_into_a_server(cloud, own):
    """Until 2.56: within the limits, on a config drive, and gone when it is rebuilt without them."""

    def wants(name, files):
        return {"name": name, "imageRef": own.image, "flavorRef": "1", "personality": files}

    def create(*files, name="s"):
        asked = [{"path": path, "contents": contents} for path, contents in files]
        return own.call("POST", "/servers", {"server": wants(name, asked)}, "2.1")

    def kept(server):
        return cloud.db.read(lambda tx: instances.get(tx, server, own.id))["files"]

    absolute = own.get("/limits", "2.56")["limits"]["absolute"]
    assert (absolute["maxPersonality"], absolute["maxPersonalitySize"]) == (5, 10240)
    assert "maxPersonality" not in own.get("/limits", "2.57")["limits"]["absolute"]
    server = create(*((f"/f{n}", "YQ==") for n in range(5))).json["server"]["id"]
    assert kept(server) == {f"/f{n}": "YQ==" for n in range(5)}
    own.world.daemons.settle()
    assert own.get(f"/servers/{server}", "2.1")["server"]["config_drive"] == "True"
    assert create(*((f"/f{n}", "YQ==") for n in range(6))).status_int == 403
    assert create(("/f", "A" * 13656)).status_int == 403 and create(("/" + "f" * 255, "")).status_int == 403
    for wrong in ("not.base64", "YQ", "YQ==="):
        assert create(("/f", wrong)).status_int == 400
    rebuild = {"imageRef": own.image, "personality": [{"path": "r.txt", "contents": "cg=="}]}
    for wanted, files in ((rebuild, {"r.txt": "cg=="}), ({"imageRef": own.image}, None)):
        server = create(("/f", "YQ==")).json["server"]["id"]
        own.world.daemons.settle()
        path = f"/servers/{server}"
        assert own.call("POST", f"{path}/action", {"rebuild": wanted}, "2.56").status_int == 202
        assert kept(server) == files
        own.call("DELETE", path)
        own.world.daemons.settle()
    late = {"server": {**wants("late", []), "networks": "auto"}}
    assert own.call("POST", "/servers", late, "2.56").status_int == 202
    assert own.call("POST", "/servers", late, "2.57").status_int == 400


def test_what_rebuilding_answers(own):
    """As little as PUT does before 2.75, and all from then on."""
    answers = {}
    for version in ("2.1", "2.60", "2.75"):
        server = own.server()
        body = {"rebuild": {"imageRef": own.image}}
        answer = own.call("POST", f"/servers/{server}/action", body, version, "admin")
        answers[version] = set(answer.json["server"])
        own.call("DELETE", f"/servers/{server}")
    assert not {"config_drive", "security_groups", "key_name"} & answers["2.1"] and "adminPass" in answers["2.1"]
    assert {"key_name", "user_data", "tags"} <= answers["2.60"] and "config_drive" not in answers["2.60"]
    assert {"config_drive", "security_groups", "server_groups", "user_data"} <= answers["2.75"]
    assert "OS-EXT-SRV-ATTR:user_data" not in answers["2.75"]
    own.world.daemons.settle()
