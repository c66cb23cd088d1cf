"""The main journey on a real cloud: a real guest, asked for by unmodified clients. The tests stand in the order of the
journey, which goes on in test_guest_changed.py; test_guest_ended.py ends it."""

from __future__ import annotations

import urllib.request
from pathlib import Path

from tests.acceptance import browser, consoles
from tests.acceptance.journey import GUEST_S, MARKS, Journey, boots, changes, come_up, inside, reached, uptime
from tests.acceptance.trial_cloud import TrialCloud
from tools.trial import census
from tools.trial.layout import ROOT

pytestmark = MARKS


def test_up_reaches_a_guest_by_the_key_from_metadata(journey: Journey) -> None:
    assert "answers ssh" in journey.said
    server = journey.cloud.server("first")
    assert (server["status"], server["key_name"]) == ("ACTIVE", "trial")
    assert "authorized_keys" in inside(journey.cloud, "first", "ls /root/.ssh")
    (address,) = server["addresses"]["flat"]
    assert address in inside(journey.cloud, "first", "ip -4 -o addr")
    assert inside(journey.cloud, "first", "hostname").strip() == "first"


def test_a_second_up_changes_nothing(journey: Journey) -> None:
    cloud = journey.cloud
    pids, there, server = cloud.pids(), census.take(cloud.state), cloud.server("first")
    said = cloud.up()
    assert cloud.pids() == pids
    # servers' own helpers come and go (autovacuum, backends): of processes, those that tools/up started are compared
    assert [line for line in changes(cloud, there) if not line.startswith("processes:")] == []
    assert cloud.server("first") == server
    assert len(cloud.openstack_json("server", "list")) == 1
    assert said.count("already running") == 3 and "already there" in said


def test_the_console_log_shows_the_guest_up(journey: Journey) -> None:
    journey.cloud.wait(lambda: boots(journey.cloud, "first") == 1, "the console does not show UP", GUEST_S)
    console = journey.cloud.openstack("console", "log", "show", "first")
    instance = journey.cloud.instances()[0]["InstanceId"]
    assert f"metadata instance-id={instance} imds=v2" in console and "sshkey ok" in console


def test_its_serial_console_is_a_shell(journey: Journey) -> None:
    with consoles.view(journey.cloud, "first", "--serial") as shell:
        consoles.say(shell, b"echo $((40 + 2))-seen\r", b"42-seen")
        with consoles.view(journey.cloud, "first", "--serial") as second:
            consoles.say(second, b"echo $((50 + 2))-seen\r", b"52-seen")
            consoles.wait_closed(shell)


def test_its_display_shows_a_picture(journey: Journey) -> None:
    address = consoles.address(journey.cloud, "first", "--novnc")
    page = urllib.request.urlopen(address, timeout=60).read()
    assert b"rfb.js" in page, "noVNC's page"
    with consoles.opened(address) as display:
        name, width, height, pixels = consoles.picture(display)
    assert journey.cloud.server("first")["id"] in name
    assert width * height * 4 == len(pixels) and len(set(pixels)) > 1, "not all of one colour"


def test_a_browser_shows_its_display(journey: Journey, tmp_path: Path) -> None:
    cloud = journey.cloud
    with consoles.view(cloud, "first", "--novnc") as display:
        name, width, height, _ = consoles.picture(display)
    with browser.shows(consoles.address(cloud, "first", "--novnc"), tmp_path) as page:
        cloud.wait(lambda: consoles.said(page) == f"Connected to {name}", "noVNC does not connect")
        cloud.wait(lambda: consoles.canvas(page)[2] > 1, "noVNC's picture stays of one colour")
        assert consoles.canvas(page)[:2] == (width, height)


def holds(cloud: TrialCloud, server: str) -> str:
    """What the guest reads at the start of its volume."""
    return inside(cloud, server, "dd if=/dev/vdb bs=16 count=1 2>/dev/null")[:7]


def volume_is(cloud: TrialCloud, status: str) -> None:
    cloud.wait(lambda: cloud.openstack_json("volume", "show", "data")["status"] == status,
               f"the volume does not become {status}", GUEST_S)  # fmt: skip


def test_a_volume_is_attached_while_the_guest_runs(journey: Journey) -> None:
    cloud, seconds = journey.cloud, uptime(journey.cloud, "first")
    cloud.openstack("volume", "create", "--size", "1", "data")
    volume_is(cloud, "available")
    cloud.openstack("server", "add", "volume", "first", "data")
    volume_is(cloud, "in-use")
    cloud.wait(lambda: cloud.ssh("first", "test -b /dev/vdb").ok, "the guest does not see its volume", GUEST_S)
    volume = cloud.openstack_json("volume", "show", "data")["id"]
    assert inside(cloud, "first", "cat /sys/block/vdb/serial").strip() == volume[:20]
    inside(cloud, "first", "printf 'carried' | dd of=/dev/vdb 2>/dev/null && sync")
    assert holds(cloud, "first") == "carried" and uptime(cloud, "first") > seconds


def test_openstack_reboots_stops_and_starts_it_for_real(journey: Journey) -> None:
    cloud = journey.cloud
    inside(cloud, "first", "echo kept > /root/kept; sync")
    before = boots(cloud, "first")
    for how in ("--soft", "--hard"):
        cloud.openstack("server", "reboot", how, "--wait", "first")
        before += 1
        come_up(cloud, "first", before)
        reached(cloud, "first")
    cloud.openstack("server", "stop", "first")
    cloud.wait_for_status("first", "SHUTOFF")
    assert not cloud.ssh("first", "true").ok
    cloud.openstack("server", "start", "first")
    cloud.wait_for_status("first", "ACTIVE")
    reached(cloud, "first")
    assert inside(cloud, "first", "cat /root/kept") == "kept\n", "the disk stays over power changes"
    assert holds(cloud, "first") == "carried", "so does the volume"
    events = [event["Action"] for event in cloud.openstack_json("server", "event", "list", "first")]
    assert events == ["start", "stop", "reboot", "reboot", "attach_volume", "create"]


