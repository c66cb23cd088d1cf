"""nova-like-manage: the schema, the bootstrap, networks, hosts, flows, quotas, configuration."""

from pathlib import Path

import pytest

from nova_like.db import assignments, catalog, flows, hosts, networks, projects, quotas, roles, users
from nova_like.services.identity_passwords import matches
from tests.unit.manage.manage_world import Operator


@pytest.fixture
def operator(tmp_path):
    made = Operator(tmp_path)
    assert made.run("db", "sync") == (0, "")
    yield made
    made.db.dispose()


@pytest.fixture
def cloud(operator):
    assert operator.bootstrap()[0] == 0
    return operator


def test_sync_again(operator):
    assert operator.run("db", "sync") == (0, "")


def test_bootstrap(operator):
    (operator.state / "demo").write_text("demo-secret\n")
    demo = ("--demo-project", "trial", "--demo-user", "tess", "--demo-password-file", str(operator.state / "demo"))
    status, said = operator.bootstrap(*demo)
    assert status == 0
    for thing in ("fernet keys", "domain Default", "role manager", "flavor m1.nano", "project trial", "user tess"):
        assert thing in said
    with operator.db.reading() as tx:
        tess = users.by_name(tx, "tess", "default")
        assert matches("demo-secret", tess["password_hash"], 4)
        assert tess["default_project_id"] == projects.by_name(tx, "trial", "default")["id"]
        ids = {row["name"]: row["id"] for row in roles.list_roles(tx)}
        admin = users.by_name(tx, "admin", "default")
        assert assignments.role_ids(tx, admin["id"], "system", "all") == {ids["admin"]}
        assert set(roles.implications(tx)) == {
            (ids["admin"], ids["manager"]), (ids["manager"], ids["member"]), (ids["member"], ids["reader"])
        }  # fmt: skip
        assert len(catalog.list_endpoints(tx)) == 21
    assert [path.stat().st_mode & 0o777 for path in (operator.state / "keys").iterdir()] == [0o600]
    assert (operator.state / "keys").stat().st_mode & 0o777 == 0o700
    assert operator.bootstrap(*demo) == (0, "")


def test_bootstrap_with_what_has_changed(cloud):
    (cloud.state / "password").write_text("another\n")
    status, said = cloud.bootstrap("--public-url", "https://elsewhere/")
    assert status == 0 and "password of admin" in said
    with cloud.db.reading() as tx:
        urls = {row["url"] for row in catalog.list_endpoints(tx)}
        assert "https://elsewhere/identity/v3" in urls and not [url for url in urls if "http://cloud" in url]
        assert users.by_name(tx, "admin", "default")["token_floor"] > 0


@pytest.mark.parametrize("content", ["", None])
def test_bootstrap_without_a_password(operator, content):
    path = operator.state / "password"
    path.unlink() if content is None else path.write_text(content)
    assert operator.bootstrap()[0] == 1
    assert operator.db.read(lambda tx: users.list_users(tx)) == []


def test_network_create(cloud):
    words = ("network", "create", "--name", "private", "--cidr", "10.9.0.0/24", "--shared")
    made = cloud.table(*words)
    assert made["gateway"] == "10.9.0.1" and made["shared"] is True
    assert cloud.table(*words)["id"] == made["id"]
    assert len(cloud.db.read(lambda tx: networks.list_networks(tx, None))) == 1
    for bad in ("10.9.0.0/31", "10.9.0.1/24", "fd00::/64", "nonsense"):
        assert cloud.run("network", "create", "--name", "other", "--cidr", bad)[0] == 1
    assert cloud.run("network", "create", "--name", "private", "--cidr", "10.8.0.0/24")[0] == 1


def test_hosts(cloud):
    row = {"kind": "compute", "name": "h1", "address": "h1", "boot_id": "b", "vcpus": 4, "ram_mib": 4096,
           "disk_gib": 40, "facts": {"arch": "x86_64"}}  # fmt: skip
    cloud.db.transact(lambda tx: hosts.upsert(tx, [row]))
    (listed,) = cloud.table("host", "list")
    assert (listed["name"], listed["state"], listed["enabled"], listed["ram_mib"]) == ("h1", "up", True, "0/4096")
    assert cloud.run("host", "disable", "h1", "--reason", "disk smells")[0] == 0
    shown = cloud.table("host", "show", "h1")
    assert shown["enabled"] is False and shown["disabled_reason"] == "disk smells"
    assert cloud.run("host", "enable", "h1")[0] == 0
    assert cloud.table("host", "show", "h1")["enabled"] is True
    status, said = cloud.run("host", "show", "h2")
    assert status == 1 and "h2" in said
    assert cloud.table("host", "list", "--kind", "volume") == []


