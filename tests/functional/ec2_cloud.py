"""A fresh project in the EC2 world, with an image, a network and a client; and what tests ask of errors. Test code."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from nova_like import concurrency
from tests.functional.ec2_world import Account, World


class Cloud:
    """`ec2` is a boto3 client of a member of the project."""

    def __init__(self, world: World, project: str = "") -> None:
        self.world, self.project = world, project or concurrency.new_id()
        self.account: Account = world.user("ann", self.project)
        self.ec2: Any = self.account.client()
        world.add_image(self.account.project_id, "debian")
        self.network, self.subnet = world.add_network(self.account.project_id)
        self.image: str = self.ec2.describe_images(Owners=["self"])["Images"][0]["ImageId"]

    def run(self, count: int = 1, **more: Any) -> list[str]:
        params = {"ImageId": self.image, "InstanceType": "m1.tiny", "MinCount": count, "MaxCount": count, **more}
        return [each["InstanceId"] for each in self.ec2.run_instances(**params)["Instances"]]

    def running(self, count: int = 1, **more: Any) -> list[str]:
        made = self.run(count, **more)
        self.world.daemons.settle()
        return made

    def show(self, instance: str) -> dict[str, Any]:
        (group,) = self.ec2.describe_instances(InstanceIds=[instance])["Reservations"]
        (found,) = group["Instances"]
        return found

    def states(self, ids: list[str]) -> list[str]:
        found = self.ec2.describe_instances(InstanceIds=ids)["Reservations"]
        return [each["State"]["Name"] for group in found for each in group["Instances"]]


@contextmanager
def served(folder: Path) -> Iterator[World]:
    """A world of its own that is served over HTTP."""
    world = World(folder)
    with world.serving():
        yield world


def code_of(call: Any, **params: Any) -> str:
    """The code of the error that a client's call ends with."""
    with pytest.raises(ClientError) as caught:
        call(**params)
    return str(caught.value.response["Error"]["Code"])


def wants(name: str, *values: str) -> list[dict[str, Any]]:
    """One filter."""
    return [{"Name": name, "Values": list(values)}]
