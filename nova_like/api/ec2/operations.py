"""The table of actions: which handler carries it out, and which rule lets a caller do so."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nova_like import concurrency
from nova_like.api.ec2 import (
    account,
    attachments,
    caller,
    console,
    image_attributes,
    image_changes,
    images,
    instance_attributes,
    instance_changes,
    instance_options,
    instance_types,
    instances,
    keypairs,
    launch_template_versions,
    launch_templates,
    password,
    placement_groups,
    power,
    regions,
    run,
    shapes,
    tags,
    unbuilt,
    volume_attributes,
    volumes,
)
from nova_like.api.ec2.call import Call
from nova_like.api.ec2.shapes import Operation

Handler = Callable[[Call], dict[str, Any] | None]


@dataclass(frozen=True)
class Entry:
    """`rule` is checked ahead of the handler; the services check for themselves as well. `own_dry_run`: the handler
    sees DryRun to its end."""

    handler: Handler
    rule: str
    service: str = "ec2"
    own_dry_run: bool = False


TABLE: dict[str, Entry] = {
    "RunInstances": Entry(run.run, "compute:servers:create", own_dry_run=True),
    "DescribeInstances": Entry(instances.describe, "compute:servers:list"),
    "DescribeInstanceStatus": Entry(instances.describe_status, "compute:servers:list"),
    "DescribeInstanceAttribute": Entry(instance_attributes.describe, "compute:servers:show"),
    "ModifyInstanceAttribute": Entry(instance_changes.modify, "compute:servers:update"),
    "ResetInstanceAttribute": Entry(instance_changes.reset, "compute:servers:update"),
    "ModifyInstanceMetadataOptions": Entry(instance_options.modify_metadata, "compute:servers:update"),
    "MonitorInstances": Entry(instance_options.monitor, "compute:servers:update"),
    "UnmonitorInstances": Entry(instance_options.unmonitor, "compute:servers:update"),
    "StartInstances": Entry(power.start, "compute:servers:start"),
    "StopInstances": Entry(power.stop, "compute:servers:stop"),
    "RebootInstances": Entry(power.reboot, "compute:servers:reboot"),
    "TerminateInstances": Entry(power.terminate, "compute:servers:delete"),
    "GetConsoleOutput": Entry(console.output, "compute:servers:console_output"),
    "GetConsoleScreenshot": Entry(console.screenshot, "compute:servers:console_output"),
    "DescribeImages": Entry(images.describe, "image:images:list"),
    "GetPasswordData": Entry(password.data, "compute:servers:show"),
    "DescribeImageAttribute": Entry(image_attributes.describe, "image:images:show"),
    "ModifyImageAttribute": Entry(image_attributes.modify, "image:images:update"),
    "ResetImageAttribute": Entry(image_attributes.reset, "image:images:update"),
    "CopyImage": Entry(image_changes.copy, "image:images:create"),
    "CreateImage": Entry(image_changes.create, "compute:servers:snapshot"),
    "DeregisterImage": Entry(image_changes.deregister, "image:images:delete"),
    "RegisterImage": Entry(image_changes.register, "image:images:create"),
    "DescribeInstanceTypes": Entry(instance_types.describe, "compute:flavors:list"),
    "DescribeKeyPairs": Entry(keypairs.describe, "compute:keypairs:list"),
    "CreateKeyPair": Entry(keypairs.create, "compute:keypairs:create"),
    "ImportKeyPair": Entry(keypairs.import_key, "compute:keypairs:create"),
    "DeleteKeyPair": Entry(keypairs.delete, "compute:keypairs:delete"),
    "CreateLaunchTemplate": Entry(launch_templates.create, "ec2:launch_templates:create"),
    "CreateLaunchTemplateVersion": Entry(launch_template_versions.create, "ec2:launch_templates:update"),
    "DescribeLaunchTemplates": Entry(launch_templates.describe, "ec2:launch_templates:list"),
    "DescribeLaunchTemplateVersions": Entry(launch_template_versions.describe, "ec2:launch_templates:list"),
    "ModifyLaunchTemplate": Entry(launch_templates.modify, "ec2:launch_templates:update"),
    "DeleteLaunchTemplate": Entry(launch_templates.delete, "ec2:launch_templates:delete"),
    "CreatePlacementGroup": Entry(placement_groups.create, "compute:groups:create"),
    "DescribePlacementGroups": Entry(placement_groups.describe, "compute:groups:list"),
    "DeletePlacementGroup": Entry(placement_groups.delete, "compute:groups:delete"),
    "DescribeRegions": Entry(regions.describe, "ec2:regions:list"),
    "DescribeAvailabilityZones": Entry(regions.describe_zones, "ec2:regions:list"),
    "DescribeAccountAttributes": Entry(account.describe, "compute:limits:show"),
    "DescribeIdFormat": Entry(account.describe_id_format, "ec2:regions:list"),
    "CreateTags": Entry(tags.create, "ec2:tags:create"),
    "DeleteTags": Entry(tags.delete, "ec2:tags:delete"),
    "DescribeTags": Entry(tags.describe, "ec2:tags:list"),
    "CreateVolume": Entry(volumes.create, "volume:volumes:create"),
    "DescribeVolumes": Entry(volumes.describe, "volume:volumes:list"),
    "DescribeVolumeStatus": Entry(volumes.describe_status, "volume:volumes:list"),
    "DeleteVolume": Entry(volumes.delete, "volume:volumes:delete"),
    "DescribeVolumeAttribute": Entry(volume_attributes.describe, "volume:volumes:show"),
    "ModifyVolumeAttribute": Entry(volume_attributes.modify, "volume:volumes:update"),
    "DescribeVolumesModifications": Entry(volume_attributes.describe_modifications, "volume:volumes:list"),
    "ModifyVolume": Entry(unbuilt.volume, "volume:volumes:update"),
    "AttachVolume": Entry(attachments.attach, "compute:servers:attach"),
    "DetachVolume": Entry(attachments.detach, "compute:servers:detach"),
    "GetCallerIdentity": Entry(caller.identity, "ec2:caller:show", service="sts"),
}
_loaded: dict[str, Operation] = {}
_lock = concurrency.Lock()


def load() -> dict[str, Operation]:
    """The operations of the table with their shapes, read once in a process (20 ms, 2 MiB)."""
    with _lock:
        if not _loaded:
            for service in shapes.MODELS:
                names = [name for name, entry in TABLE.items() if entry.service == service]
                _loaded.update(shapes.load(service, names))
    return _loaded


def find(name: str) -> Operation | None:
    """The operation of that name, None when we have none."""
    return (_loaded or load()).get(name)
