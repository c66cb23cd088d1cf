"""The unmodified `aws` command on a cloud of separate daemons with played guests, and each dialect on the other's
instances."""

import base64
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from tests.acceptance.trial_cloud import TrialCloud


def image(cloud: TrialCloud) -> str:
    """The seeded image's EC2 id."""
    (found,) = cloud.aws("ec2", "describe-images", "--filters", "Name=name,Values=guest")["Images"]
    assert found["State"] == "available" and found["Public"] is True
    return str(found["ImageId"])


def run(cloud: TrialCloud, *words: str) -> list[dict[str, Any]]:
    """`aws ec2 run-instances` with the least that it needs."""
    reservation = cloud.aws(
        "ec2", "run-instances", "--image-id", image(cloud), "--instance-type", "m1.nano", *words
    )  # fmt: skip
    return list(reservation["Instances"])


def wait(cloud: TrialCloud, state: str, *ids: str) -> None:
    """`aws ec2 wait instance-STATE`, which asks every 15 s."""
    cloud.aws("ec2", "wait", f"instance-{state}", "--instance-ids", *ids)


@pytest.fixture
def instance(fake_cloud: TrialCloud, name: str) -> Iterator[str]:
    """The id of a running instance of that Name, gone after the test."""
    tags = f"ResourceType=instance,Tags=[{{Key=Name,Value={name}}}]"
    (made,) = run(fake_cloud, "--tag-specifications", tags, "--key-name", "trial")
    wait(fake_cloud, "running", made["InstanceId"])
    yield made["InstanceId"]
    fake_cloud.try_aws("ec2", "terminate-instances", "--instance-ids", made["InstanceId"])


def test_get_caller_identity(fake_cloud: TrialCloud) -> None:
    caller = fake_cloud.aws("sts", "get-caller-identity")
    assert len(caller["Account"]) == 12 and caller["Account"].isdigit()
    assert caller["Arn"] == f"arn:aws:iam::{caller['Account']}:user/demo"
    assert caller["UserId"] == fake_cloud.openstack_json("token", "issue")["user_id"]


def test_an_instance_from_its_run_to_its_end(fake_cloud: TrialCloud, name: str) -> None:
    tags = f"ResourceType=instance,Tags=[{{Key=Name,Value={name}}},{{Key=role,Value=web}}]"
    made = run(fake_cloud, "--count", "2", "--key-name", "trial", "--tag-specifications", tags)
    ids = sorted(one["InstanceId"] for one in made)
    assert len(set(ids)) == 2 and all(one.startswith("i-") and len(one) == 19 for one in ids)
    assert {one["State"]["Name"] for one in made} <= {"pending", "running"}
    wait(fake_cloud, "running", *ids)
    filters = ["--filters", f"Name=tag:Name,Values={name}", "Name=instance-state-name,Values=running"]
    shown = fake_cloud.instances(*filters)
    assert sorted(one["InstanceId"] for one in shown) == ids
    assert all(one["PrivateIpAddress"].startswith("10.77.") for one in shown)
    assert {(one["InstanceType"], one["KeyName"]) for one in shown} == {("m1.nano", "trial")}
    assert fake_cloud.instances(*filters, "Name=private-ip-address,Values=10.99.9.9") == []
    gone = fake_cloud.aws("ec2", "terminate-instances", "--instance-ids", *ids)["TerminatingInstances"]
    assert {one["CurrentState"]["Name"] for one in gone} <= {"shutting-down", "terminated"}
    wait(fake_cloud, "terminated", *ids)
    assert fake_cloud.instances(*filters) == []


def test_create_tags(fake_cloud: TrialCloud, instance: str, name: str) -> None:
    fake_cloud.aws("ec2", "create-tags", "--resources", instance, "--tags", f"Key=owner,Value={name}")
    (shown,) = fake_cloud.instances("--filters", f"Name=tag:owner,Values={name}")
    assert {"Key": "owner", "Value": name} in shown["Tags"] and shown["InstanceId"] == instance
    listed = fake_cloud.aws("ec2", "describe-tags", "--filters", f"Name=resource-id,Values={instance}")["Tags"]
    assert {(tag["Key"], tag["Value"]) for tag in listed} == {("Name", name), ("owner", name)}


