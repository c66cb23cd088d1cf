"""The EC2 dialect by an unmodified client, boto3, over HTTP."""

import base64
import io
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from PIL import Image

from nova_like import concurrency
from nova_like.api.ec2 import ids
from nova_like.model.context import Context
from tests.functional.ec2_cloud import Cloud, code_of
from tests.functional.ec2_world import Account, World

UNKNOWN = "i-0123456789abcdef0"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(Path(tmp_path_factory.mktemp("ec2")))
    with world.serving():
        yield world


@pytest.fixture
def cloud(served: World) -> Cloud:
    return Cloud(served, concurrency.new_id())


def filtered(cloud: Cloud, *asked: tuple[str, str]) -> set[str]:
    found = cloud.ec2.describe_instances(Filters=[{"Name": name, "Values": [value]} for name, value in asked])
    return {each["InstanceId"] for group in found["Reservations"] for each in group["Instances"]}


def test_an_instance_lives_and_goes(cloud: Cloud) -> None:
    (instance,) = made = cloud.run()
    assert cloud.states(made) == ["pending"]
    cloud.world.daemons.settle()
    cloud.ec2.get_waiter("instance_running").wait(InstanceIds=made)
    stopping = cloud.ec2.stop_instances(InstanceIds=made)["StoppingInstances"]
    assert [(s["PreviousState"]["Name"], s["CurrentState"]["Name"]) for s in stopping] == [("running", "stopping")]
    assert code_of(cloud.ec2.start_instances, InstanceIds=made) == "IncorrectInstanceState"
    cloud.world.daemons.settle()
    cloud.ec2.get_waiter("instance_stopped").wait(InstanceIds=made)
    assert code_of(cloud.ec2.reboot_instances, InstanceIds=made) == "IncorrectInstanceState"
    cloud.ec2.start_instances(InstanceIds=made)
    cloud.world.daemons.settle()
    cloud.ec2.reboot_instances(InstanceIds=made)
    cloud.world.daemons.settle()
    gone = cloud.ec2.terminate_instances(InstanceIds=made)["TerminatingInstances"][0]
    assert gone["CurrentState"] == {"Code": 32, "Name": "shutting-down"} and gone["InstanceId"] == instance
    cloud.world.daemons.settle()
    cloud.ec2.get_waiter("instance_terminated").wait(InstanceIds=made)
    again = cloud.ec2.terminate_instances(InstanceIds=made)["TerminatingInstances"][0]
    assert again["CurrentState"]["Name"] == "terminated"
    assert code_of(cloud.ec2.stop_instances, InstanceIds=made) == "IncorrectInstanceState"


def test_what_an_instance_shows(cloud: Cloud) -> None:
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "web <1>"}, {"Key": "a", "Value": ""}]}]
    key = cloud.ec2.create_key_pair(KeyName="k", KeyType="ed25519")
    reply = cloud.ec2.run_instances(
        ImageId=cloud.image, InstanceType="m1.small", MinCount=1, MaxCount=3, KeyName="k", UserData="#!/bin/sh",
        TagSpecifications=tags, Placement={"AvailabilityZone": "nova"},
    )  # fmt: skip
    assert key["KeyMaterial"].startswith("-----BEGIN ")
    assert [each["AmiLaunchIndex"] for each in reply["Instances"]] == [0, 1, 2]
    assert len(reply["OwnerId"]) == 12 and reply["ReservationId"].startswith("r-")
    cloud.world.daemons.settle()
    (group,) = cloud.ec2.describe_instances()["Reservations"]
    shown = group["Instances"][0]
    assert len(group["Instances"]) == 3 and group["OwnerId"] == reply["OwnerId"]
    assert shown["ImageId"] == cloud.image and shown["InstanceType"] == "m1.small" and shown["KeyName"] == "k"
    assert shown["Tags"] == tags[0]["Tags"]
    assert shown["Placement"]["AvailabilityZone"] == "nova"
    assert shown["PrivateIpAddress"] == shown["NetworkInterfaces"][0]["PrivateIpAddress"]
    assert shown["SecurityGroups"][0]["GroupName"] == "default" and shown["VpcId"].startswith("vpc-")
    assert shown["LaunchTime"].tzinfo is not None
    data = cloud.ec2.describe_instance_attribute(InstanceId=shown["InstanceId"], Attribute="userData")
    assert base64.b64decode(data["UserData"]["Value"]) == b"#!/bin/sh"
    (status,) = cloud.ec2.describe_instance_status(InstanceIds=[shown["InstanceId"]])["InstanceStatuses"]
    assert status["InstanceStatus"]["Status"] == "ok"
    assert "login: \x1b[0m é" in cloud.ec2.get_console_output(InstanceId=shown["InstanceId"])["Output"]


