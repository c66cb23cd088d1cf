"""Two projects and a reader, over every action of the table: the other's ids answer as ids that do not exist, a reader
changes nothing, and every rule of the table is one that the policy knows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from nova_like.api.ec2 import ids, operations
from nova_like.db.schema import METADATA
from nova_like.model.commands import InstanceQuery
from nova_like.model.context import Context
from nova_like.services.policy import all_rules
from tests.functional.ec2_world import Account, World
from tests.functional.test_ec2_hostile import leaves, send

READS = {name for name in operations.TABLE if name.startswith(("Describe", "Get"))}
MAKES = {"CreateKeyPair", "CreateLaunchTemplate", "CreatePlacementGroup", "ImportKeyPair"}  # their names are new ones
# last word of a parameter -> noun that it names
NAMES = {
    "InstanceId": "instance", "ImageId": "image", "KeyPairId": "keypair", "SubnetId": "subnet",
    "SecurityGroupId": "security_group", "KeyName": "key name", "SecurityGroup": "group name", "Owner": "project",
    "SourceImageId": "image", "VolumeId": "volume",
    "LaunchTemplateId": "launch_template", "LaunchTemplateName": "template name", "GroupId": "placement_group",
    "GroupName": "place name",
}  # fmt: skip
# the same, of what no tenant owns or what there is none of yet: parameters that are refused
PLAIN = {
    "AcceleratorName", "Arn", "AvailabilityZoneId", "CapacityReservationId", "CapacityReservationResourceGroupArn",
    "DeviceName",
    "Group", "HostId", "HostResourceGroupArn", "KernelId", "KmsKeyId",
    "LicenseConfigurationArn", "LinkedGroupId", "ParentGroupId", "MetricCategoryId", "Name", "NetworkInterfaceId",
    "OrganizationArn", "OrganizationalUnitArn", "OutpostArn",
    "RamDiskId", "RamdiskId", "RegionName", "SecondarySubnetId", "SnapshotId", "UserGroup", "UserId", "AttributeName",
    "DestinationAvailabilityZoneId", "DestinationOutpostArn", "RootDeviceName", "VirtualName", "ZoneId", "ZoneName",
}  # fmt: skip
TAGGED = ("instance", "image", "keypair", "volume", "launch_template", "placement_group")
DATA = {"LaunchTemplateData.KeyName": "k"}


class Two:
    """A project with one thing of every noun, and another that should see none of it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.owner, self.reader = world.user("ann", "north"), world.user("rob", "north", "reader")
        self.other = world.user("eve", "south")
        self.image = world.add_image(self.owner.project_id, "debian")
        self.own_image = world.add_image(self.other.project_id, "mine")
        _, subnet = world.add_network(self.owner.project_id)
        world.add_network(self.other.project_id)
        self.run(self.other, self.own_image)
        self.act(self.owner, "CreateKeyPair", KeyName="ann-key", KeyType="ed25519")
        self.run(self.owner, self.image)
        self.act(self.owner, "CreateVolume", Size="1", AvailabilityZone="nova")
        self.act(self.owner, "CreateLaunchTemplate", LaunchTemplateName="ann-template", **DATA)
        self.act(self.owner, "CreatePlacementGroup", GroupName="ann-place", Strategy="spread")
        world.daemons.settle()
        ctx = Context(user_id=self.owner.user_id, project_id=self.owner.project_id, roles=("member", "reader"))
        key = world.services.keypairs.list(ctx)[0]
        instance = world.services.instances.list(ctx, InstanceQuery())[0]
        group = world.services.security_groups.create(ctx, "ann-group", "")
        found = {"instance": instance, "image": self.image, "keypair": key, "security_group": group,
                 "volume": world.services.volumes.list(ctx)[0],
                 "launch_template": world.services.launch_templates.list(ctx)[0],
                 "placement_group": world.services.groups.list(ctx)[0]}  # fmt: skip
        self.foreign = {noun: ids.show(noun, row["id"]) for noun, row in found.items()}
        self.foreign |= {"project": self.owner.project_id, "subnet": ids.show("subnet", subnet), "key name": "ann-key",
                         "group name": "ann-group", "template name": "ann-template",
                         "place name": "ann-place"}  # fmt: skip

    def act(self, account: Account, action: str, **form: str) -> tuple[int, str]:
        return send(account, urlencode({"Action": action, "Version": "2016-11-15", **form}).encode())

    def run(self, account: Account, image: dict[str, Any], **form: str) -> tuple[int, str]:
        more = {"InstanceType": "m1.tiny", "MinCount": "1", "MaxCount": "1", "ImageId": ids.show("image", image["id"])}
        return self.act(account, "RunInstances", **{**more, **form})

    def rows(self) -> dict[str, list[Any]]:
        """Everything there is."""
        with self.world.db.reading() as tx:
            return {table.name: sorted(map(repr, tx.rows(sa.select(table)))) for table in METADATA.sorted_tables}


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    world = World(Path(tmp_path_factory.mktemp("ec2")))
    yield Two(world)
    world.db.dispose()


