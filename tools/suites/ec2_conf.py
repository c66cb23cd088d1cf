"""functional_tests.conf of ec2api-tempest-plugin from a cloud's facts. The tests that it marks as `incompatible` (with
its own server, not with Amazon) are asked for too; what needs a guest to log in to is not."""

from __future__ import annotations

from dataclasses import dataclass

from nova_like.model import ids
from tools.suites.facts import Facts
from tools.trial.cloud import Cloud
from tools.trial.credentials import PROJECT, USER

# a test waits longer for each state the longer it has waited; on a busy machine nothing is broken before this
BUILD_TIMEOUT_S = 120


@dataclass(frozen=True)
class Key:
    """An access key of the demo user, and what its calls name."""

    access: str
    secret: str
    zone: str
    types: tuple[str, str]


def key(cloud: Cloud) -> Key:
    """A new one. The names of zone and instance types are the cloud's."""
    demo, admin = cloud.client(USER), cloud.client("admin")
    user = admin.get(f"/identity/v3/users?name={USER}")["users"][0]["id"]
    project = admin.get(f"/identity/v3/projects?name={PROJECT}")["projects"][0]["id"]
    made = demo.post(f"/identity/v3/users/{user}/credentials/OS-EC2", {"tenant_id": project})["credential"]
    flavors = sorted(demo.get("/compute/v2.1/flavors/detail")["flavors"], key=lambda one: (one["ram"], one["id"]))
    zones = demo.get("/compute/v2.1/os-availability-zone")["availabilityZoneInfo"]
    zone = next(each["zoneName"] for each in zones if each["zoneState"]["available"])
    return Key(made["access"], made["secret"], zone, (flavors[0]["name"], flavors[1]["name"]))


def text(facts: Facts, key: Key) -> str:
    """The file."""
    values = {
        "ec2_url": f"{facts.url}/ec2/",
        "aws_region": facts.region,
        "aws_zone": key.zone,
        "aws_access": key.access,
        "aws_secret": key.secret,
        "image_id": ids.to_ec2("ami", facts.images[0]),
        # one whose instances keep their disk while they are stopped: all of ours do, though none is made of a snapshot
        "ebs_image_id": ids.to_ec2("ami", facts.images[1]),
        "instance_type": key.types[0],
        "instance_type_alt": key.types[1],
        "build_timeout": BUILD_TIMEOUT_S,
        "run_ssh": False,
        "run_incompatible_tests": True,
        "vpnaas_enabled": False,
    }
    lines = ["[DEFAULT]", "use_stderr = false", "[service_available]", "ec2api = true", "[aws]"]
    return "\n".join([*lines, *(f"{name} = {value}" for name, value in values.items()), ""])
