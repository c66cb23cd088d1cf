"""Launch templates of the EC2 dialect by boto3."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.functional.ec2_cloud import Cloud, code_of, served, wants
from tests.functional.ec2_world import World

UNKNOWN = "lt-0123456789abcdef0"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with served(tmp_path_factory.mktemp("ec2")) as world:
        yield world


@pytest.fixture
def cloud(world: World) -> Cloud:
    return Cloud(world)


def made(cloud: Cloud, name: str = "web", **more: Any) -> Any:
    data = {"ImageId": cloud.image, "InstanceType": "m1.small", "UserData": "ZGF0YQ=="}
    return cloud.ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=data, **more)["LaunchTemplate"]


def test_a_template_and_its_versions(cloud: Cloud) -> None:
    tags = [{"ResourceType": "launch-template", "Tags": [{"Key": "a", "Value": "b"}]}]
    template = made(cloud, VersionDescription="first", TagSpecifications=tags)
    by_id = {"LaunchTemplateId": template["LaunchTemplateId"]}
    assert template["Tags"] == tags[0]["Tags"] and template["LatestVersionNumber"] == 1
    second = cloud.ec2.create_launch_template_version(
        LaunchTemplateName="web", SourceVersion="1", LaunchTemplateData={"InstanceType": "m1.tiny"}
    )["LaunchTemplateVersion"]
    assert second["VersionNumber"] == 2 and second["DefaultVersion"] is False
    assert second["LaunchTemplateData"]["ImageId"] == cloud.image
    assert second["LaunchTemplateData"]["InstanceType"] == "m1.tiny"
    cloud.ec2.create_launch_template_version(**by_id, LaunchTemplateData={"KeyName": "k"})

    def numbers(**asked: Any) -> list[int]:
        found = cloud.ec2.describe_launch_template_versions(**asked)["LaunchTemplateVersions"]
        return [each["VersionNumber"] for each in found]

    assert numbers(**by_id) == [3, 2, 1] and numbers(**by_id, MinVersion="2", MaxVersion="2") == [2]
    assert numbers(**by_id, Versions=["$Default", "$Latest"]) == [3, 1] == numbers(Versions=["$Default", "$Latest"])
    assert numbers(**by_id, Filters=wants("instance-type", "m1.t*")) == [2]
    page = cloud.ec2.describe_launch_template_versions(**by_id, MaxResults=2)
    assert numbers(**by_id, MaxResults=2, NextToken=page["NextToken"]) == [1]
    changed = cloud.ec2.modify_launch_template(**by_id, DefaultVersion="2")["LaunchTemplate"]
    assert (changed["DefaultVersionNumber"], changed["LatestVersionNumber"]) == (2, 3)
    (shown,) = cloud.ec2.describe_launch_templates(LaunchTemplateNames=["web"])["LaunchTemplates"]
    assert shown["DefaultVersionNumber"] == 2 and shown["Tags"] == tags[0]["Tags"]
    assert len(cloud.ec2.describe_launch_templates(Filters=wants("tag:a", "b"))["LaunchTemplates"]) == 1
    cloud.ec2.delete_launch_template(**by_id)
    assert cloud.ec2.describe_launch_templates()["LaunchTemplates"] == cloud.ec2.describe_tags()["Tags"] == []


def test_instances_of_a_template(cloud: Cloud) -> None:
    made(cloud)
    cloud.ec2.create_launch_template_version(LaunchTemplateName="web", SourceVersion="$Default", LaunchTemplateData={
        "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "w"}]}],
        "MetadataOptions": {"HttpTokens": "required"}})  # fmt: skip
    run, counts = cloud.ec2.run_instances, {"MinCount": 1, "MaxCount": 1}
    (one,) = run(LaunchTemplate={"LaunchTemplateName": "web"}, **counts)["Instances"]
    assert (one["InstanceType"], one["ImageId"], one["Tags"]) == ("m1.small", cloud.image, [])
    latest = {"LaunchTemplateName": "web", "Version": "$Latest"}
    (two,) = run(LaunchTemplate=latest, InstanceType="m1.tiny", **counts)["Instances"]
    assert (two["InstanceType"], two["Tags"][0]["Value"]) == ("m1.tiny", "w")
    assert two["MetadataOptions"]["HttpTokens"] == "required"
    assert code_of(run, LaunchTemplate={"LaunchTemplateName": "none"}, **counts) == (
        "InvalidLaunchTemplateName.NotFoundException"
    )
    assert code_of(run, LaunchTemplate={"LaunchTemplateName": "web", "Version": "9"}, **counts) == (
        "InvalidLaunchTemplateId.VersionNotFound"
    )


def test_what_templates_refuse(cloud: Cloud) -> None:
    template = made(cloud, ClientToken="t")
    assert made(cloud, ClientToken="t")["LaunchTemplateId"] == template["LaunchTemplateId"]
    by_id, data = {"LaunchTemplateId": template["LaunchTemplateId"]}, {"LaunchTemplateData": {"KeyName": "k"}}
    create, version = cloud.ec2.create_launch_template, cloud.ec2.create_launch_template_version
    assert code_of(create, LaunchTemplateName="web", **data) == "InvalidLaunchTemplateName.AlreadyExistsException"
    assert code_of(create, LaunchTemplateName="a b", **data) == "InvalidLaunchTemplateName.MalformedException"
    assert code_of(version, **by_id, SourceVersion="7", **data) == "InvalidLaunchTemplateId.VersionNotFound"
    assert code_of(version, **by_id, SourceVersion="x", **data) == "InvalidParameterValue"
    assert code_of(version, **data) == "MissingParameter"
    modify = cloud.ec2.modify_launch_template
    assert code_of(modify, **by_id, DefaultVersion="7") == "InvalidLaunchTemplateId.VersionNotFound"
    describe = cloud.ec2.describe_launch_templates
    assert code_of(describe, LaunchTemplateIds=[UNKNOWN]) == "InvalidLaunchTemplateId.NotFound"
    assert code_of(describe, LaunchTemplateIds=["web"]) == "InvalidLaunchTemplateId.Malformed"
    other = Cloud(cloud.world).ec2
    assert other.describe_launch_templates()["LaunchTemplates"] == []
    assert code_of(other.delete_launch_template, **by_id) == "InvalidLaunchTemplateId.NotFound"
    assert made(Cloud(cloud.world))["LaunchTemplateName"] == "web"


def test_a_project_has_so_many(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nova_like.services.launch_templates.MOST", 2)
    made(cloud, "one")
    made(cloud, "two")
    assert code_of(cloud.ec2.create_launch_template, LaunchTemplateName="three",
                   LaunchTemplateData={"KeyName": "k"}) == "ResourceLimitExceeded"  # fmt: skip
    version = cloud.ec2.create_launch_template_version
    version(LaunchTemplateName="one", LaunchTemplateData={"KeyName": "k"})
    assert code_of(version, LaunchTemplateName="one", LaunchTemplateData={"KeyName": "k"}) == "ResourceLimitExceeded"
