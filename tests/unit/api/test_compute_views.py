"""What compute shows, at which version and to whom."""

import pytest

from nova_like.api.common.request import Request
from nova_like.api.native.compute.views import actions, flavors, hosts, keypairs, servers, states
from nova_like.api.native.compute.views.numbers import number
from nova_like.api.native.compute.views.times import micro_stamp, stamp
from nova_like.model.context import Context

ID = "11111111-1111-4111-8111-111111111111"
AT = 1795240523.5
PORT = {"id": ID, "mac": "fa:16:3e:00:00:01", "network_id": ID, "network_name": "private",
        "groups": [{"id": "g", "name": "default"}],
        "addresses": [{"subnet_id": ID, "address": "10.0.0.3"}]}  # fmt: skip
INSTANCE = {
    "id": ID, "project_id": "p", "user_id": "u", "name": "n", "description": "d", "hostname": "n", "state": "active",
    "power": "running", "wanted": "present", "host": "h1", "zone": "nova", "wanted_zone": "", "image_id": ID,
    "flavor": {"id": "1", "name": "m1", "vcpus": 1, "ram_mib": 64, "disk_gib": 1, "ephemeral_gib": 0, "swap_mib": 0,
               "extra_specs": {}},
    "key_name": None, "config_drive": False, "metadata": None, "reservation_id": ID, "launch_index": 0, "fault": None,
    "launched_at": AT, "terminated_at": None, "created_at": AT, "updated_at": AT, "task": None, "ports": [PORT],
    "locked_by": "", "locked_reason": None, "group_id": None,
}  # fmt: skip


def request(at=(2, 60), admin=False):
    req = Request.blank("/v2.1/servers", base_url="http://cloud:8774")
    roles = ("admin", "member", "reader") if admin else ("member", "reader")
    req.environ |= {"nova_like.context": Context(project_id="p", roles=roles), "nova_like.microversion": at}
    return req


def test_a_server_by_version():
    newest = servers.detail(request(), dict(INSTANCE))
    assert newest["flavor"]["original_name"] == "m1" and newest["tags"] == [] and newest["description"] == "d"
    assert "flavor_ref" not in newest
    oldest = servers.detail(request((2, 1)), dict(INSTANCE))
    assert oldest["flavor"]["id"] == "1"
    assert oldest["flavor"]["links"] == [{"rel": "bookmark", "href": "http://cloud:8774/compute/flavors/1"}]
    assert not {"tags", "description", "locked", "host_status"} & set(oldest)
    assert "tags" in servers.detail(request((2, 26)), dict(INSTANCE))
    assert "tags" not in servers.detail(request((2, 25)), dict(INSTANCE))


def test_hosts_are_shown_to_operators_only():
    mine = servers.detail(request(), dict(INSTANCE))
    assert not [name for name in mine if name.startswith("OS-EXT-SRV-ATTR")] and "h1" not in repr(mine)
    assert len(mine["hostId"]) == 56 and "host_status" not in mine
    theirs = servers.detail(request(admin=True), dict(INSTANCE), {"h1": "UP"})
    assert (theirs["OS-EXT-SRV-ATTR:host"], theirs["host_status"]) == ("h1", "UP")
    assert theirs["OS-EXT-SRV-ATTR:reservation_id"] == "r-11111111111141118"
    assert servers.host_id({**INSTANCE, "project_id": "q"}) != mine["hostId"]
    assert servers.host_id({**INSTANCE, "host": None}) == ""


@pytest.mark.parametrize(
    ("facts", "status", "task", "power"),
    [
        ({}, "ACTIVE", None, 1),
        ({"state": "building", "power": "", "task": ("boot", "place")}, "BUILD", "scheduling", 0),
        ({"state": "building", "power": "", "task": ("boot", "plug")}, "BUILD", "networking", 0),
        ({"state": "building", "power": "", "task": ("boot", "spawn")}, "BUILD", "spawning", 0),
        ({"state": "building", "power": "", "task": ("boot", "spawn", True)}, "BUILD", None, 0),
        ({"state": "stopped", "power": "shutdown"}, "SHUTOFF", None, 4),
        ({"state": "stopped", "power": "shutdown", "task": ("start", "start")}, "SHUTOFF", "powering-on", 4),
        ({"task": ("stop", "stop")}, "ACTIVE", "powering-off", 1),
        ({"task": ("reboot", "reboot")}, "REBOOT", "rebooting", 1),
        ({"task": ("reboot", "reboot"), "soft": False}, "HARD_REBOOT", "rebooting_hard", 1),
        ({"wanted": "deleted", "task": ("boot", "spawn", True)}, "ACTIVE", "deleting", 1),
        ({"wanted": "deleted", "task": ("delete", "destroy")}, "ACTIVE", "deleting", 1),
        ({"state": "deleted", "wanted": "deleted", "power": ""}, "DELETED", None, 0),
        ({"state": "error", "power": ""}, "ERROR", None, 0),
    ],
)  # fmt: skip
def test_status_task_and_power_are_derived(facts, status, task, power):
    facts = dict(facts)
    soft = facts.pop("soft", True)
    if (now := facts.get("task")) is not None:
        facts["task"] = {"kind": now[0], "step": now[1], "unwinding": len(now) > 2, "soft": soft}
    instance = {**INSTANCE, **facts}
    assert (states.status(instance), states.task(instance), states.power(instance)) == (status, task, power)


