"""DescribeAccountAttributes: the limits of the caller's project, and where its instances live by themselves."""

from typing import Any

from nova_like.api.ec2 import ids
from nova_like.api.ec2.call import Call
from nova_like.api.ec2.refused import Refused

LONG = ("instance", "reservation", "snapshot", "volume", "image", "network-interface", "security-group", "subnet",
        "vpc")  # fmt: skip


def describe(call: Call) -> dict[str, Any]:
    """All attributes, or those named. There is no classic network: instances are in VPCs."""
    limits, _ = call.services.limits.show(call.ctx)
    default = _default_network(call)
    values = {
        "supported-platforms": ["VPC"],
        "default-vpc": [default],
        "max-instances": [str(limits["instances"])],
        "vpc-max-security-groups-per-interface": ["5"],
        "max-elastic-ips": ["0"],
        "vpc-max-elastic-ips": ["0"],
    }
    wanted = call.get("AttributeNames") or list(values)
    for name in wanted:
        if name not in values:
            raise Refused("InvalidParameterValue", f"Value ({name[:100]}) for parameter attributeName is invalid.")
    return {"AccountAttributes": [
        {"AttributeName": name, "AttributeValues": [{"AttributeValue": value} for value in values[name]]}
        for name in values if name in wanted
    ]}  # fmt: skip


def _default_network(call: Call) -> str:
    """The project's only network, into which RunInstances goes when it is told none; `none` when there is no such."""
    own = [row for row in call.services.networks.list(call.ctx) if row["project_id"] == call.ctx.project_id]
    return ids.show("network", own[0]["id"]) if len(own) == 1 else "none"


def describe_id_format(call: Call) -> dict[str, Any]:
    """DescribeIdFormat: ids are long, whatever they name."""
    wanted = call.get("Resource")
    if wanted is not None and wanted not in LONG:
        raise Refused("InvalidParameterValue", f"Value ({wanted[:100]}) for parameter resource is invalid.")
    return {"Statuses": [{"Resource": name, "UseLongIds": True} for name in LONG if wanted in (None, name)]}
