"""The unmodified `openstack` command on a cloud of separate daemons with played guests: what it prints is judged."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from tests.acceptance.trial_cloud import TrialCloud

ADMIN = "nova-like-admin"
ISO_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"


@pytest.fixture
def server(fake_cloud: TrialCloud, name: str) -> Iterator[str]:
    """The name of an ACTIVE server that is gone after the test."""
    fake_cloud.openstack(
        "server", "create", "--image", "guest", "--flavor", "m1.nano", "--network", "flat", "--wait", name
    )
    yield name
    fake_cloud.try_openstack("server", "delete", "--wait", name)


def test_token_issue(fake_cloud: TrialCloud) -> None:
    token = fake_cloud.openstack_json("token", "issue")
    assert set(token) == {"expires", "id", "project_id", "user_id"}
    assert token["id"].startswith("gAAAA")
    assert re.fullmatch(ISO_TIME + r"\+0000", token["expires"])


def test_a_wrong_password_is_refused(fake_cloud: TrialCloud) -> None:
    answer = fake_cloud.try_openstack("--os-password", "wrong", "token", "issue")
    assert not answer.ok
    assert "The request you have made requires authentication" in answer.error and "401" in answer.error


def test_catalog_list(fake_cloud: TrialCloud) -> None:
    catalog = {service["Type"]: service for service in fake_cloud.openstack_json("catalog", "list")}
    assert {"identity", "compute", "image", "network", "volumev3", "block-storage"} <= set(catalog)
    for service in catalog.values():
        assert {endpoint["interface"] for endpoint in service["Endpoints"]} == {"public", "internal", "admin"}
        assert {endpoint["region"] for endpoint in service["Endpoints"]} == {"RegionOne"}
    assert catalog["compute"]["Endpoints"][0]["url"].endswith("/compute/v2.1")


def test_image_create_from_a_file(fake_cloud: TrialCloud, name: str, tmp_path: Path) -> None:
    content = b"not all zeros" * 100_000
    (tmp_path / "disk.raw").write_bytes(content)
    formats = ["--disk-format", "raw", "--container-format", "bare"]
    made = fake_cloud.openstack_json("image", "create", *formats, "--file", str(tmp_path / "disk.raw"), name)
    shown = fake_cloud.openstack_json("image", "show", name)
    assert (shown["id"], shown["status"], shown["size"]) == (made["id"], "active", len(content))
    assert shown["checksum"] == hashlib.md5(content).hexdigest()
    assert shown["properties"]["os_hash_value"] == hashlib.sha512(content).hexdigest()
    assert {"ID": made["id"], "Name": name, "Status": "active"} in fake_cloud.openstack_json("image", "list")
    fake_cloud.openstack("image", "save", "--file", str(tmp_path / "back"), name)
    assert (tmp_path / "back").read_bytes() == content
    fake_cloud.openstack("image", "delete", name)
    assert "No Image found for" in fake_cloud.try_openstack("image", "show", name).error


def test_an_image_that_lies_is_refused(fake_cloud: TrialCloud, name: str, tmp_path: Path) -> None:
    (tmp_path / "liar").write_bytes(b"no qcow2 at all" * 1000)
    formats = ["--disk-format", "qcow2", "--container-format", "bare"]
    answer = fake_cloud.try_openstack("image", "create", *formats, "--file", str(tmp_path / "liar"), name)
    assert not answer.ok and "40" in answer.error
    assert all(image["Status"] != "active" for image in fake_cloud.openstack_json("image", "list", "--name", name))


def test_keypair_create(fake_cloud: TrialCloud, name: str, tmp_path: Path) -> None:
    private = tmp_path / "key"
    made = fake_cloud.openstack_json("keypair", "create", "--private-key", str(private), name)
    assert private.read_text().startswith("-----BEGIN OPENSSH PRIVATE KEY-----")
    assert re.fullmatch("([0-9a-f]{2}:){15}[0-9a-f]{2}", made["fingerprint"])
    listed = {key["Name"]: key for key in fake_cloud.openstack_json("keypair", "list")}
    assert listed[name]["Fingerprint"] == made["fingerprint"]
    fake_cloud.openstack("keypair", "delete", name)
    assert name not in {key["Name"] for key in fake_cloud.openstack_json("keypair", "list")}


def test_server_create_show_list_delete(fake_cloud: TrialCloud, name: str) -> None:
    words = ["--image", "guest", "--flavor", "m1.nano", "--network", "flat", "--key-name", "trial"]
    made = fake_cloud.openstack_json("server", "create", *words, "--property", "role=web", "--wait", name)
    assert (made["status"], made["name"], made["key_name"]) == ("ACTIVE", name, "trial")
    shown = fake_cloud.server(name)
    assert shown["id"] == made["id"] and UUID(shown["id"]).version == 4
    assert (shown["OS-EXT-STS:vm_state"], shown["OS-EXT-STS:task_state"]) == ("active", None)
    assert shown["properties"] == {"role": "web"}
    assert shown["flavor"]["original_name"] == "m1.nano" and shown["flavor"]["ram"] == 96
    assert shown["image"].startswith("guest (")
    assert shown["OS-EXT-SRV-ATTR:host"] is None, "only operators may see the host"
    (address,) = shown["addresses"]["flat"]
    assert address.startswith("10.77.")
    listed = [server for server in fake_cloud.openstack_json("server", "list") if server["ID"] == made["id"]]
    assert listed == [
        {"ID": made["id"], "Name": name, "Status": "ACTIVE", "Networks": {"flat": [address]}, "Image": "guest",
         "Flavor": "m1.nano"}
    ]  # fmt: skip
    as_admin = fake_cloud.openstack_json("server", "show", made["id"], cloud=ADMIN)
    assert as_admin["OS-EXT-SRV-ATTR:host"].startswith("fake-")
    fake_cloud.openstack("server", "delete", "--wait", name)
    assert "No Server found for" in fake_cloud.try_openstack("server", "show", name).error


def test_an_impossible_server_says_why(fake_cloud: TrialCloud, name: str) -> None:
    missing = fake_cloud.try_openstack("server", "create", "--image", "none", "--flavor", "m1.nano", name)
    assert not missing.ok and "No Image found for none" in missing.error
    answer = fake_cloud.try_openstack(
        "server",
        "create",
        "--image",
        "guest",
        "--flavor",
        "m1.large",
        "--network",
        "flat",
        "--min",
        "9",
        "--max",
        "9",
        name,
    )
    assert not answer.ok and "Quota exceeded" in answer.error and "403" in answer.error


def test_stop_start_reboot_console_events(fake_cloud: TrialCloud, server: str) -> None:
    fake_cloud.openstack("server", "stop", server)
    fake_cloud.wait_for_status(server, "SHUTOFF")
    assert fake_cloud.server(server)["OS-EXT-STS:power_state"] == 4, "shut down"
    refused = fake_cloud.try_openstack("server", "stop", server)
    assert "409" in refused.error and "while it is in vm_state stopped" in refused.error
    fake_cloud.openstack("server", "start", server)
    fake_cloud.wait_for_status(server, "ACTIVE")
    assert "Complete" in fake_cloud.openstack("server", "reboot", "--wait", server)
    assert "Complete" in fake_cloud.openstack("server", "reboot", "--hard", "--wait", server)
    console = fake_cloud.openstack("console", "log", "show", server).splitlines()
    starts = [line.split()[-2:] for line in console if line.startswith("fake guest ")]
    assert starts == [["start", str(number)] for number in (1, 2, 3, 4)]
    # as Nova counts: the end of the last line begins one more
    assert fake_cloud.openstack("console", "log", "show", "--lines", "2", server).splitlines() == console[-1:]
    events = fake_cloud.openstack_json("server", "event", "list", server)
    assert [event["Action"] for event in events] == ["reboot", "reboot", "start", "stop", "create"]
    assert all(event["Request ID"].startswith("req-") for event in events)
    detail = fake_cloud.openstack_json("server", "event", "show", server, events[-1]["Request ID"])
    assert detail["action"] == "create" and detail["events"], "an action has its steps"


def test_volume_create_list_delete(fake_cloud: TrialCloud, name: str) -> None:
    made = fake_cloud.openstack_json("volume", "create", "--size", "1", "--description", "mine", name)
    assert (made["size"], made["name"], made["description"]) == (1, name, "mine")

    def status() -> list[str]:
        return [row["Status"] for row in fake_cloud.openstack_json("volume", "list") if row["ID"] == made["id"]]

    fake_cloud.wait(lambda: status() == ["available"], "the volume does not become available")
    shown = fake_cloud.openstack_json("volume", "show", name)
    assert (shown["id"], shown["status"], shown["bootable"]) == (made["id"], "available", False)
    fake_cloud.openstack("volume", "delete", name)
    fake_cloud.wait(lambda: status() == [], "the volume does not go away")


def test_compute_service_list(fake_cloud: TrialCloud) -> None:
    listed = fake_cloud.openstack_json("compute", "service", "list", cloud=ADMIN)
    assert {"nova-compute", "nova-scheduler"} <= {service["Binary"] for service in listed}
    computes = [service for service in listed if service["Binary"] == "nova-compute"]
    assert [service["Host"] for service in computes] == [f"fake-{number:03}" for number in range(1, 6)]
    assert {(service["Status"], service["State"], service["Zone"]) for service in computes} == {
        ("enabled", "up", "nova")
    }
    assert "403" in fake_cloud.try_openstack("compute", "service", "list").error


def test_hypervisor_list(fake_cloud: TrialCloud) -> None:
    listed = fake_cloud.openstack_json("hypervisor", "list", cloud=ADMIN)
    names = [hypervisor["Hypervisor Hostname"] for hypervisor in listed]
    assert names == [f"fake-{number:03}" for number in range(1, 6)]
    assert {hypervisor["State"] for hypervisor in listed} == {"up"}
    shown = fake_cloud.openstack_json("hypervisor", "show", names[0], cloud=ADMIN)
    assert shown["hypervisor_hostname"] == names[0] and shown["state"] == "up"


def test_flavor_list(fake_cloud: TrialCloud) -> None:
    flavors = {flavor["Name"]: flavor for flavor in fake_cloud.openstack_json("flavor", "list")}
    nano = flavors["m1.nano"]
    assert (nano["RAM"], nano["Disk"], nano["VCPUs"], nano["Is Public"]) == (96, 1, 1, True)


def test_limits_show_follows_use(fake_cloud: TrialCloud, server: str) -> None:
    limits = fake_cloud.openstack_facts("limits", "show", "--absolute")
    assert (limits["max_total_instances"], limits["max_total_cores"]) == (10, 20)
    servers = len(fake_cloud.openstack_json("server", "list"))
    assert limits["total_instances_used"] == servers >= 1
    assert limits["total_ram_used"] == 96 * servers
