"""Images of the EC2 dialect, and the account's attributes, by boto3."""

from collections.abc import Iterator
from typing import Any

import pytest

from nova_like import concurrency
from nova_like.api.ec2 import ids
from nova_like.model.context import Context
from tests.functional.ec2_cloud import Cloud, code_of, served, wants
from tests.functional.ec2_world import World

ALL = {"Group": "all"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with served(tmp_path_factory.mktemp("ec2")) as world:
        yield world


@pytest.fixture
def cloud(world: World) -> Cloud:
    return Cloud(world)


@pytest.fixture
def public(cloud: Cloud) -> str:
    return ids.show("image", cloud.world.add_image(concurrency.new_id(), "theirs", "public")["id"])


def uploaded(cloud: Cloud, data: bytes) -> str:
    """An image with data, by the service that the Image API uses."""
    services, account = cloud.world.services, cloud.account
    ctx = Context(user_id=account.user_id, project_id=account.project_id, roles=("member", "reader"))
    row = services.images.create(ctx, {"name": "d", "disk_format": "raw", "container_format": "bare"})
    services.image_data.upload(ctx, row["id"], [data])
    return ids.show("image", row["id"])


def attribute(cloud: Cloud, name: str, image: str = "") -> Any:
    return cloud.ec2.describe_image_attribute(ImageId=image or cloud.image, Attribute=name)


def test_a_description_is_kept(cloud: Cloud) -> None:
    assert attribute(cloud, "description")["Description"] == {"Value": ""}
    cloud.ec2.modify_image_attribute(ImageId=cloud.image, Description={"Value": "one <1>"})
    assert attribute(cloud, "description")["Description"] == {"Value": "one <1>"}
    cloud.ec2.modify_image_attribute(ImageId=cloud.image, Attribute="description", Value="two")
    assert cloud.ec2.describe_images(Filters=wants("description", "tw?"))["Images"][0]["Description"] == "two"
    for name in ("kernel", "ramdisk", "blockDeviceMapping", "productCodes"):
        assert attribute(cloud, name)["ImageId"] == cloud.image


def test_an_operator_lets_everybody_launch(world: World) -> None:
    cloud = Cloud(world)
    admin = world.user("root", cloud.project, "admin").client()
    other = Cloud(world).ec2
    both = ({"Add": [ALL]}, {"Remove": [ALL]})
    for change in ({"LaunchPermission": both[0]},
                   {"Attribute": "launchPermission", "OperationType": "add", "UserGroups": ["all"]}):  # fmt: skip
        admin.modify_image_attribute(ImageId=cloud.image, **change)
        assert attribute(cloud, "launchPermission")["LaunchPermissions"] == [ALL]
        assert [each["ImageId"] for each in other.describe_images(ExecutableUsers=["all"], ImageIds=[cloud.image])[
            "Images"]] == [cloud.image]  # fmt: skip
        admin.reset_image_attribute(ImageId=cloud.image, Attribute="launchPermission")
        assert attribute(cloud, "launchPermission")["LaunchPermissions"] == []
        assert code_of(other.describe_images, ImageIds=[cloud.image]) == "InvalidAMIID.NotFound"
    assert code_of(cloud.ec2.modify_image_attribute, ImageId=cloud.image, LaunchPermission=both[0]) == (
        "UnauthorizedOperation"
    )


def test_the_owner_only_changes_an_image(cloud: Cloud, public: str) -> None:
    ec2 = cloud.ec2
    assert code_of(ec2.describe_image_attribute, ImageId=public, Attribute="unsupported") == "InvalidRequest"
    assert code_of(ec2.describe_image_attribute, ImageId=public, Attribute="description") == "AuthFailure"
    assert code_of(ec2.reset_image_attribute, ImageId=public, Attribute="fake") == "InvalidRequest"
    assert code_of(ec2.reset_image_attribute, ImageId=public, Attribute="launchPermission") == "AuthFailure"
    assert code_of(ec2.deregister_image, ImageId=public) == "AuthFailure"
    combination, change = "InvalidParameterCombination", ec2.modify_image_attribute
    for asked, code in (
        ({"Attribute": "unsupported"}, combination), ({}, combination),
        ({"Attribute": "launchPermission"}, combination),
        ({"Attribute": "blockDeviceMapping"}, "InvalidParameter"), ({"Attribute": "description"}, "MissingParameter"),
        ({"Description": {"Value": "x"}}, "AuthFailure"), ({"LaunchPermission": {"Add": [ALL]}}, "AuthFailure"),
        ({"LaunchPermission": {"Add": [{"UserId": "1"}]}}, "UnsupportedOperation"),
        ({"Attribute": "launchPermission", "UserGroups": ["all"]}, combination),
    ):  # fmt: skip
        assert code_of(change, ImageId=public, **asked) == code


def test_a_copy_outlives_its_source(cloud: Cloud) -> None:
    source = uploaded(cloud, b"x" * 1024)
    cloud.ec2.create_tags(Resources=[source], Tags=[{"Key": "a", "Value": "b"}])
    asked = {"Name": "copy", "SourceImageId": source, "SourceRegion": "RegionOne", "CopyImageTags": True}
    copy = cloud.ec2.copy_image(**asked, ClientToken="t")["ImageId"]
    assert cloud.ec2.copy_image(**asked, ClientToken="t")["ImageId"] == copy != source
    cloud.ec2.deregister_image(ImageId=source)
    assert code_of(cloud.ec2.deregister_image, ImageId=source) == "InvalidAMIID.NotFound"
    (shown,) = cloud.ec2.describe_images(ImageIds=[copy])["Images"]
    assert (shown["Name"], shown["State"], shown["Tags"]) == ("copy", "available", [{"Key": "a", "Value": "b"}])
    services, low = cloud.world.services, ids.span("image", copy)[0]
    row = next(row for row in services.images.list(Context(project_id=cloud.account.project_id, roles=("reader",)))
               if row["id"] >= low and ids.show("image", row["id"]) == copy)  # fmt: skip
    assert b"".join(services.image_data.read(row)) == b"x" * 1024
    assert len(list(cloud.world.images.iterdir())) == 1


def test_what_images_refuse(cloud: Cloud, public: str) -> None:
    copy = cloud.ec2.copy_image
    assert code_of(copy, Name="xxx", SourceImageId=cloud.image, SourceRegion="moon") == "InvalidParameterValue"
    assert code_of(copy, Name="xxx", SourceImageId=cloud.image, SourceRegion="RegionOne", Encrypted=True) == (
        "UnsupportedOperation"
    )
    assert code_of(cloud.ec2.register_image, Name="xxx") == "MissingParameter"
    assert code_of(cloud.ec2.register_image, Name="xxx", ImageLocation="b/m.xml") == "UnsupportedOperation"
    assert code_of(cloud.ec2.deregister_image, ImageId=cloud.image, DryRun=True) == "DryRunOperation"


def test_the_account(cloud: Cloud) -> None:
    found = {each["AttributeName"]: [value["AttributeValue"] for value in each["AttributeValues"]]
             for each in cloud.ec2.describe_account_attributes()["AccountAttributes"]}  # fmt: skip
    assert found["supported-platforms"] == ["VPC"] and found["max-instances"] == ["50"]
    assert found["default-vpc"] == [ids.show("network", cloud.network)]
    one = cloud.ec2.describe_account_attributes(AttributeNames=["max-instances"])["AccountAttributes"]
    assert [each["AttributeName"] for each in one] == ["max-instances"]
    assert code_of(cloud.ec2.describe_account_attributes, AttributeNames=["x"]) == "InvalidParameterValue"
    assert cloud.ec2.describe_id_format(Resource="image")["Statuses"] == [{"Resource": "image", "UseLongIds": True}]
    (one,) = cloud.running()
    data = cloud.ec2.get_password_data(InstanceId=one)
    assert data["PasswordData"] == "" and data["InstanceId"] == one and data["Timestamp"].tzinfo is not None


def test_an_image_is_made_of_an_instance(cloud: Cloud) -> None:
    (instance,) = cloud.running()
    tags = [{"ResourceType": kind, "Tags": [{"Key": "a", "Value": "b"}]} for kind in ("image", "snapshot")]
    asked: dict[str, Any] = {"InstanceId": instance, "Name": "web (one)"}
    assert code_of(cloud.ec2.create_image, DryRun=True, **asked) == "DryRunOperation"
    image = cloud.ec2.create_image(**asked, Description="d", NoReboot=True, TagSpecifications=tags)["ImageId"]
    (shown,) = cloud.ec2.describe_images(ImageIds=[image])["Images"]
    assert (shown["Name"], shown["Description"], shown["State"], shown["Public"]) == (
        "web (one)",
        "d",
        "pending",
        False,
    )
    assert shown["Tags"] == [{"Key": "a", "Value": "b"}]
    assert code_of(cloud.ec2.create_image, **asked) == "IncorrectInstanceState"
    cloud.world.daemons.settle()
    assert cloud.ec2.describe_images(Owners=["self"], Filters=wants("state", "available"))["Images"]
    assert cloud.ec2.create_image(**asked)["ImageId"] != image
    for wrong, code in (({"InstanceId": "i-0123456789abcdef0"}, "InvalidInstanceID.NotFound"),
                        ({"Name": "a:b"}, "InvalidAMIName.Malformed"),
                        ({"BlockDeviceMappings": [{"DeviceName": "/dev/sdb", "NoDevice": ""}]}, "UnsupportedOperation"),
                        ({"TagSpecifications": [{"ResourceType": "volume"}]}, "InvalidParameterValue")):  # fmt: skip
        assert code_of(cloud.ec2.create_image, **{**asked, **wrong}) == code