def test_the_guest_lets_go_of_its_volume(journey: Journey) -> None:
    """While it runs: which is its kernel's own doing. It comes back once it is there for another guest."""
    cloud = journey.cloud
    cloud.openstack("server", "remove", "volume", "first", "data")
    volume_is(cloud, "available")
    assert not cloud.ssh("first", "test -e /dev/vdb").ok


def test_an_image_of_the_running_guest_boots_with_its_files(journey: Journey) -> None:
    cloud, seconds = journey.cloud, uptime(journey.cloud, "first")
    cloud.openstack("server", "image", "create", "--name", "copy", "--wait", "first")
    made = cloud.openstack_json("image", "show", "copy")
    assert (made["status"], made["visibility"]) == ("active", "private")
    words = ["--image", "copy", "--flavor", "m1.nano", "--network", "flat", "--key-name", "trial"]
    cloud.openstack("server", "create", *words, "--wait", "copied")
    reached(cloud, "copied")
    assert inside(cloud, "copied", "cat /root/kept; hostname") == "kept\ncopied\n"
    cloud.openstack("server", "add", "volume", "copied", "data")
    cloud.wait(lambda: cloud.ssh("copied", "test -b /dev/vdb").ok, "the guest does not see the volume", GUEST_S)
    assert holds(cloud, "copied") == "carried", "what the first guest wrote"
    assert uptime(cloud, "first") > seconds, "it went on"
    cloud.openstack("server", "delete", "--wait", "copied")
    volume_is(cloud, "available")
    cloud.openstack("volume", "delete", "data")
    cloud.openstack("image", "delete", "copy")


def test_a_shelved_guest_comes_back_with_its_files(journey: Journey) -> None:
    cloud = journey.cloud
    before = cloud.server("first")
    inside(cloud, "first", "echo put away > /root/shelved; sync")
    cloud.openstack("server", "shelve", "first")
    cloud.wait_for_status("first", "SHELVED_OFFLOADED", GUEST_S)
    assert not cloud.ssh("first", "true").ok
    cloud.openstack("server", "unshelve", "first")
    cloud.wait_for_status("first", "ACTIVE", GUEST_S)
    reached(cloud, "first")
    assert inside(cloud, "first", "cat /root/shelved") == "put away\n", "its disk went to an image and back"
    assert cloud.server("first")["addresses"] == before["addresses"]
    assert [image["Name"] for image in cloud.openstack_json("image", "list") if "shelved" in image["Name"]] == []


def test_a_guest_that_powers_itself_off_is_seen(journey: Journey) -> None:
    cloud = journey.cloud
    inside(cloud, "first", "(sleep 1; poweroff) > /dev/null 2>&1 &")  # ssh would wait for its dead peer
    cloud.wait_for_status("first", "SHUTOFF")
    cloud.openstack("server", "start", "first")
    reached(cloud, "first")


def test_aws_runs_stops_and_ends_a_real_guest(journey: Journey) -> None:
    cloud = journey.cloud
    image = cloud.aws("ec2", "describe-images", "--filters", "Name=name,Values=guest")["Images"][0]["ImageId"]
    script = "#!/bin/sh\necho from user data > /root/said\n"
    words = ["--image-id", image, "--instance-type", "m1.nano", "--key-name", "trial", "--user-data", script]
    tags = "ResourceType=instance,Tags=[{Key=Name,Value=second}]"
    (made,) = cloud.aws("ec2", "run-instances", *words, "--tag-specifications", tags)["Instances"]
    ids = ["--instance-ids", made["InstanceId"]]
    cloud.aws("ec2", "wait", "instance-running", *ids)
    reached(cloud, "second")
    cloud.wait(lambda: cloud.ssh("second", "cat /root/said").out == "from user data\n", "user data did not run")
    cloud.aws("ec2", "reboot-instances", *ids)
    come_up(cloud, "second", 2)
    assert "UP" in cloud.aws("ec2", "get-console-output", "--instance-id", made["InstanceId"])["Output"]
    cloud.aws("ec2", "stop-instances", *ids)
    cloud.aws("ec2", "wait", "instance-stopped", *ids)
    cloud.aws("ec2", "start-instances", *ids)
    cloud.aws("ec2", "wait", "instance-running", *ids)
    reached(cloud, "second")
    assert uptime(cloud, "second") < uptime(cloud, "first")
    cloud.aws("ec2", "terminate-instances", *ids)
    cloud.aws("ec2", "wait", "instance-terminated", *ids)
    assert [row["Name"] for row in cloud.openstack_json("server", "list")] == ["first"]


def test_the_tour_of_the_readme(journey: Journey) -> None:
    cloud = journey.cloud
    text = (ROOT / "README.rst").read_text().split("\nA tour\n")[1]
    block = next(part for part in text.split("\n\n") if part.startswith("    tools/up"))
    lines = [line.strip() for line in block.replace("tools/ssh", f"tools/ssh --state {cloud.state}").splitlines()]
    script = "\n".join(lines[1:]).replace(" .state", f" {cloud.state}")
    said = cloud.shell(script)
    assert "Linux first" in said and said.count("ACTIVE") >= 2
    others = [row["ID"] for row in cloud.openstack_json("server", "list") if row["Name"] != "first"]
    assert len(others) == 2
    cloud.openstack("server", "delete", "--wait", *others)
