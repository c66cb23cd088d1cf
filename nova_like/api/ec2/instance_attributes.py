"""DescribeInstanceAttribute: one property of one instance."""

from collections.abc import Callable
from typing import Any

from nova_like.api.ec2 import instance_view, instances
from nova_like.api.ec2.call import Call
from nova_like.api.ec2.refused import Refused
from nova_like.model import options

View = dict[str, Any]


def _user_data(call: Call, row: dict[str, Any], view: View) -> View:
    full = call.services.instances.get(call.ctx, row["id"])  # lists leave user data out
    return {"UserData": {"Value": full["user_data"]} if full.get("user_data") else {}}


def _fixed(name: str, value: Any) -> Callable[..., View]:
    return lambda call, row, view: {name: {"Value": value}}


_ATTRIBUTES: dict[str, Callable[[Call, dict[str, Any], View], View]] = {
    "instanceType": lambda call, row, view: {"InstanceType": {"Value": view["InstanceType"]}},
    "userData": _user_data,
    "groupSet": lambda call, row, view: {"Groups": view.get("SecurityGroups", [])},
    "blockDeviceMapping": lambda call, row, view: {"BlockDeviceMappings": view["BlockDeviceMappings"]},
    "rootDeviceName": _fixed("RootDeviceName", instance_view.ROOT_DEVICE),
    "disableApiTermination": lambda call, row, view: {
        "DisableApiTermination": {"Value": options.of_row(row).protected}
    },
    "disableApiStop": _fixed("DisableApiStop", False),
    "instanceInitiatedShutdownBehavior": _fixed("InstanceInitiatedShutdownBehavior", "stop"),
    "sourceDestCheck": _fixed("SourceDestCheck", True),
    "ebsOptimized": _fixed("EbsOptimized", False),
    "enaSupport": _fixed("EnaSupport", False),
    "kernel": lambda call, row, view: {"KernelId": {}},
    "ramdisk": lambda call, row, view: {"RamdiskId": {}},
}


def describe(call: Call) -> View:
    """The attribute under its own name, beside the instance's id."""
    attribute = _ATTRIBUTES.get(call.params["Attribute"])
    if attribute is None:
        raise Refused("UnsupportedOperation", f"The attribute {call.params['Attribute']} is not kept.")
    row = instances.find(call, [call.params["InstanceId"]])[0]
    view = instances.views(call, [row])[0]
    return {"InstanceId": view["InstanceId"], **attribute(call, row, view)}
