"""The journey goes on: the real guest is suspended, rescued, resized and rebuilt, and is itself asked what became of
it."""

from __future__ import annotations

from tests.acceptance.journey import GUEST_S, MARKS, Journey, inside, reached, uptime
from tests.acceptance.trial_cloud import TrialCloud

pytestmark = MARKS
ADMIN = "nova-like-admin"
MEMORY = "awk '/^MemTotal/ { print int($2 / 1024) }' /proc/meminfo"


def becomes(cloud: TrialCloud, status: str) -> None:
    cloud.wait_for_status("first", status, GUEST_S)


def size(cloud: TrialCloud) -> tuple[int, int, int]:
    """(processors, MiB of memory, GiB of the root disk), as the guest counts them: of memory its kernel hides some."""
    said = inside(cloud, "first", f"nproc; {MEMORY}; cat /sys/block/vda/size").split()
    return int(said[0]), int(said[1]), int(said[2]) * 512 >> 30


def flavor(cloud: TrialCloud, name: str, **sizes: int) -> None:
    words = [word for key, amount in sizes.items() for word in (f"--{key}", str(amount))]
    cloud.openstack("flavor", "create", *words, name, cloud=ADMIN)


def test_a_suspended_guest_goes_on_where_it_was(journey: Journey) -> None:
    cloud = journey.cloud
    inside(
        cloud, "first", "echo in memory > /run/held; (while :; do date >> /run/ticks; sleep 1; done) > /dev/null 2>&1 &"
    )
    seconds = uptime(cloud, "first")
    cloud.openstack("server", "suspend", "first")
    becomes(cloud, "SUSPENDED")
    assert not cloud.ssh("first", "true").ok
    cloud.openstack("server", "resume", "first")
    becomes(cloud, "ACTIVE")
    reached(cloud, "first")
    assert inside(cloud, "first", "cat /run/held") == "in memory\n"
    assert uptime(cloud, "first") > seconds, "it was not started anew"
    ticks = int(inside(cloud, "first", "wc -l < /run/ticks"))
    cloud.wait(lambda: int(inside(cloud, "first", "wc -l < /run/ticks")) > ticks, "its process does not go on")


def test_a_rescued_guest_has_its_own_disk_second(journey: Journey) -> None:
    cloud = journey.cloud
    addresses = cloud.server("first")["addresses"]
    inside(cloud, "first", "echo its own > /root/own; sync")
    cloud.openstack("server", "rescue", "first")
    becomes(cloud, "RESCUE")
    reached(cloud, "first")
    assert not cloud.ssh("first", "test -e /root/own").ok, "its root is the image's"
    inside(cloud, "first", "mkdir -p /mnt/own && mount -t ext4 /dev/vdb1 /mnt/own")
    assert inside(cloud, "first", "cat /mnt/own/root/own; hostname") == "its own\nfirst\n"
    inside(cloud, "first", "echo mended > /mnt/own/root/own; umount /mnt/own; echo lost > /root/lost; sync")
    cloud.openstack("server", "unrescue", "first")
    becomes(cloud, "ACTIVE")
    reached(cloud, "first")
    assert inside(cloud, "first", "cat /root/own") == "mended\n", "what was written to it meanwhile stays"
    assert not cloud.ssh("first", "test -e /dev/vdb -o -e /root/lost").ok
    assert cloud.server("first")["addresses"] == addresses


def test_a_resized_guest_is_confirmed_without_a_break(journey: Journey) -> None:
    cloud, was = journey.cloud, size(journey.cloud)
    flavor(cloud, "roomy", vcpus=2, ram=160, disk=2)
    cloud.openstack("server", "resize", "--flavor", "roomy", "first")
    becomes(cloud, "VERIFY_RESIZE")
    reached(cloud, "first")
    processors, memory, disk = size(cloud)
    assert (was[0], was[2], processors, disk) == (1, 1, 2, 2) and memory >= was[1] + 50
    seconds = uptime(cloud, "first")
    cloud.openstack("server", "resize", "confirm", "first")
    becomes(cloud, "ACTIVE")
    assert uptime(cloud, "first") > seconds
    assert inside(cloud, "first", "cat /root/own") == "mended\n", "its files went along"


def test_a_resized_guest_is_taken_back(journey: Journey) -> None:
    """Whether it has come up as the larger one or not."""
    cloud, was = journey.cloud, size(journey.cloud)
    flavor(cloud, "roomier", vcpus=3, ram=200, disk=3)
    cloud.openstack("server", "resize", "--flavor", "roomier", "first")
    becomes(cloud, "VERIFY_RESIZE")
    cloud.openstack("server", "resize", "revert", "first")
    becomes(cloud, "ACTIVE")
    reached(cloud, "first")
    assert size(cloud) == was
    assert inside(cloud, "first", "cat /root/own") == "mended\n"
    assert cloud.server("first")["flavor"]["original_name"] == "roomy"


def test_a_rebuilt_guest_has_a_new_disk_and_its_old_address(journey: Journey) -> None:
    cloud, before, was = journey.cloud, journey.cloud.server("first"), size(journey.cloud)
    cloud.openstack("server", "rebuild", "--image", "guest", "first")
    becomes(cloud, "ACTIVE")
    reached(cloud, "first")
    assert inside(cloud, "first", "ls -A /root") == ".ssh\n", "nothing but the key that it was given anew"
    (address,) = before["addresses"]["flat"]
    assert address in inside(cloud, "first", "ip -4 -o addr") and size(cloud) == was
    after = cloud.server("first")
    assert [after[key] for key in ("id", "addresses", "flavor")] == [
        before[key] for key in ("id", "addresses", "flavor")
    ]
    events = [event["Action"] for event in cloud.openstack_json("server", "event", "list", "first")]
    assert events[:7] == ["rebuild", "revertResize", "resize", "confirmResize", "resize", "unrescue", "rescue"]