def test_what_its_display_shows(cloud: Cloud) -> None:
    (one,) = made = cloud.running(1)
    for more in ({}, {"WakeUp": True}):
        shown = cloud.ec2.get_console_screenshot(InstanceId=one, **more)
        assert shown["InstanceId"] == one
        with Image.open(io.BytesIO(base64.b64decode(shown["ImageData"])), formats=["JPEG"]) as picture:
            assert picture.size == (64, 16)
    assert code_of(cloud.ec2.get_console_screenshot, InstanceId=one, DryRun=True) == "DryRunOperation"
    assert code_of(cloud.ec2.get_console_screenshot, InstanceId=UNKNOWN) == "InvalidInstanceID.NotFound"
    (unborn,) = cloud.run()
    assert code_of(cloud.ec2.get_console_screenshot, InstanceId=unborn) == "IncorrectInstanceState"
    cloud.ec2.stop_instances(InstanceIds=made)
    cloud.world.daemons.settle()
    assert code_of(cloud.ec2.get_console_screenshot, InstanceId=one) == "IncorrectInstanceState"
    cloud.ec2.terminate_instances(InstanceIds=made)
    cloud.world.daemons.settle()
    assert code_of(cloud.ec2.get_console_screenshot, InstanceId=one) == "IncorrectInstanceState"


def test_filters_find_instances(cloud: Cloud) -> None:
    one, two = cloud.running(2)
    cloud.ec2.create_tags(Resources=[one], Tags=[{"Key": "env", "Value": "prod"}])
    cloud.ec2.stop_instances(InstanceIds=[two])
    cloud.world.daemons.settle()
    assert filtered(cloud, ("instance-state-name", "running")) == {one}
    assert filtered(cloud, ("instance-state-name", "*")) == {one, two}
    assert filtered(cloud, ("tag:env", "pr?d")) == filtered(cloud, ("tag-key", "e*")) == {one}
    assert filtered(cloud, ("tag:env", "dev")) == set()
    assert filtered(cloud, ("instance-type", "m1.*"), ("instance-id", two)) == {two}
    assert filtered(cloud, ("image-id", cloud.image), ("network-interface.mac-address", "fa:16:*")) == {one, two}
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        filtered(cloud, ("colour", "red"))


def test_pages_of_instances(cloud: Cloud) -> None:
    made = set(cloud.running(13))
    cloud.ec2.terminate_instances(InstanceIds=[min(made)])
    pages = list(cloud.ec2.get_paginator("describe_instances").paginate(PaginationConfig={"PageSize": 5}))
    sizes = [sum(len(group["Instances"]) for group in page["Reservations"]) for page in pages]
    found = [each["InstanceId"] for page in pages for group in page["Reservations"] for each in group["Instances"]]
    assert sizes == [5, 5, 3] and set(found) == made and len(found) == 13
    assert code_of(cloud.ec2.describe_instances, MaxResults=4) == "InvalidParameterValue"
    assert code_of(cloud.ec2.describe_instances, MaxResults=5, InstanceIds=found[:1]) == "InvalidParameterCombination"
    assert code_of(cloud.ec2.describe_instances, NextToken="MTp4") == "InvalidNextToken"


def test_nothing_changes_when_one_id_is_wrong(cloud: Cloud) -> None:
    (one,) = cloud.running()
    for verb in ("stop_instances", "terminate_instances", "reboot_instances", "start_instances"):
        call = getattr(cloud.ec2, verb)
        assert code_of(call, InstanceIds=[one, UNKNOWN]) == "InvalidInstanceID.NotFound"
        assert code_of(call, InstanceIds=[one, "i-x"]) == "InvalidInstanceID.Malformed"
    assert code_of(cloud.ec2.create_tags, Resources=[one, UNKNOWN], Tags=[{"Key": "a", "Value": "b"}]) == (
        "InvalidInstanceID.NotFound"
    )
    assert cloud.states([one]) == ["running"] and cloud.ec2.describe_tags()["Tags"] == []
    stopped = cloud.run(1)
    assert code_of(cloud.ec2.stop_instances, InstanceIds=[one, *stopped]) == "IncorrectInstanceState"
    assert cloud.states([one]) == ["running"]