def unknown(noun: str) -> str:
    return f"{ids.PREFIXES[noun]}-0123456789abcdef0" if noun in ids.PREFIXES else "no-such"


def named() -> list[tuple[str, str, str]]:
    """(action, parameter, noun) of every parameter of every action that names something that exists."""
    found = []
    for action, operation in operations.load().items():
        for parameter in leaves(operation.input):
            word = last_word(parameter)
            if word == "ResourceId":
                found += [(action, parameter, noun) for noun in TAGGED]
            elif word in NAMES and action not in MAKES:
                found.append((action, parameter, NAMES[word]))
    return found


def last_word(parameter: str) -> str:
    return parameter.removesuffix(".1").rpartition(".")[2]


def test_every_parameter_that_names_something_is_asked_for() -> None:
    for operation in operations.load().values():
        for word in map(last_word, leaves(operation.input)):
            if word.endswith(("Id", "Arn", "Name", "Group", "Owner")):
                assert word in {*NAMES, *PLAIN, "ResourceId"}, f"no example for parameter {word}"


REQUIRED = {
    "CreateTags": {"Tag.1.Key": "a", "Tag.1.Value": "b"}, "DeleteTags": {"Tag.1.Key": "a"},
    "DescribeInstanceAttribute": {"Attribute": "instanceType"},
    "DescribeVolumeAttribute": {"Attribute": "autoEnableIO"}, "DescribeImageAttribute": {"Attribute": "description"},
    "ModifyImageAttribute": {"Attribute": "description", "Value": "x"},
    "ModifyInstanceAttribute": {"Attribute": "disableApiTermination", "Value": "true"},
    "ResetInstanceAttribute": {"Attribute": "kernel"}, "ModifyInstanceMetadataOptions": {"HttpTokens": "required"},
    "ResetImageAttribute": {"Attribute": "launchPermission"}, "RegisterImage": {"ImageLocation": "x"},
    "CopyImage": {"SourceRegion": "RegionOne"},
    "CreateLaunchTemplate": {"LaunchTemplateName": "new", "LaunchTemplateData.KeyName": "k"},
    "CreatePlacementGroup": {"GroupName": "new"}, "DeletePlacementGroup": {"GroupName": "ann-place"},
    "CreateLaunchTemplateVersion": {"LaunchTemplateData.KeyName": "k"},
}  # fmt: skip


def needed(things: dict[str, str], action: str) -> dict[str, str]:
    """The parameters that the action cannot do without; they name these things ({noun: id})."""
    form = dict(REQUIRED.get(action, {}))
    for member in operations.load()[action].input.members:
        if member.required and not any(name.startswith(f"{member.query}.") or name == member.query for name in form):
            parameter = leaves(member.shape, member.query)[0]
            noun = "instance" if member.query == "ResourceId" else NAMES.get(last_word(parameter), "")
            form[parameter] = things.get(noun, "YWJj")
    return form


@pytest.mark.parametrize(("action", "parameter", "noun"), named())
def test_the_others_ids_do_not_exist(two: Two, action: str, parameter: str, noun: str) -> None:
    def answer(value: str) -> tuple[int, str]:
        form = {**needed(two.foreign, action), parameter: value}
        sent = two.run(two.other, two.own_image, **form) if action == "RunInstances" else two.act(
            two.other, action, **form)  # fmt: skip
        return sent[0], sent[1].replace(value, "ID").partition("<RequestID>")[0].partition("<requestId>")[0]

    before = two.rows()
    assert answer(two.foreign[noun]) == answer(unknown(noun))
    assert two.rows() == before


@pytest.mark.parametrize("action", sorted(set(operations.TABLE) - READS))
def test_a_reader_changes_nothing(two: Two, action: str) -> None:
    form = needed(two.foreign, action)
    before = two.rows()
    for more in ({}, {"DryRun": "true"}):
        sent = two.run(two.reader, two.image, **more) if action == "RunInstances" else two.act(
            two.reader, action, **form, **more)  # fmt: skip
        assert sent[0] == 403 and "UnauthorizedOperation" in sent[1]
    assert two.rows() == before


def test_every_rule_exists() -> None:
    rules = all_rules()
    assert {entry.rule for entry in operations.TABLE.values()} <= rules.keys()
    for action, entry in operations.TABLE.items():
        assert action in READS or rules[entry.rule] == "member", action