def test_a_fault_is_shown_while_it_matters():
    fault = {"kind": "NoValidHost", "reason": "No valid host was found. 40 hosts: 31 ram, 9 zone"}
    view = servers.detail(request(), {**INSTANCE, "state": "error", "fault": fault})
    assert view["fault"] == {"code": 500, "created": stamp(AT), "message": fault["reason"]}
    assert "fault" not in servers.detail(request(), {**INSTANCE, "fault": fault})
    assert "progress" not in servers.detail(request(), {**INSTANCE, "state": "error"})


def test_addresses_by_network():
    six = {**PORT, "addresses": [{"subnet_id": ID, "address": "2001:db8::1"}]}
    found = servers.addresses({"ports": [PORT, six]})
    assert [(entry["version"], entry["addr"]) for entry in found["private"]] == [(4, "10.0.0.3"), (6, "2001:db8::1")]
    assert found["private"][0]["OS-EXT-IPS-MAC:mac_addr"] == PORT["mac"]
    assert servers.addresses({"ports": [PORT]}, brief=True) == {"private": [{"version": 4, "addr": "10.0.0.3"}]}


def test_what_put_answers_is_less_than_what_get_answers():
    assert not {"key_name", "security_groups", "OS-EXT-STS:vm_state"} & set(servers.updated(request(), dict(INSTANCE)))


def test_actions_and_their_events():
    flow = {"kind": "boot", "resource_id": ID, "request_id": "req-1", "user_id": "u", "project_id": "p",
            "created_at": AT, "updated_at": AT, "fault": None}  # fmt: skip
    journal = [
        {"at": AT, "event": "place done; plug sent"}, {"at": AT + 1, "event": "plug done; spawn sent"},
        {"at": AT + 2, "event": "spawn failed; unwinding; spawn undo sent"},
    ]  # fmt: skip
    view = actions.detail(request(), flow, journal)
    assert (view["action"], view["message"]) == ("create", None)
    assert [(e["event"], e["result"]) for e in view["events"]] == [
        ("boot_place", "Success"), ("boot_plug", "Success"), ("boot_spawn", "Error"),
    ]  # fmt: skip
    assert (view["events"][1]["start_time"], view["events"][1]["finish_time"]) == (
        micro_stamp(AT), micro_stamp(AT + 1),
    )  # fmt: skip
    assert "updated_at" not in actions.brief(request((2, 57)), flow)


def test_hosts_services_and_sums():
    row = {"id": ID, "kind": "compute", "binary": "nova-compute", "name": "h1", "shown_zone": "nova", "enabled": True,
           "forced": False, "up": True, "seen_at": AT, "disabled_reason": None, "vcpus": 4, "vcpus_used": 5,
           "ram_mib": 1024, "ram_mib_used": 24, "disk_gib": 10, "disk_gib_used": 1, "instances": 2,
           "facts": {"cpu_info": {"a": 1}}}  # fmt: skip
    assert hosts.service(request(), row)["id"] == ID
    assert hosts.service(request((2, 52)), row)["id"] == number(ID)
    assert "forced_down" not in hosts.service(request((2, 10)), row)
    assert hosts.hypervisor_detail(request(), row)["cpu_info"] == {"a": 1}
    assert hosts.hypervisor_detail(request((2, 27)), row)["cpu_info"] == '{"a": 1}'
    assert hosts.hypervisor_detail(request((2, 52)), row)["service"]["id"] == number(ID)
    sums = hosts.statistics([row, row])
    assert (sums["count"], sums["memory_mb"], sums["free_ram_mb"], sums["running_vms"]) == (2, 2048, 2000, 4)
    assert hosts.statistics([])["vcpus"] == 0


def test_flavors_and_keypairs_by_version():
    row = {"id": "1", "name": "m1", "ram_mib": 64, "disk_gib": 1, "vcpus": 1, "swap_mib": 0, "ephemeral_gib": 0,
           "disabled": False, "public": True, "rxtx_factor": 1.0, "description": None, "extra_specs": {}}  # fmt: skip
    assert flavors.detail(request(), row)["swap"] == "" and "description" in flavors.brief(request(), row)
    assert "description" not in flavors.detail(request((2, 54)), row)
    assert flavors.detail(request((2, 75)), row)["swap"] == 0 and "extra_specs" in flavors.detail(request((2, 61)), row)
    key = {"id": ID, "name": "k", "public_key": "ssh-rsa A", "fingerprint": "aa", "kind": "ssh", "user_id": "u",
           "created_at": AT}  # fmt: skip
    assert keypairs.detail(request(), key)["keypair"]["id"] == number(ID)
    assert "type" not in keypairs.brief(request((2, 1)), key)["keypair"]
    assert keypairs.created(request(), key, "PEM")["keypair"]["private_key"] == "PEM"