def test_flows(cloud):
    flow = {"id": "f1", "kind": "boot", "resource_id": "i1", "project_id": "p", "user_id": "u", "request_id": "req-1",
            "state": "running", "step": 1, "step_name": "place", "generation": 1, "version": 0,
            "attempts": 1}  # fmt: skip

    def insert(tx):
        flows.insert(tx, [flow], 5.0)
        flows.note(tx, {"id": "f1", "version": 0}, "place", "done", "h1", {"host": "h1"})

    cloud.db.transact(insert)
    (listed,) = cloud.table("flow", "list")
    assert (listed["id"], listed["step"], listed["state"]) == ("f1", "place", "running")
    timeline = cloud.table("flow", "show", "f1")
    assert [(entry["step"], entry["event"], entry["host"]) for entry in timeline] == [
        ("", "boot asked for by u", "api"), ("place", "done", "h1")
    ]  # fmt: skip
    assert cloud.table("flow", "show", "i1") == timeline
    assert cloud.run("flow", "show", "unknown")[0] == 1


def test_quota(cloud):
    project = cloud.table("project", "show", "admin")["id"]
    assert cloud.run("quota", "set", "admin", "instances=7", "cores=-1")[0] == 0
    assert cloud.db.read(lambda tx: quotas.limits(tx, project, {})) == {"instances": 7, "cores": -1}
    for bad in ("instances=x", "ships=3", "instances=-2", "instances"):
        assert cloud.run("quota", "set", "p1", bad)[0] == 1


def test_config_check(operator):
    path = operator.state / "some.conf"
    path.write_text("[DEFAULT]\ndebug = true\nhost = h1\n[api]\nworkers = 2\n[oslo_messaging_rabbit]\nssl = true\n")
    assert operator.run("config", "check", str(path)) == (0, "")
    path.write_text("[api]\nworker = 2\nworkers = many\n[apis]\nx = 1\n")
    status, said = operator.run("config", "check", str(path))
    assert status == 1
    assert "unknown group [apis]" in said and "unknown option [api] worker\n" in said and "many" in said
    assert operator.run("config", "check", str(operator.state / "missing"))[0] == 1


def test_the_sample_passes_the_check(operator):
    sample = Path(__file__).parents[3] / "etc/nova_like/nova-like.conf.sample"
    assert operator.run("config", "check", str(sample)) == (0, "")


def test_agent_keys_need_a_master_key(operator):
    status, said = operator.run("bus", "agent-key", "h1")
    assert status == 1 and "master_key_file" in said


def test_every_command_can_be_loaded():
    from nova_like.cmd.manage.app import COMMANDS, Lazy

    for name, target in COMMANDS.items():
        assert Lazy(name, target).load().__doc__, name


@pytest.mark.parametrize("kind", ["boot", "delete"])
def test_steering_a_flow(cloud, kind):
    row = {"id": "f2", "kind": kind, "resource_id": "i2", "project_id": "p", "user_id": "u", "request_id": "req-2",
           "state": "running", "step": 1, "step_name": "plug", "generation": 1, "version": 0,
           "attempts": 7}  # fmt: skip
    cloud.db.transact(lambda tx: flows.insert(tx, [row], 500.0))
    status, said = cloud.run("flow", "retry", "i2")
    assert status == 0 and f"{kind} f2 (running at plug) is due now" in said
    assert cloud.db.read(lambda tx: flows.due(tx, 5)) == ["f2"]
    status, said = cloud.run("flow", "cancel", "f2")
    cancelled = cloud.db.read(lambda tx: flows.get(tx, "f2"))["cancel"]
    if kind == "boot":
        assert status == 0 and cancelled and "unwinds" in said
    else:
        assert status == 1 and not cancelled and "only goes forward" in said
    status, said = cloud.run("flow", "cancel", "unknown")
    assert status == 1 and "flow list --all" in said
