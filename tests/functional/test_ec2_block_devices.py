"""Instances of the EC2 dialect that start from volumes and are born with them, by boto3."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from nova_like.db.schema.images import images
from tests.functional.ec2_cloud import Cloud, code_of, served, wants
from tests.functional.ec2_world import World

GIB = 1 << 30
ROOT = {"DeviceName": "/dev/vda", "Ebs": {"VolumeSize": 3}}
DATA = {"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 2, "DeleteOnTermination": True, "VolumeType": "standard"}}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with served(tmp_path_factory.mktemp("ec2")) as world:
        yield world


@pytest.fixture
def cloud(world: World) -> Cloud:
    return Cloud(world)


def volumes(cloud: Cloud) -> dict[str, dict[str, Any]]:
    return {each["VolumeId"]: each for each in cloud.ec2.describe_volumes()["Volumes"]}


def of_size(cloud: Cloud, **facts: int) -> None:
    """The cloud's image is said to be so large."""
    mine = images.c.owner_id == cloud.account.project_id
    cloud.world.db.transact(lambda tx: tx.execute(sa.update(images).where(mine).values(**facts)))


def mapped(shown: dict[str, Any]) -> dict[str, tuple[str, bool]]:
    return {each["DeviceName"]: (each["Ebs"]["Status"], each["Ebs"]["DeleteOnTermination"])
            for each in shown["BlockDeviceMappings"]}  # fmt: skip


def test_an_instance_starts_from_a_volume_of_its_image(cloud: Cloud) -> None:
    asked = {"ImageId": cloud.image, "InstanceType": "m1.tiny", "MinCount": 1, "MaxCount": 1,
             "BlockDeviceMappings": [ROOT, DATA]}  # fmt: skip
    (given,) = cloud.ec2.run_instances(**asked)["Instances"]
    assert (given["RootDeviceType"], given["RootDeviceName"], given["ImageId"]) == ("ebs", "/dev/vda", cloud.image)
    assert mapped(given) == {"/dev/vda": ("attaching", True), "/dev/sdf": ("attaching", True)}
    cloud.world.daemons.settle()
    shown = cloud.show(given["InstanceId"])
    assert (shown["State"]["Name"], shown["RootDeviceType"], shown["ImageId"]) == ("running", "ebs", cloud.image)
    assert mapped(shown) == {"/dev/vda": ("attached", True), "/dev/sdf": ("attached", True)}
    assert {each["Ebs"]["VolumeId"] for each in shown["BlockDeviceMappings"]} == volumes(cloud).keys()
    assert sorted(each["Size"] for each in volumes(cloud).values()) == [2, 3]
    for one in (wants("root-device-type", "ebs"), wants("image-id", cloud.image),
                wants("block-device-mapping.device-name", "/dev/vda")):  # fmt: skip
        assert len(cloud.ec2.describe_instances(Filters=one)["Reservations"]) == 1
    told = cloud.ec2.describe_instance_attribute
    assert told(InstanceId=given["InstanceId"], Attribute="rootDeviceName")["RootDeviceName"] == {"Value": "/dev/vda"}
    found = told(InstanceId=given["InstanceId"], Attribute="blockDeviceMapping")["BlockDeviceMappings"]
    assert found == shown["BlockDeviceMappings"] and found[0]["Ebs"]["AttachTime"]
    cloud.ec2.terminate_instances(InstanceIds=[given["InstanceId"]])
    cloud.world.daemons.settle()
    assert volumes(cloud) == {} and cloud.show(given["InstanceId"])["RootDeviceType"] == "ebs"


def test_volumes_that_stay_and_volumes_that_go(cloud: Cloud) -> None:
    kept = {"DeviceName": "xvdb", "Ebs": {"VolumeSize": 1}}
    (one,) = cloud.running(BlockDeviceMappings=[{"DeviceName": "/dev/sda1", "Ebs": {"DeleteOnTermination": False}},
                                                kept, DATA])  # fmt: skip
    shown = cloud.show(one)
    assert mapped(shown) == {"/dev/vda": ("attached", False), "/dev/xvdb": ("attached", False),
                             "/dev/sdf": ("attached", True)}  # fmt: skip
    by_device = {each["DeviceName"]: each["Ebs"]["VolumeId"] for each in shown["BlockDeviceMappings"]}
    changes = [{"DeviceName": "/dev/vda", "Ebs": {"DeleteOnTermination": True}},
               {"DeviceName": "/dev/sdf", "Ebs": {"DeleteOnTermination": False}}]  # fmt: skip
    cloud.ec2.modify_instance_attribute(InstanceId=one, BlockDeviceMappings=changes)
    cloud.ec2.terminate_instances(InstanceIds=[one])
    cloud.world.daemons.settle()
    assert volumes(cloud).keys() == {by_device["/dev/xvdb"], by_device["/dev/sdf"]}
    assert {each["State"] for each in volumes(cloud).values()} == {"available"}