def test_a_rebooting_instance_is_left_alone(cloud: Cloud) -> None:
    one, two = cloud.running(2)
    cloud.ec2.reboot_instances(InstanceIds=[two])
    cloud.ec2.reboot_instances(InstanceIds=[two])
    assert code_of(cloud.ec2.stop_instances, InstanceIds=[one, two]) == "IncorrectInstanceState"
    assert cloud.states([one, two]) == ["running", "running"]
    cloud.ec2.terminate_instances(InstanceIds=[two])
    assert cloud.states([one, two]) == ["running", "shutting-down"]


def test_client_tokens(cloud: Cloud) -> None:
    first = cloud.run(2, ClientToken="t-1")
    assert cloud.run(2, ClientToken="t-1") == first
    assert len(filtered(cloud)) == 2
    with pytest.raises(ClientError, match="IdempotentParameterMismatch"):
        cloud.run(3, ClientToken="t-1")


def test_dry_run(cloud: Cloud) -> None:
    (one,) = cloud.running()
    before = filtered(cloud)
    with pytest.raises(ClientError, match="DryRunOperation") as caught:
        cloud.run(DryRun=True)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 412
    for verb in ("stop_instances", "terminate_instances", "reboot_instances"):
        assert code_of(getattr(cloud.ec2, verb), InstanceIds=[one], DryRun=True) == "DryRunOperation"
    assert filtered(cloud) == before and cloud.states([one]) == ["running"]
    reader = cloud.world.user("rob", cloud.project, "reader").client()
    assert code_of(reader.terminate_instances, InstanceIds=[one], DryRun=True) == "UnauthorizedOperation"
    assert code_of(reader.terminate_instances, InstanceIds=[one]) == "UnauthorizedOperation"
    assert cloud.states([one]) == ["running"]


def test_a_chosen_subnet_address_and_group(cloud: Cloud) -> None:
    group = cloud.ec2.describe_instances(InstanceIds=cloud.run())["Reservations"][0]["Instances"][0]["SecurityGroups"][
        0
    ]
    subnet = ids.show("subnet", cloud.subnet)
    (one,) = cloud.run(SubnetId=subnet, PrivateIpAddress="10.0.0.77", SecurityGroupIds=[group["GroupId"]])
    (found,) = filtered(cloud, ("private-ip-address", "10.0.0.77"), ("subnet-id", subnet))
    assert found == one and filtered(cloud, ("instance.group-id", group["GroupId"])) >= {one}
    with pytest.raises(ClientError):
        cloud.run(SubnetId=subnet, PrivateIpAddress="10.0.0.77")


def test_parameters_that_run_refuses(cloud: Cloud) -> None:
    def refused(**more: Any) -> str:
        base = {"ImageId": cloud.image, "InstanceType": "m1.tiny", "MinCount": 1, "MaxCount": 1}
        return code_of(cloud.ec2.run_instances, **{**base, **more})

    assert refused(ImageId="ami-0123456789abcdef0") == "InvalidAMIID.NotFound"
    assert refused(ImageId="debian") == "InvalidAMIID.Malformed"
    assert refused(InstanceType="t9.huge") == "InvalidParameterValue"
    assert refused(MinCount=0) == refused(MinCount=2) == "InvalidParameterValue"
    assert refused(MinCount=51, MaxCount=51) == "InstanceLimitExceeded"
    assert refused(SecurityGroups=["none"]) == "InvalidGroup.NotFound"
    assert refused(SubnetId="subnet-0123456789abcdef0") == "InvalidSubnetID.NotFound"
    assert refused(UserData="x" * 17000) == "InvalidParameterValue"
    assert refused(Placement={"AvailabilityZone": "moon"}) == "InvalidParameterValue"
    assert refused(LaunchTemplate={"LaunchTemplateName": "x"}) == "InvalidLaunchTemplateName.NotFoundException"
    assert refused(ClientToken="x" * 65) == "InvalidParameterValue"
    assert filtered(cloud) == set()


