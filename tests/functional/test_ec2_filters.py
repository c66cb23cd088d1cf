"""Filters, pages and tokens of all Describe actions of the EC2 dialect, by boto3: every filter that is offered is asked
for, and each of some values of a thing finds it and nothing else."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from nova_like.api.ec2 import (
    filters,
    images,
    instance_filters,
    instance_types,
    keypairs,
    launch_template_versions,
    launch_templates,
    operations,
    placement_groups,
    regions,
    tags,
    volume_attributes,
    volume_view,
)
from tests.functional.ec2_cloud import Cloud, code_of, served, wants

# action -> (where its answer has the items, its filters)
DESCRIBES: dict[str, tuple[str, dict[str, filters.Field]]] = {
    "DescribeInstances": ("Reservations", instance_filters.FIELDS),
    "DescribeInstanceStatus": ("InstanceStatuses", instance_filters.STATUS_FIELDS),
    "DescribeImages": ("Images", images.FIELDS),
    "DescribeInstanceTypes": ("InstanceTypes", instance_types.FIELDS),
    "DescribeKeyPairs": ("KeyPairs", keypairs.FIELDS),
    "DescribeLaunchTemplates": ("LaunchTemplates", launch_templates.FIELDS),
    "DescribeLaunchTemplateVersions": ("LaunchTemplateVersions", launch_template_versions.FIELDS),
    "DescribePlacementGroups": ("PlacementGroups", placement_groups.FIELDS),
    "DescribeRegions": ("Regions", regions.REGION_FIELDS),
    "DescribeAvailabilityZones": ("AvailabilityZones", regions.ZONE_FIELDS),
    "DescribeTags": ("Tags", tags.FIELDS),
    "DescribeVolumes": ("Volumes", volume_view.FIELDS),
    "DescribeVolumeStatus": ("VolumeStatuses", volume_view.STATUS_FIELDS),
    "DescribeVolumesModifications": ("VolumesModifications", volume_attributes.MODIFICATION_FIELDS),
}
ALWAYS = {"DescribeLaunchTemplateVersions": {"Versions": ["$Latest"]}}
# action -> a filter and a pattern that its thing has, and a pattern that it has not
VALUES: dict[str, list[tuple[str, str, str]]] = {
    "DescribeInstances": [
        ("instance-state-name", "run*", "stop*"), ("instance-type", "m1.t?ny", "m1.t?"), ("launch-time", "20*Z", "19*"),
        ("network-interface.attachment.device-index", "0", "1"), ("tag:Name", "*fil?er*", "*fil"),
        ("network-interface.status", "in-use", "available"), ("tag-key", "N*", "n*"),
        ("source-dest-check", "true", "false"),
        ("block-device-mapping.volume-id", "", "*"), ("ipv6-address", "", "*"), ("reservation-id", "r-*", "?-"),
    ],
    "DescribeInstanceStatus": [
        ("instance-status.status", "ok", "im*"),
        ("system-status.reachability", "passed", "f*"), ("event.code", "", "*"),
    ],
    "DescribeImages": [("name", "deb*", "?eb"), ("state", "available", "pending"), ("kernel-id", "", "*")],
    "DescribeInstanceTypes": [("memory-info.size-in-mib", "*", "1"), ("hibernation-supported", "false", "true")],
    "DescribeKeyPairs": [("key-name", "fil*", "x*"), ("fingerprint", "*:*", "x")],
    "DescribeLaunchTemplates": [("create-time", "20*", "19*"), ("launch-template-name", "f?lter", "f?")],
    "DescribeLaunchTemplateVersions": [("is-default-version", "true", "false"), ("create-time", "*T*Z", "*t*")],
    "DescribePlacementGroups": [("strategy", "spread", "cluster"), ("spread-level", "h*", "rack")],
    "DescribeRegions": [("region-name", "Region*", "region*")],
    "DescribeAvailabilityZones": [("state", "avail*", "im*"), ("parent-zone-id", "", "*")],
    "DescribeTags": [("resource-type", "inst*", "x"), ("value", "filter?", "filter?x")],
    "DescribeVolumes": [("size", "1", "2"), ("create-time", "20*", "19*"), ("tag-value", "filter2", "filter")],
    "DescribeVolumeStatus": [("volume-status.status", "ok", "im*"), ("event.event-id", "", "*")],
}  # fmt: skip


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A project that has one of everything."""
    with served(tmp_path_factory.mktemp("ec2")) as world:
        cloud = Cloud(world)
        named = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "filter1"}]}]
        cloud.running(TagSpecifications=named)
        volume = [{"ResourceType": "volume", "Tags": [{"Key": "Name", "Value": "filter2"}]}]
        cloud.ec2.create_volume(Size=1, AvailabilityZone="nova", TagSpecifications=volume)
        world.daemons.settle()
        cloud.ec2.create_key_pair(KeyName="filter", KeyType="ed25519")
        cloud.ec2.create_placement_group(GroupName="filter", Strategy="spread")
        cloud.ec2.create_launch_template(LaunchTemplateName="filter", LaunchTemplateData={"KeyName": "k"})
        yield cloud


