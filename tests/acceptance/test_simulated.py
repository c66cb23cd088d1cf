"""`tools/up --simulate`: the whole cloud in one process, for a laptop without root and packages; the same clients."""

from collections.abc import Iterator

import pytest

from tests.acceptance import consoles
from tests.acceptance.trial_cloud import TrialCloud
from tools.trial import census


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrialCloud]:
    """Up; whatever happens, down at the end."""
    made = TrialCloud(tmp_path_factory.mktemp("one") / "s", "--simulate", "--hosts", "3")
    try:
        made.up()
        yield made
    finally:
        made.down("--purge")


def test_it_is_one_process(cloud: TrialCloud) -> None:
    assert set(cloud.pids()) == {"supervisor", "all"}


def test_both_clients_boot_in_it(cloud: TrialCloud, name: str) -> None:
    words = ["--image", "guest", "--flavor", "m1.nano", "--network", "flat", "--wait"]
    made = cloud.openstack_json("server", "create", *words, name)
    assert made["status"] == "ACTIVE"
    (seen,) = cloud.instances("--filters", "Name=instance-state-name,Values=running")
    assert seen["PrivateIpAddress"] in made["addresses"]["flat"]
    (other,) = cloud.aws("ec2", "run-instances", "--image-id", seen["ImageId"], "--instance-type", "m1.nano")[
        "Instances"
    ]
    cloud.aws("ec2", "wait", "instance-running", "--instance-ids", other["InstanceId"])
    assert len(cloud.openstack_json("server", "list")) == 2
    with consoles.view(cloud, name, "--serial") as console:
        consoles.say(console, b"as typed\r", b"as typed\r")
    hypervisors = cloud.openstack_json("hypervisor", "list", cloud="nova-like-admin")
    assert [hypervisor["State"] for hypervisor in hypervisors] == ["up"] * 3
    cloud.aws("ec2", "terminate-instances", "--instance-ids", seen["InstanceId"], other["InstanceId"])
    cloud.aws("ec2", "wait", "instance-terminated", "--instance-ids", seen["InstanceId"], other["InstanceId"])


def test_it_goes_on_after_its_death(cloud: TrialCloud, name: str) -> None:
    volume = cloud.openstack_json("volume", "create", "--size", "1", name)
    cloud.down()
    assert census.ours(cloud.state) == {}
    cloud.up()
    cloud.wait(
        lambda: cloud.openstack_json("volume", "show", volume["id"])["status"] == "available", "the volume is lost"
    )
