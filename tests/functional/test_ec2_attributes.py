"""Attributes and options of instances of the EC2 dialect by boto3."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from nova_like.api.ec2 import ids
from nova_like.model.context import Context
from tests.functional.ec2_cloud import Cloud, code_of, served, wants
from tests.functional.ec2_world import World

REQUIRED = {"HttpTokens": "required", "HttpEndpoint": "enabled", "HttpPutResponseHopLimit": 2}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with served(tmp_path_factory.mktemp("ec2")) as world:
        yield world


@pytest.fixture
def cloud(world: World) -> Cloud:
    return Cloud(world)


def attribute(cloud: Cloud, instance: str, name: str) -> Any:
    found = cloud.ec2.describe_instance_attribute(InstanceId=instance, Attribute=name)
    return found[name[0].upper() + name[1:]].get("Value")


def test_a_protected_instance_stays(cloud: Cloud) -> None:
    one, two = cloud.running(2, DisableApiTermination=True)
    change = cloud.ec2.modify_instance_attribute
    assert attribute(cloud, one, "disableApiTermination") is True
    change(InstanceId=one, Attribute="disableApiTermination", Value="False")
    assert attribute(cloud, one, "disableApiTermination") is False
    assert code_of(cloud.ec2.terminate_instances, InstanceIds=[one, two]) == "OperationNotPermitted"
    assert cloud.states([one, two]) == ["running", "running"]
    change(InstanceId=two, DisableApiTermination={"Value": False})
    cloud.ec2.terminate_instances(InstanceIds=[one, two])
    assert cloud.states([one, two]) == ["shutting-down", "shutting-down"]


def test_the_metadata_service_is_told(cloud: Cloud) -> None:
    (one,) = cloud.running(MetadataOptions=REQUIRED)
    shown = cloud.show(one)["MetadataOptions"]
    assert REQUIRED.items() <= shown.items() and shown["State"] == "applied"
    changed = cloud.ec2.modify_instance_metadata_options(InstanceId=one, HttpEndpoint="disabled")
    assert changed["InstanceMetadataOptions"]["State"] == "pending"
    assert cloud.show(one)["MetadataOptions"]["State"] == "pending"
    assert code_of(cloud.ec2.modify_instance_metadata_options, InstanceId=one, HttpTokens="optional") == (
        "IncorrectInstanceState"
    )
    cloud.world.daemons.settle()
    after = cloud.show(one)["MetadataOptions"]
    assert (after["State"], after["HttpEndpoint"], after["HttpTokens"]) == ("applied", "disabled", "required")
    assert cloud.states([one]) == ["running"]
    asked = wants("metadata-options.http-endpoint", "disabled")
    assert len(cloud.ec2.describe_instances(Filters=asked)["Reservations"]) == 1
    refused = cloud.ec2.modify_instance_metadata_options
    assert code_of(refused, InstanceId=one) == "InvalidParameterCombination"
    assert code_of(refused, InstanceId=one, HttpPutResponseHopLimit=65) == "InvalidParameterValue"
    assert code_of(refused, InstanceId=one, InstanceMetadataTags="enabled") == "UnsupportedOperation"


def test_monitoring_is_a_mark(cloud: Cloud) -> None:
    one, two = cloud.running(2, Monitoring={"Enabled": True})
    assert cloud.show(one)["Monitoring"] == {"State": "enabled"}
    marks = cloud.ec2.unmonitor_instances(InstanceIds=[one])["InstanceMonitorings"]
    assert marks == [{"InstanceId": one, "Monitoring": {"State": "disabled"}}]
    marks = cloud.ec2.monitor_instances(InstanceIds=[one, two])["InstanceMonitorings"]
    assert [mark["Monitoring"]["State"] for mark in marks] == ["enabled", "enabled"]
    assert cloud.show(one)["Monitoring"] == {"State": "enabled"}


def test_user_data_of_a_stopped_instance(cloud: Cloud) -> None:
    (one,) = cloud.running(UserData="old")
    change = cloud.ec2.modify_instance_attribute
    assert code_of(change, InstanceId=one, UserData={"Value": b"new"}) == "IncorrectInstanceState"
    cloud.ec2.stop_instances(InstanceIds=[one])
    cloud.world.daemons.settle()
    change(InstanceId=one, UserData={"Value": b"new"})
    assert base64.b64decode(attribute(cloud, one, "userData")) == b"new"
    cloud.world.daemons.settle()
    assert code_of(change, InstanceId=one, UserData={"Value": b"x" * 17000}) == "InvalidParameterValue"


def test_the_type_of_a_stopped_instance(cloud: Cloud) -> None:
    (one,) = cloud.running(InstanceType="m1.tiny")
    change = cloud.ec2.modify_instance_attribute
    assert code_of(change, InstanceId=one, InstanceType={"Value": "m1.small"}) == "IncorrectInstanceState"
    cloud.ec2.stop_instances(InstanceIds=[one])
    cloud.world.daemons.settle()
    change(InstanceId=one, Attribute="instanceType", Value="m1.tiny")
    change(InstanceId=one, InstanceType={"Value": "m1.small"})
    assert (cloud.states([one]), cloud.show(one)["InstanceType"]) == (["stopped"], "m1.small")
    change(InstanceId=one, InstanceType={"Value": "m1.small"})  # which it is on its way to
    cloud.world.daemons.settle()
    assert cloud.states([one]) == ["stopped"]
    assert (cloud.show(one)["InstanceType"], attribute(cloud, one, "instanceType")) == ("m1.small", "m1.small")
    cloud.ec2.start_instances(InstanceIds=[one])
    cloud.world.daemons.settle()
    cloud.ec2.stop_instances(InstanceIds=[one])
    cloud.world.daemons.settle()
    for wrong in ("m1.none", "m1.tiny"):
        assert code_of(change, InstanceId=one, InstanceType={"Value": wrong}) == "InvalidInstanceAttributeValue"


def test_groups_of_a_running_instance(cloud: Cloud) -> None:
    (one,) = cloud.running()
    ctx = Context(user_id=cloud.account.user_id, project_id=cloud.account.project_id, roles=("member", "reader"))
    web = ids.show("security_group", cloud.world.services.security_groups.create(ctx, "web")["id"])
    default = cloud.show(one)["SecurityGroups"][0]["GroupId"]
    for wanted in ([web], [web, default]):  # the second while the host is told of the first
        cloud.ec2.modify_instance_attribute(InstanceId=one, Groups=wanted)
        assert {group["GroupId"] for group in cloud.show(one)["SecurityGroups"]} == set(wanted)
    cloud.world.daemons.settle()
    assert cloud.states([one]) == ["running"]


def test_what_attributes_refuse(cloud: Cloud) -> None:
    (one,) = cloud.running()
    change, combination, value = cloud.ec2.modify_instance_attribute, "InvalidParameterCombination", (
        "InvalidParameterValue")  # fmt: skip
    for asked, code in (
        ({"Attribute": "fake"}, value), ({"Attribute": "disableApiTermination"}, "MissingParameter"), ({}, combination),
        ({"Attribute": "disableApiTermination", "Value": "True", "DisableApiTermination": {"Value": False}},
         combination),
        ({"Attribute": "disableApiTermination", "Value": "perhaps"}, value),
        ({"SourceDestCheck": {"Value": True}, "EbsOptimized": {"Value": False}}, combination),
        ({"Groups": ["sg-0"]}, "InvalidGroup.NotFound"), ({"Kernel": {"Value": "aki-1"}}, "UnsupportedOperation"),
        ({"SourceDestCheck": {"Value": False}}, "UnsupportedOperation"),
        ({"Attribute": "sourceDestCheck", "Value": "false"}, "UnsupportedOperation"),
        ({"Attribute": "instanceType", "Value": "m1.tiny"}, "IncorrectInstanceState"),
        ({"InstanceType": {"Value": "m1.tiny"}}, "IncorrectInstanceState"),
    ):  # fmt: skip
        assert code_of(change, InstanceId=one, **asked) == code, asked
    change(InstanceId=one, SourceDestCheck={"Value": True})
    change(InstanceId=one, Attribute="ebsOptimized", Value="false")
    assert code_of(change, InstanceId="i-0", DisableApiTermination={"Value": True}) == "InvalidInstanceID.NotFound"
    reset = cloud.ec2.reset_instance_attribute
    reset(InstanceId=one, Attribute="sourceDestCheck")
    for instance, name in ((one, "fake"), (one, "groupSet"), ("i-0", "disableApiTermination")):
        assert code_of(reset, InstanceId=instance, Attribute=name) == value