def test_the_root_volume_is_as_large_as_its_image(cloud: Cloud) -> None:
    of_size(cloud, virtual_size_bytes=2 * GIB + 1)
    cloud.run(BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"DeleteOnTermination": True}}])
    assert [each["Size"] for each in volumes(cloud).values()] == [3]
    of_size(cloud, min_disk_gib=5)
    small = [{"DeviceName": "/dev/vda", "Ebs": {"VolumeSize": 4}}]
    assert code_of(cloud.run, BlockDeviceMappings=small) == "InvalidBlockDeviceMapping"
    assert len(volumes(cloud)) == 1


def test_disks_beside_one_of_its_own_and_names_of_volumes(cloud: Cloud) -> None:
    tags = [{"ResourceType": "volume", "Tags": [{"Key": "Name", "Value": "data"}]},
            {"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "web"}]}]  # fmt: skip
    gone = {"DeviceName": "/dev/sdg", "NoDevice": ""}
    (one, two) = cloud.running(2, BlockDeviceMappings=[DATA, gone], TagSpecifications=tags)
    assert cloud.show(one)["RootDeviceType"] == "instance-store"
    assert mapped(cloud.show(two)) == {"/dev/sdf": ("attached", True)}
    assert [each["Tags"] for each in volumes(cloud).values()] == [tags[0]["Tags"]] * 2
    assert cloud.show(one)["Tags"] == tags[1]["Tags"]
    assert code_of(cloud.run, TagSpecifications=tags) == "InvalidParameterValue"
    cloud.ec2.stop_instances(InstanceIds=[one])
    cloud.world.daemons.settle()
    cloud.ec2.modify_instance_attribute(InstanceId=two, BlockDeviceMappings=[
        {"DeviceName": "/dev/sdf", "Ebs": {"DeleteOnTermination": False}}])  # fmt: skip
    assert mapped(cloud.show(two)) == {"/dev/sdf": ("attached", False)}


def test_a_token_tells_mappings_apart(cloud: Cloud) -> None:
    first = cloud.run(ClientToken="t", BlockDeviceMappings=[ROOT, DATA])
    assert cloud.run(ClientToken="t", BlockDeviceMappings=[ROOT, DATA]) == first
    for other in ([ROOT], [], [{**ROOT, "Ebs": {"VolumeSize": 4}}, DATA]):
        assert code_of(cloud.run, ClientToken="t", BlockDeviceMappings=other) == "IdempotentParameterMismatch"
    cloud.world.daemons.settle()
    assert cloud.run(ClientToken="t", BlockDeviceMappings=[ROOT, DATA]) == first and len(volumes(cloud)) == 2


@pytest.mark.parametrize("mapping, code", [
    ({"Ebs": {"VolumeSize": 1}}, "InvalidBlockDeviceMapping"),
    ({"DeviceName": "/dev/../vdb", "Ebs": {"VolumeSize": 1}}, "InvalidBlockDeviceMapping"),
    ({"DeviceName": "/dev/sdb"}, "InvalidBlockDeviceMapping"),
    ({"DeviceName": "/dev/sdb", "Ebs": {"DeleteOnTermination": True}}, "InvalidBlockDeviceMapping"),
    ({"DeviceName": "/dev/sdb", "Ebs": {"VolumeSize": 1}, "NoDevice": ""}, None),
    ({"DeviceName": "/dev/sdb", "Ebs": {"VolumeSize": 1}, "VirtualName": "x"}, "InvalidBlockDeviceMapping"),
    ({"DeviceName": "/dev/vdf", "Ebs": {"VolumeSize": 1}}, "InvalidBlockDeviceMapping"),  # as DATA's /dev/sdf
    ({"DeviceName": "/dev/xvda", "NoDevice": ""}, "InvalidBlockDeviceMapping"),
    ({"DeviceName": "/dev/sdb", "VirtualName": "ephemeral0"}, "UnsupportedOperation"),
    ({"DeviceName": "/dev/sdb", "Ebs": {"VolumeSize": 0}}, "InvalidParameterValue"),
    ({"DeviceName": "/dev/sdb", "Ebs": {"VolumeSize": 65537}}, "InvalidParameterValue"),
    ({"DeviceName": "/dev/sdb", "Ebs": {"VolumeSize": 60000}}, "VolumeLimitExceeded"),
    ({"DeviceName": "/dev/sdb", "Ebs": {"VolumeSize": 1, "VolumeType": "io2"}}, "UnknownVolumeType"),
    ({"DeviceName": "/dev/sdb", "Ebs": {"SnapshotId": "snap-0123456789abcdef0"}}, "UnsupportedOperation"),
    ({"DeviceName": "/dev/sdb", "Ebs": {"VolumeSize": 1, "Encrypted": True}}, "UnsupportedOperation"),
    ({"DeviceName": "/dev/sdb", "Ebs": {"VolumeSize": 1, "Iops": 100}}, "UnsupportedOperation"),
    ({"DeviceName": "/dev/sdb", "Ebs": {"VolumeSize": 1, "KmsKeyId": "k"}}, "UnsupportedOperation"),
    ({"DeviceName": "/dev/sdb", "Ebs": {"VolumeSize": 1, "AvailabilityZone": "nova"}}, "UnsupportedOperation"),
])  # fmt: skip
def test_mappings_that_are_refused_change_nothing(cloud: Cloud, mapping: dict[str, Any], code: str | None) -> None:
    asked: dict[str, Any] = {"BlockDeviceMappings": [DATA, mapping]}
    if code is None:  # said not to be there, whatever else is said of it
        cloud.run(**asked)
        assert len(volumes(cloud)) == 1
        return
    assert code_of(cloud.run, **asked) == code
    assert code_of(cloud.run, DryRun=True, BlockDeviceMappings=[ROOT, DATA]) == "DryRunOperation"
    assert cloud.ec2.describe_instances()["Reservations"] == [] and volumes(cloud) == {}
    used = cloud.world.db.read(lambda tx: tx.rows(sa.text(
        f"SELECT used FROM quota_usages WHERE project_id = '{cloud.account.project_id}' AND used > 0")))  # fmt: skip
    assert used == []


def test_as_many_as_the_volumes_quota_lets(cloud: Cloud) -> None:
    large = [{"DeviceName": "/dev/sdb", "Ebs": {"VolumeSize": 400}}]  # of 1000
    given = cloud.ec2.run_instances(ImageId=cloud.image, InstanceType="m1.tiny", MinCount=1, MaxCount=4,
                                    BlockDeviceMappings=large)["Instances"]  # fmt: skip
    assert len(given) == len(volumes(cloud)) == 2


def test_templates_with_mappings(cloud: Cloud) -> None:
    data = {"ImageId": cloud.image, "InstanceType": "m1.tiny", "BlockDeviceMappings": [
        {"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 2, "DeleteOnTermination": False}}, DATA,
        {"DeviceName": "/dev/sdh", "NoDevice": ""}]}  # fmt: skip
    cloud.ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData=data)
    (version,) = cloud.ec2.describe_launch_template_versions(LaunchTemplateName="web")["LaunchTemplateVersions"]
    assert version["LaunchTemplateData"] == data
    run = {"MinCount": 1, "MaxCount": 1, "LaunchTemplate": {"LaunchTemplateName": "web"}}
    (one,) = cloud.ec2.run_instances(**run)["Instances"]
    assert mapped(one) == {"/dev/vda": ("attaching", False), "/dev/sdf": ("attaching", True)}
    changed = [{"DeviceName": "/dev/vdf", "NoDevice": ""}, {"DeviceName": "/dev/sdc", "Ebs": {"VolumeSize": 1}}]
    (two,) = cloud.ec2.run_instances(**run, BlockDeviceMappings=changed)["Instances"]
    assert mapped(two) == {"/dev/vda": ("attaching", False), "/dev/sdc": ("attaching", False)}
    before = len(volumes(cloud))
    cloud.ec2.create_launch_template_version(LaunchTemplateName="web", LaunchTemplateData={
        "ImageId": cloud.image, "BlockDeviceMappings": [{"DeviceName": "/dev/sdb"}]})  # fmt: skip
    wrong = {**run, "LaunchTemplate": {"LaunchTemplateName": "web", "Version": "2"}}
    assert code_of(cloud.ec2.run_instances, **wrong) == "InvalidBlockDeviceMapping"
    assert code_of(cloud.ec2.run_instances, **wrong, BlockDeviceMappings=[DATA, DATA]) == "InvalidBlockDeviceMapping"
    assert len(volumes(cloud)) == before


def test_what_is_not_offered_of_what_starts_from_a_volume(cloud: Cloud) -> None:
    (one,) = cloud.running(BlockDeviceMappings=[ROOT])
    assert code_of(cloud.ec2.create_image, InstanceId=one, Name="web") == "UnsupportedOperation"
    (root,) = volumes(cloud)
    assert code_of(cloud.ec2.detach_volume, VolumeId=root) == "OperationNotPermitted"
    cloud.ec2.stop_instances(InstanceIds=[one])
    cloud.world.daemons.settle()
    change = cloud.ec2.modify_instance_attribute
    assert code_of(cloud.ec2.create_image, InstanceId=one, Name="web", NoReboot=True) == "UnsupportedOperation"
    assert code_of(change, InstanceId=one, InstanceType={"Value": "m1.small"}) == "UnsupportedOperation"
    change(InstanceId=one, InstanceType={"Value": "m1.tiny"})  # which it is
    assert len(cloud.ec2.describe_images(Owners=["self"])["Images"]) == 1
    cloud.ec2.start_instances(InstanceIds=[one])
    cloud.world.daemons.settle()
    assert cloud.states([one]) == ["running"] and cloud.show(one)["InstanceType"] == "m1.tiny"
