"""S16, S17 for the EC2 dialect: another's things are as none, and a reader changes nothing."""

import re
from urllib.parse import urlencode

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from webob import Request

from nova_like.api.ec2 import ids, operations
from nova_like.model.context import Context
from tests.functional.compute_world import UNKNOWN
from tests.functional.hostile.signing import TYPE, URL
from tests.functional.sweep_world import World
from tests.functional.test_ec2_tenancy import needed

Breaches = list[str]
BY_INSTANCE = {
    "DescribeInstances": {}, "DescribeInstanceStatus": {}, "StartInstances": {}, "StopInstances": {},
    "RebootInstances": {}, "TerminateInstances": {},
}  # fmt: skip
READS = ("Describe", "Get")
NOUNS = {"instance": "server", "image": "image", "volume": "volume"}
MAPPED = {"BlockDeviceMapping.1.DeviceName": "/dev/vda", "BlockDeviceMapping.1.Ebs.VolumeSize": "1"}
RUN = {"MinCount": "1", "MaxCount": "1"}
_REQUEST_ID = re.compile(r"<requestid>[^<]*</requestid>", re.IGNORECASE)


def key_of(world: World, user: str, project: str) -> Credentials:
    """An access key that is made for this."""
    user_id, project_id = world.cloud.ids[user], world.cloud.ids[f"project:{project}"]
    row = world.cloud.services.identity.ec2.create(Context(user_id=user_id), user_id, project_id)
    return Credentials(row["access"], row["secret"])


def ask(world: World, key: Credentials, action: str, **form: str) -> tuple[int, str]:
    """Status and text of the answer, without its request id."""
    body = urlencode({"Action": action, "Version": "2016-11-15", **form}).encode()
    signed = AWSRequest("POST", URL, data=body, headers={"Content-Type": TYPE})
    SigV4Auth(key, "ec2", "RegionOne").add_auth(signed)
    headers = {**dict(signed.headers.items()), "Host": "localhost"}
    got = Request.blank(URL, method="POST", headers=headers, body=body).get_response(world.cloud.app)
    return got.status_int, _REQUEST_ID.sub("", got.text)


def check_ec2_others_things(world: World) -> Breaches:
    """S16: each action by instance, image and tag, on another project's and on nobody's."""
    found, key = [], key_of(world, "bob", "south")
    before = world._all_rows()
    tries = [(action, "InstanceId.1", "instance", "server", {}) for action in BY_INSTANCE]
    tries += [("GetConsoleOutput", "InstanceId", "instance", "server", {}),
              ("GetConsoleScreenshot", "InstanceId", "instance", "server", {"WakeUp": "true"}),
              ("DescribeInstanceAttribute", "InstanceId", "instance", "server", {"Attribute": "instanceType"}),
              ("DescribeImages", "ImageId.1", "image", "image", {}),
              ("RunInstances", "ImageId", "image", "image", RUN),
              ("RunInstances", "ImageId", "image", "image", RUN | MAPPED),
              ("CreateTags", "ResourceId.1", "instance", "server", {"Tag.1.Key": "a", "Tag.1.Value": "b"}),
              ("DeleteTags", "ResourceId.1", "image", "image", {"Tag.1.Key": "a"})]  # fmt: skip
    for action, parameter, kind, noun, form in tries:
        values = [ids.show(kind, id) for id in (world.theirs.ids[noun], UNKNOWN)]
        answers = [ask(world, key, action, **form, **{parameter: value}) for value in values]
        same = answers[0][0] == answers[1][0] and answers[0][1].replace(values[0], "") == answers[1][1].replace(
            values[1], "")  # fmt: skip
        if not same or world._all_rows() != before:
            found.append(f"{action}: another's {noun} is known from none")
            before = world._all_rows()
    for action in ("DescribeInstances", "DescribeImages", "DescribeTags", "DescribeKeyPairs"):
        text = ask(world, key, action)[1]
        found += [f"{action} shows a {noun}" for kind, noun in (("instance", "server"), ("image", "image"))
                  if ids.show(kind, world.theirs.ids[noun]) in text]  # fmt: skip
    world.restore()
    return found


def check_ec2_readers(world: World) -> Breaches:
    """S17: who may only read is refused every action that changes something, tried or in earnest."""
    found, key = [], key_of(world, "ron", "north")
    before = world._all_rows()
    own = {noun: ids.show(noun, world.theirs.ids[name]) for noun, name in NOUNS.items()}
    for action, entry in operations.TABLE.items():
        if action.startswith(READS) or entry.service != "ec2":
            continue
        form = RUN | MAPPED | {"ImageId": own["image"]} if action == "RunInstances" else needed(own, action)
        for more in ({}, {"DryRun": "true"}):
            status, text = ask(world, key, action, **form, **more)
            if status != 403 or "UnauthorizedOperation" not in text or world._all_rows() != before:
                found.append(f"{action} {more}: {status}")
                before = world._all_rows()
    world.restore()
    return found