def test_key_pairs(cloud: Cloud) -> None:
    public = ed25519.Ed25519PrivateKey.generate().public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    )  # fmt: skip
    kinds = [{"ResourceType": "key-pair", "Tags": [{"Key": "a", "Value": "b"}]}]
    cloud.ec2.import_key_pair(KeyName="mine", PublicKeyMaterial=public, TagSpecifications=kinds)
    assert code_of(cloud.ec2.import_key_pair, KeyName="mine", PublicKeyMaterial=public) == "InvalidKeyPair.Duplicate"
    assert code_of(cloud.ec2.import_key_pair, KeyName="x", PublicKeyMaterial=b"no") == "InvalidKey.Format"
    (shown,) = cloud.ec2.describe_key_pairs(KeyNames=["mine"], IncludePublicKey=True)["KeyPairs"]
    assert shown["KeyType"] == "ed25519" and shown["PublicKey"].split()[1] == public.decode().split()[1]
    assert (
        cloud.ec2.describe_key_pairs(Filters=[{"Name": "tag:a", "Values": ["b"]}])["KeyPairs"][0]["KeyName"] == "mine"
    )
    assert code_of(cloud.ec2.describe_key_pairs, KeyNames=["none"]) == "InvalidKeyPair.NotFound"
    assert len(cloud.ec2.describe_tags(Filters=[{"Name": "resource-type", "Values": ["key-pair"]}])["Tags"]) == 1
    ann = Context(user_id=cloud.account.user_id, project_id=cloud.account.project_id, roles=("member",))
    cloud.world.services.keypairs.create(ann, "win", algorithm="x509")
    assert [key["KeyName"] for key in cloud.ec2.describe_key_pairs()["KeyPairs"]] == ["mine"], "no certificate"
    assert cloud.ec2.delete_key_pair(KeyPairId=shown["KeyPairId"])["Return"] is True
    assert cloud.ec2.delete_key_pair(KeyName="mine")["Return"] is True
    assert cloud.ec2.describe_tags()["Tags"] == []
    assert code_of(cloud.ec2.describe_key_pairs, KeyNames=["mine"]) == "InvalidKeyPair.NotFound"


def test_tags(cloud: Cloud) -> None:
    one, two = cloud.running(2)
    tags = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}]
    cloud.ec2.create_tags(Resources=[one, two, cloud.image], Tags=tags)
    assert len(cloud.ec2.describe_tags()["Tags"]) == 6
    images = cloud.ec2.describe_tags(Filters=[{"Name": "resource-type", "Values": ["image"]}])["Tags"]
    assert {tag["ResourceId"] for tag in images} == {cloud.image}
    cloud.ec2.create_tags(Resources=[one], Tags=[{"Key": "a", "Value": "2"}])
    cloud.ec2.delete_tags(Resources=[one, two], Tags=[{"Key": "a", "Value": "1"}])
    cloud.ec2.delete_tags(Resources=[two], Tags=[{"Key": "b"}])
    cloud.ec2.delete_tags(Resources=[cloud.image])
    left = [(tag["ResourceId"], tag["Key"], tag["Value"]) for tag in cloud.ec2.describe_tags()["Tags"]]
    assert sorted(left) == [(one, "a", "2"), (one, "b", "")]
    assert code_of(cloud.ec2.create_tags, Resources=[one], Tags=[{"Key": "aws:x", "Value": ""}]) == (
        "InvalidParameterValue"
    )
    many = [{"Key": f"k{n}", "Value": ""} for n in range(49)]
    assert code_of(cloud.ec2.create_tags, Resources=[one], Tags=many) == "TagLimitExceeded"
    assert code_of(cloud.ec2.create_tags, Resources=["x-1"], Tags=tags) == "InvalidID"


def test_images_types_zones_regions(cloud: Cloud) -> None:
    other = cloud.world.add_image(concurrency.new_id(), f"public-{cloud.image}", "public")
    cloud.world.add_image(concurrency.new_id(), "hidden")
    names = {image["Name"] for image in cloud.ec2.describe_images()["Images"]}
    assert {"debian", other["name"]} <= names and "hidden" not in names
    (image,) = cloud.ec2.describe_images(Filters=[{"Name": "name", "Values": ["debi*"]}])["Images"]
    assert image["ImageId"] == cloud.image and image["State"] == "available" and image["Public"] is False
    cloud.ec2.get_waiter("image_available").wait(ImageIds=[cloud.image])
    types = cloud.ec2.describe_instance_types(InstanceTypes=["m1.small"])["InstanceTypes"]
    assert types[0]["VCpuInfo"]["DefaultVCpus"] == 1 and types[0]["MemoryInfo"]["SizeInMiB"] == 2048
    assert code_of(cloud.ec2.describe_instance_types, InstanceTypes=["x"]) == "InvalidInstanceType"
    (zone,) = cloud.ec2.describe_availability_zones()["AvailabilityZones"]
    assert (zone["ZoneName"], zone["State"], zone["RegionName"]) == ("nova", "available", "RegionOne")
    assert cloud.ec2.describe_regions()["Regions"][0]["RegionName"] == "RegionOne"


