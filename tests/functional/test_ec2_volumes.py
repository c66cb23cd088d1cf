"""Volumes of the EC2 dialect by boto3, and requests signed in the old way."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.functional.ec2_cloud import Cloud, code_of, served, wants
from tests.functional.ec2_world import World

UNKNOWN = "vol-0123456789abcdef0"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with served(tmp_path_factory.mktemp("ec2")) as world:
        yield world


@pytest.fixture
def cloud(world: World) -> Cloud:
    return Cloud(world)


def made(cloud: Cloud, **more: object) -> str:
    return str(cloud.ec2.create_volume(AvailabilityZone="nova", **{"Size": 1, **more})["VolumeId"])


def test_a_volume_lives_and_goes(cloud: Cloud) -> None:
    tags = [{"Key": "Name", "Value": "data"}]
    given = cloud.ec2.create_volume(
        AvailabilityZone="nova", Size=2, TagSpecifications=[{"ResourceType": "volume", "Tags": tags}]
    )
    volume = given["VolumeId"]
    assert (given["State"], given["Size"], given["Tags"], given["Encrypted"]) == ("creating", 2, tags, False)
    cloud.world.daemons.settle()
    cloud.ec2.get_waiter("volume_available").wait(VolumeIds=[volume])
    (shown,) = cloud.ec2.describe_volumes(VolumeIds=[volume])["Volumes"]
    assert shown["Attachments"] == [] and shown["AvailabilityZone"] == "nova" and shown["Tags"] == tags
    (status,) = cloud.ec2.describe_volume_status(VolumeIds=[volume])["VolumeStatuses"]
    assert status["VolumeStatus"]["Status"] == "ok" and status["Actions"] == status["Events"] == []
    cloud.ec2.delete_volume(VolumeId=volume)
    cloud.ec2.delete_volume(VolumeId=volume)
    assert cloud.ec2.describe_volumes(VolumeIds=[volume])["Volumes"][0]["State"] == "deleting"
    cloud.world.daemons.settle()
    cloud.ec2.get_waiter("volume_deleted").wait(VolumeIds=[volume])
    assert code_of(cloud.ec2.delete_volume, VolumeId=volume) == "InvalidVolume.NotFound"


def test_client_tokens_of_volumes(cloud: Cloud) -> None:
    first = made(cloud, ClientToken="t")
    assert made(cloud, ClientToken="t") == first
    assert code_of(cloud.ec2.create_volume, AvailabilityZone="nova", Size=3, ClientToken="t") == (
        "IdempotentParameterMismatch"
    )
    assert len(cloud.ec2.describe_volumes()["Volumes"]) == 1


def test_pages_and_filters_of_volumes(cloud: Cloud) -> None:
    ids = {made(cloud) for _ in range(6)}
    cloud.ec2.create_tags(Resources=[min(ids)], Tags=[{"Key": "a", "Value": "b"}])
    first = cloud.ec2.describe_volumes(MaxResults=5)
    rest = cloud.ec2.describe_volumes(MaxResults=5, NextToken=first["NextToken"])
    assert "NextToken" not in rest and {each["VolumeId"] for each in first["Volumes"] + rest["Volumes"]} == ids
    assert "NextToken" not in cloud.ec2.describe_volumes(MaxResults=1100)
    for asked in (wants("tag:a", "b"), wants("tag-key", "?"), wants("volume-id", min(ids))):
        assert [each["VolumeId"] for each in cloud.ec2.describe_volumes(Filters=asked)["Volumes"]] == [min(ids)]
    assert len(cloud.ec2.describe_volumes(Filters=wants("volume-id", "vol-*"))["Volumes"]) == 6
    assert cloud.ec2.describe_volumes(Filters=wants("attachment.instance-id", "*"))["Volumes"] == []
    assert code_of(cloud.ec2.describe_volumes, MaxResults=4) == "InvalidParameterValue"
    assert code_of(cloud.ec2.describe_volumes, MaxResults=5, VolumeIds=list(ids)) == "InvalidParameterCombination"


def test_what_volumes_refuse(cloud: Cloud) -> None:
    volume, create = made(cloud), cloud.ec2.create_volume
    assert code_of(create, AvailabilityZone="nova") == code_of(create, Size=1) == "MissingParameter"
    assert code_of(create, AvailabilityZone="moon", Size=1) == "InvalidZone.NotFound"
    assert code_of(create, AvailabilityZone="nova", Size=0) == "InvalidParameterValue"
    assert code_of(create, AvailabilityZone="nova", Size=1, VolumeType="io2") == "UnknownVolumeType"
    assert code_of(create, AvailabilityZone="nova", Size=1, Encrypted=True) == "UnsupportedOperation"
    assert code_of(create, AvailabilityZone="nova", Size=1, DryRun=True) == "DryRunOperation"
    assert code_of(create, AvailabilityZone="nova", Size=60000) == "VolumeLimitExceeded"
    assert code_of(cloud.ec2.describe_volumes, VolumeIds=[UNKNOWN]) == "InvalidVolume.NotFound"
    assert code_of(cloud.ec2.modify_volume, VolumeId=volume, Size=2) == "UnsupportedOperation"
    other = Cloud(cloud.world).ec2
    assert code_of(other.delete_volume, VolumeId=volume) == "InvalidVolume.NotFound"
    assert other.describe_volumes()["Volumes"] == []


def test_attributes_of_volumes(cloud: Cloud) -> None:
    volume = made(cloud)
    assert cloud.ec2.describe_volume_attribute(VolumeId=volume, Attribute="autoEnableIO")["AutoEnableIO"] == {
        "Value": False
    }
    cloud.ec2.modify_volume_attribute(VolumeId=volume, AutoEnableIO={"Value": False})
    assert code_of(cloud.ec2.modify_volume_attribute, VolumeId=volume, AutoEnableIO={"Value": True}) == (
        "UnsupportedOperation"
    )
    assert cloud.ec2.describe_volumes_modifications(VolumeIds=[volume])["VolumesModifications"] == []


def test_the_old_signature_is_taken(cloud: Cloud) -> None:
    volume = made(cloud)
    old = cloud.account.client(signature_version="v2")
    assert [each["VolumeId"] for each in old.describe_volumes()["Volumes"]] == [volume]
    cloud.account.secret = "another"
    assert code_of(cloud.account.client(signature_version="v2").describe_volumes) == "SignatureDoesNotMatch"


def test_a_volume_is_attached_and_detached(cloud: Cloud) -> None:
    volume, (instance,) = made(cloud), cloud.run()
    cloud.world.daemons.settle()
    given = cloud.ec2.attach_volume(VolumeId=volume, InstanceId=instance, Device="/dev/sdf")
    assert (given["VolumeId"], given["InstanceId"], given["Device"], given["State"]) == (
        volume, instance, "/dev/sdf", "attaching")  # fmt: skip
    assert code_of(cloud.ec2.attach_volume, VolumeId=volume, InstanceId=instance, Device="/dev/sdg") == "VolumeInUse"
    assert code_of(cloud.ec2.detach_volume, VolumeId=volume) in ("IncorrectState", "IncorrectInstanceState")
    cloud.world.daemons.settle()
    cloud.ec2.get_waiter("volume_in_use").wait(VolumeIds=[volume])
    (shown,) = cloud.ec2.describe_volumes(Filters=wants("attachment.instance-id", instance))["Volumes"]
    (attached,) = shown["Attachments"]
    assert (shown["State"], attached["State"], attached["DeleteOnTermination"]) == ("in-use", "attached", False)
    (disk,) = cloud.ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0][
        "BlockDeviceMappings"
    ]
    assert (disk["DeviceName"], disk["Ebs"]["VolumeId"], disk["Ebs"]["Status"]) == ("/dev/sdf", volume, "attached")
    found = cloud.ec2.describe_instances(Filters=wants("block-device-mapping.volume-id", volume))["Reservations"]
    assert [one["InstanceId"] for each in found for one in each["Instances"]] == [instance]
    assert code_of(cloud.ec2.delete_volume, VolumeId=volume) == "VolumeInUse"
    assert cloud.ec2.detach_volume(VolumeId=volume, InstanceId=instance)["State"] == "detaching"
    cloud.world.daemons.settle()
    cloud.ec2.get_waiter("volume_available").wait(VolumeIds=[volume])
    assert code_of(cloud.ec2.detach_volume, VolumeId=volume) == "IncorrectState"


def test_a_volume_that_goes_with_its_instance(cloud: Cloud) -> None:
    (instance,), (kept, lost) = cloud.running(), (made(cloud), made(cloud))
    cloud.world.daemons.settle()
    for device, volume in (("/dev/sdf", kept), ("/dev/sdg", lost)):
        cloud.ec2.attach_volume(VolumeId=volume, InstanceId=instance, Device=device)
        cloud.world.daemons.settle()

    def modify(device: str, **ebs: Any) -> Any:
        mapping = {"DeviceName": device, "Ebs": ebs}
        return cloud.ec2.modify_instance_attribute(InstanceId=instance, BlockDeviceMappings=[mapping])

    def goes(volume: str) -> bool:
        (attached,) = cloud.ec2.describe_volumes(VolumeIds=[volume])["Volumes"][0]["Attachments"]
        return bool(attached["DeleteOnTermination"])

    modify("/dev/sdf", DeleteOnTermination=True, VolumeId=kept)
    modify("sdg", DeleteOnTermination=True)
    assert goes(kept) and goes(lost)
    modify("/dev/sdf", DeleteOnTermination=False)
    modify("/dev/sdg")
    assert (goes(kept), goes(lost)) == (False, True)
    for device, ebs in (("/dev/vda", {}), ("/dev/sdz", {}), ("/dev/sdf", {"VolumeId": lost})):
        assert code_of(modify, device=device, DeleteOnTermination=True, **ebs) == "InvalidInstanceAttributeValue"
    asked = {"InstanceId": instance, "Attribute": "blockDeviceMapping", "Value": "x"}
    assert code_of(cloud.ec2.modify_instance_attribute, **asked) == "MissingParameter"
    assert (goes(kept), goes(lost)) == (False, True)


def test_what_cannot_be_attached(cloud: Cloud) -> None:
    (instance,) = cloud.run()
    cloud.world.daemons.settle()
    volume, attach, detach = made(cloud), cloud.ec2.attach_volume, cloud.ec2.detach_volume
    assert code_of(attach, VolumeId=volume, InstanceId=instance, Device="/dev/sdf") == "IncorrectState"  # being made
    cloud.world.daemons.settle()
    assert code_of(attach, VolumeId=UNKNOWN, InstanceId=instance, Device="/dev/sdf") == "InvalidVolume.NotFound"
    assert code_of(attach, VolumeId=volume, InstanceId="i-0123456789abcdef0", Device="/dev/sdf") == (
        "InvalidInstanceID.NotFound"
    )
    for device in ("/dev/sda", "/dev/../vdb", "nonsense"):
        assert code_of(attach, VolumeId=volume, InstanceId=instance, Device=device) in (
            "InvalidParameterValue", "IncorrectState")  # fmt: skip
    assert code_of(detach, VolumeId=volume, InstanceId=instance) == "IncorrectState"
    assert code_of(detach, VolumeId=UNKNOWN) == "InvalidVolume.NotFound"
    other = made(cloud)
    cloud.world.daemons.settle()
    attach(VolumeId=volume, InstanceId=instance, Device="/dev/sdf")
    cloud.world.daemons.settle()
    taken = code_of(attach, VolumeId=other, InstanceId=instance, Device="/dev/xvdf")
    assert taken == "InvalidParameterValue"
    assert code_of(detach, VolumeId=volume, Device="/dev/sdg") == "InvalidAttachment.NotFound"
    cloud.ec2.terminate_instances(InstanceIds=[instance])
    cloud.world.daemons.settle()
    cloud.ec2.get_waiter("volume_available").wait(VolumeIds=[volume])