def test_stop_start_reboot_console(fake_cloud: TrialCloud, instance: str) -> None:
    (stopping,) = fake_cloud.aws("ec2", "stop-instances", "--instance-ids", instance)["StoppingInstances"]
    assert stopping["PreviousState"]["Name"] == "running"
    wait(fake_cloud, "stopped", instance)
    (starting,) = fake_cloud.aws("ec2", "start-instances", "--instance-ids", instance)["StartingInstances"]
    assert starting["PreviousState"] == {"Code": 80, "Name": "stopped"}
    wait(fake_cloud, "running", instance)
    assert fake_cloud.aws("ec2", "reboot-instances", "--instance-ids", instance) is None

    def starts() -> list[str]:
        output = fake_cloud.aws("ec2", "get-console-output", "--instance-id", instance)["Output"]
        return [line.split()[-1] for line in output.splitlines() if line.startswith("fake guest ")]

    fake_cloud.wait(lambda: starts() == ["1", "2", "3"], "the console does not show the reboot")


def test_dry_run_changes_nothing(fake_cloud: TrialCloud) -> None:
    before = fake_cloud.instances()
    words = ["--image-id", image(fake_cloud), "--instance-type", "m1.nano", "--dry-run"]
    answer = fake_cloud.try_aws("ec2", "run-instances", *words)
    assert "(DryRunOperation)" in answer.error and not answer.ok
    assert [one["InstanceId"] for one in fake_cloud.instances()] == [one["InstanceId"] for one in before]


def test_a_client_token_makes_one_instance(fake_cloud: TrialCloud, name: str) -> None:
    (first,) = run(fake_cloud, "--client-token", name)
    (second,) = run(fake_cloud, "--client-token", name)
    assert first["InstanceId"] == second["InstanceId"]
    fake_cloud.aws("ec2", "terminate-instances", "--instance-ids", first["InstanceId"])


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["describe-instances", "--instance-ids", "i-00000000000000001"], "InvalidInstanceID.NotFound"),
        (["terminate-instances", "--instance-ids", "bogus"], "InvalidInstanceID.Malformed"),
        (["describe-vpc-peering-connections"], "InvalidAction"),
        (["run-instances", "--image-id", "ami-00000000000000001"], "InvalidAMIID.NotFound"),
    ],
)
def test_errors_have_their_own_codes(fake_cloud: TrialCloud, words: list[str], code: str) -> None:
    answer = fake_cloud.try_aws("ec2", *words)
    assert not answer.ok and f"({code})" in answer.error


def test_openstack_sees_what_aws_ran(fake_cloud: TrialCloud, instance: str, name: str) -> None:
    shown = fake_cloud.server(name)
    assert shown["status"] == "ACTIVE" and UUID(shown["id"]).hex.startswith(instance.removeprefix("i-"))
    fake_cloud.openstack("server", "stop", name)
    wait(fake_cloud, "stopped", instance)
    fake_cloud.openstack("server", "delete", "--wait", name)
    wait(fake_cloud, "terminated", instance)


def test_aws_sees_what_openstack_created(fake_cloud: TrialCloud, name: str) -> None:
    script = base64.b64encode(name.encode()).decode()
    words = ["--image", "guest", "--flavor", "m1.nano", "--network", "flat", "--key-name", "trial"]
    made = fake_cloud.openstack_json("server", "create", *words, "--wait", name)
    instance = "i-" + UUID(made["id"]).hex[:17]
    (shown,) = fake_cloud.instances("--instance-ids", instance)
    assert (shown["State"]["Name"], shown["KeyName"], shown["ImageId"]) == ("running", "trial", image(fake_cloud))
    assert [shown["PrivateIpAddress"]] == fake_cloud.server(name)["addresses"]["flat"]
    fake_cloud.aws("ec2", "create-tags", "--resources", instance, "--tags", f"Key=script,Value={script}")
    fake_cloud.aws("ec2", "stop-instances", "--instance-ids", instance)
    fake_cloud.wait_for_status(name, "SHUTOFF")
    fake_cloud.aws("ec2", "terminate-instances", "--instance-ids", instance)
    fake_cloud.wait(lambda: not fake_cloud.try_openstack("server", "show", name).ok, "the server does not go away")


def test_an_image_of_an_instance(fake_cloud: TrialCloud, instance: str, name: str) -> None:
    made = fake_cloud.aws("ec2", "create-image", "--instance-id", instance, "--name", name)["ImageId"]

    def available() -> bool:
        return bool(fake_cloud.aws("ec2", "describe-images", "--image-ids", made)["Images"][0]["State"] == "available")

    fake_cloud.wait(available, "the image has no data")
    (other,) = fake_cloud.aws("ec2", "run-instances", "--image-id", made, "--instance-type", "m1.nano")["Instances"]
    wait(fake_cloud, "running", instance, other["InstanceId"])
    fake_cloud.aws("ec2", "terminate-instances", "--instance-ids", other["InstanceId"])
    fake_cloud.aws("ec2", "deregister-image", "--image-id", made)
