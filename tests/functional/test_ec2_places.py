"""Placement groups of the EC2 dialect by boto3, and as native server groups show through them."""

from collections.abc import Iterator
from typing import Any

import pytest

from nova_like.model.context import Context
from tests.functional.ec2_cloud import Cloud, code_of, served, wants
from tests.functional.ec2_world import World

UNKNOWN = "InvalidPlacementGroup.Unknown"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with served(tmp_path_factory.mktemp("ec2")) as world:
        yield world


@pytest.fixture
def cloud(world: World) -> Cloud:
    return Cloud(world)


def native(cloud: Cloud) -> Context:
    return Context(user_id=cloud.account.user_id, project_id=cloud.account.project_id, roles=("member", "reader"))


def names(cloud: Cloud, **asked: Any) -> list[str]:
    return [each["GroupName"] for each in cloud.ec2.describe_placement_groups(**asked)["PlacementGroups"]]


def test_groups_are_made_shown_and_deleted(cloud: Cloud) -> None:
    tags = [{"Key": "a", "Value": "b"}]
    create = cloud.ec2.create_placement_group
    spec = [{"ResourceType": "placement-group", "Tags": tags}]
    made = create(GroupName="apart", Strategy="spread", TagSpecifications=spec)["PlacementGroup"]
    assert (made["Strategy"], made["SpreadLevel"], made["State"], made["Tags"]) == ("spread", "host", "available", tags)
    assert create(GroupName="near")["PlacementGroup"]["Strategy"] == "cluster"
    assert {row["name"]: row["policy"] for row in cloud.world.services.groups.list(native(cloud))} == {
        "apart": "anti-affinity", "near": "soft-affinity"}  # fmt: skip
    assert names(cloud) == ["apart", "near"]
    assert names(cloud, GroupIds=[made["GroupId"]]) == names(cloud, Filters=wants("strategy", "sp*")) == ["apart"]
    assert names(cloud, GroupNames=["near"]) == ["near"] and names(cloud, Filters=wants("tag:a", "?")) == ["apart"]
    assert cloud.ec2.describe_tags()["Tags"][0]["ResourceType"] == "placement-group"
    cloud.ec2.delete_placement_group(GroupName="apart")
    assert names(cloud) == ["near"] and cloud.ec2.describe_tags()["Tags"] == []
    assert names(Cloud(cloud.world)) == []


def test_instances_in_a_group(cloud: Cloud) -> None:
    group = cloud.ec2.create_placement_group(GroupName="apart", Strategy="spread")["PlacementGroup"]["GroupId"]
    (one,) = cloud.run(Placement={"GroupName": "apart"})
    (two,) = cloud.run(Placement={"GroupId": group})
    cloud.run()
    assert cloud.show(one)["Placement"]["GroupName"] == "apart" and cloud.show(two)["Placement"]["GroupId"] == group
    found = cloud.ec2.describe_instances(Filters=wants("placement-group-name", "ap*"))["Reservations"]
    assert {each["InstanceId"] for many in found for each in many["Instances"]} == {one, two}
    assert code_of(cloud.ec2.delete_placement_group, GroupName="apart") == "InvalidPlacementGroup.InUse"
    cloud.world.daemons.settle()
    cloud.ec2.terminate_instances(InstanceIds=[one, two])
    cloud.world.daemons.settle()
    cloud.ec2.delete_placement_group(GroupName="apart")
    assert cloud.show(one)["Placement"]["GroupName"] == ""


def test_native_groups_that_have_no_strategy_are_not_shown(cloud: Cloud) -> None:
    groups = cloud.world.services.groups
    for name, policy in (("hard", "affinity"), ("soft", "soft-anti-affinity"), ("hard", "anti-affinity")):
        groups.create(native(cloud), name, policy)
    assert names(cloud) == ["hard", "hard"]
    assert code_of(cloud.ec2.delete_placement_group, GroupName="hard") == "InvalidParameterValue"
    assert code_of(cloud.ec2.delete_placement_group, GroupName="soft") == UNKNOWN


def test_what_groups_refuse(cloud: Cloud) -> None:
    create = cloud.ec2.create_placement_group
    create(GroupName="g")
    assert code_of(create, GroupName="g") == "InvalidPlacementGroup.Duplicate"
    assert code_of(create) == "MissingParameter" and code_of(create, GroupName=" g") == "InvalidParameterValue"
    assert code_of(create, GroupName="p", Strategy="partition") == "UnsupportedOperation"
    assert code_of(create, GroupName="p", Strategy="spread", SpreadLevel="rack") == "UnsupportedOperation"
    assert code_of(create, GroupName="p", DryRun=True) == "DryRunOperation"
    describe = cloud.ec2.describe_placement_groups
    assert code_of(describe, GroupNames=["x"]) == code_of(describe, GroupIds=["pg-0123456789abcdef0"]) == UNKNOWN
    assert code_of(describe, GroupIds=["g"]) == "InvalidPlacementGroupId.Malformed"
    assert code_of(cloud.ec2.run_instances, ImageId=cloud.image, InstanceType="m1.tiny", MinCount=1, MaxCount=1,
                   Placement={"GroupName": "x"}) == UNKNOWN  # fmt: skip
    for number in range(9):
        create(GroupName=f"g{number}")
    assert code_of(create, GroupName="more") == "PlacementGroupLimitExceeded"