def items(cloud: Cloud, action: str, client: Any = None, **asked: Any) -> list[dict[str, Any]]:
    name = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in action).lstrip("_")
    return list(getattr(client or cloud.ec2, name)(**{**ALWAYS.get(action, {}), **asked})[DESCRIBES[action][0]])


def member(action: str, name: str) -> bool:
    return any(each.name == name for each in operations.load()[action].input.members)


def test_every_action_that_has_filters_is_here() -> None:
    assert {
        name for name in operations.TABLE if operations.TABLE[name].service == "ec2" and member(name, "Filters")
    } == (set(DESCRIBES))


@pytest.mark.parametrize("action", DESCRIBES)
def test_every_filter_is_taken_and_others_are_not(cloud: Cloud, action: str) -> None:
    _, fields = DESCRIBES[action]
    asked = [name for name in fields if name != filters.TAGS] + (["tag:a", "tag-key"] if filters.TAGS in fields else [])
    for start in range(0, len(asked), 20):
        items(cloud, action, Filters=[{"Name": name, "Values": ["\\*none"]} for name in asked[start : start + 20]])
    for name in ("no-such", filters.TAGS.lower(), ""):
        with pytest.raises(ClientError, match="InvalidParameterValue"):
            items(cloud, action, Filters=wants(name, "x"))


@pytest.mark.parametrize(
    ("action", "name", "mine", "others"), [(key, *row) for key, rows in VALUES.items() for row in rows]
)
def test_a_filter_finds_by_wildcards(cloud: Cloud, action: str, name: str, mine: str, others: str) -> None:
    everything = items(cloud, action)
    assert everything and items(cloud, action, Filters=wants(name, others)) == []
    if mine:
        found = items(cloud, action, Filters=wants(name, others, mine))
        assert found and all(each in everything for each in found)
        assert items(cloud, action, Filters=[*wants(name, mine), *wants(name, others)]) == []


@pytest.mark.parametrize("action", [name for name in DESCRIBES if member(name, "MaxResults")])
def test_pages_are_of_a_size_and_tokens_are_ours(cloud: Cloud, action: str) -> None:
    least = 1 if "Template" in action else 5
    assert items(cloud, action, MaxResults=1000) == items(cloud, action)
    unchecked = cloud.account.client(parameter_validation=False)
    for wrong in (least - 1, -1):
        with pytest.raises(ClientError, match="InvalidParameterValue"):
            items(cloud, action, unchecked, MaxResults=wrong)
    with pytest.raises(ClientError, match="InvalidNextToken"):
        items(cloud, action, NextToken="bm9uZQ==")


def test_pages_follow_one_another(cloud: Cloud) -> None:
    made = [{"Key": f"key{number}", "Value": "page"} for number in range(12)]
    instance = items(cloud, "DescribeInstances")[0]["Instances"][0]["InstanceId"]
    cloud.ec2.create_tags(Resources=[instance], Tags=made)
    asked = {"Filters": wants("value", "page"), "MaxResults": 5}
    first = cloud.ec2.describe_tags(**asked)
    second = cloud.ec2.describe_tags(**asked, NextToken=first["NextToken"])
    third = cloud.ec2.describe_tags(**asked, NextToken=second["NextToken"])
    found = [each["Key"] for page in (first, second, third) for each in page["Tags"]]
    assert sorted(found) == sorted(each["Key"] for each in made) and [
        len(page["Tags"]) for page in (first, second)
    ] == [5, 5]
    assert not third.get("NextToken")
    cloud.ec2.delete_tags(Resources=[instance], Tags=[{"Key": each["Key"]} for each in made])
    assert code_of(cloud.ec2.describe_instances, InstanceIds=[instance], MaxResults=5) == "InvalidParameterCombination"