def test_who_am_i(cloud: Cloud) -> None:
    at_sts = cloud.account.client("sts", "/sts").get_caller_identity()
    at_ec2 = cloud.account.client("sts", "/ec2").get_caller_identity()
    owner = cloud.ec2.describe_images(ImageIds=[cloud.image])["Images"][0]["OwnerId"]
    assert at_sts["Account"] == at_ec2["Account"] == owner
    assert at_sts["Arn"].endswith(f"user/ann-{cloud.project}")


def test_another_projects_things_do_not_exist(cloud: Cloud) -> None:
    (one,) = cloud.running()
    other = Cloud(cloud.world, concurrency.new_id()).ec2
    for verb in ("stop_instances", "start_instances", "reboot_instances", "terminate_instances", "describe_instances"):
        assert code_of(getattr(other, verb), InstanceIds=[one]) == "InvalidInstanceID.NotFound"
    assert code_of(other.get_console_output, InstanceId=one) == "InvalidInstanceID.NotFound"
    assert code_of(other.describe_images, ImageIds=[cloud.image]) == "InvalidAMIID.NotFound"
    for resource, code in ((one, "InvalidInstanceID.NotFound"), (cloud.image, "InvalidAMIID.NotFound")):
        assert code_of(other.create_tags, Resources=[resource], Tags=[{"Key": "a", "Value": "b"}]) == code
    assert cloud.states([one]) == ["running"]


def test_wrong_keys_and_unknown_actions(cloud: Cloud) -> None:
    account = cloud.account
    assert code_of(Account("nobody", "x", cloud.world).client().describe_regions) == "AuthFailure"
    assert code_of(Account(account.access, "x", cloud.world).client().describe_regions) == "SignatureDoesNotMatch"
    for mount in ("/sts", "/ec2"):
        stranger = Account("nobody", "x", cloud.world).client("sts", mount)
        assert code_of(stranger.get_caller_identity) == "InvalidClientTokenId"
    assert code_of(cloud.ec2.describe_vpcs) == "InvalidAction"
    assert code_of(account.client("sts", "/sts").get_session_token) == "InvalidAction"
    presigned = cloud.ec2.generate_presigned_url("describe_regions", HttpMethod="GET")
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(presigned, timeout=10) as reply:
        assert b"RegionOne" in reply.read()


def test_an_operators_key_reaches_no_other_project(cloud: Cloud) -> None:
    (one,) = cloud.running()
    project = concurrency.new_id()
    account = cloud.world.user("root", project, "admin")
    cloud.world.add_network(account.project_id)
    image = cloud.world.add_image(account.project_id, "own")
    operator = account.client()
    assert operator.describe_instances()["Reservations"] == []
    assert code_of(operator.terminate_instances, InstanceIds=[one]) == "InvalidInstanceID.NotFound"
    assert code_of(operator.describe_images, ImageIds=[cloud.image]) == "InvalidAMIID.NotFound"
    assert "debian" not in {each["Name"] for each in operator.describe_images()["Images"]}
    (shown,) = operator.describe_images(Owners=["self"])["Images"]
    own = {"ImageId": shown["ImageId"], "InstanceType": "m1.tiny", "MinCount": 1, "MaxCount": 1}
    assert shown["Name"] == image["name"]
    (made,) = operator.run_instances(**own, SecurityGroups=["default"])["Instances"]
    assert made["SecurityGroups"][0]["GroupName"] == "default"


def test_many_ids_in_one_request(cloud: Cloud) -> None:
    made = cloud.running(3)
    unknown = [f"i-{number:017x}" for number in range(1200)]
    assert code_of(cloud.ec2.terminate_instances, InstanceIds=made + unknown) == "InvalidInstanceID.NotFound"
    assert cloud.states(made) == ["running"] * 3
