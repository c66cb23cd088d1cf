"""What launch templates hold: kept as the request says it, and laid under a request that names one."""

import datetime
from typing import Any

from nova_like.api.ec2 import block_devices
from nova_like.api.ec2.call import Call
from nova_like.api.ec2.refused import Refused, missing

Row = dict[str, Any]
LATEST, DEFAULT = "$Latest", "$Default"
# names that RunInstances writes otherwise, and what it has no word for
_OTHERWISE = {"RamDiskId": "RamdiskId", "ElasticGpuSpecifications": "ElasticGpuSpecification"}
_UNSUPPORTED = ("InstanceRequirements",)
MAPPINGS = "BlockDeviceMappings"


def kept(call: Call) -> dict[str, Any]:
    """The LaunchTemplateData of a request, as JSON can hold it. Raises Refused."""
    data = call.params["LaunchTemplateData"]
    if not data:
        raise missing("LaunchTemplateData")
    for name in _UNSUPPORTED:
        if data.get(name):
            raise Refused("UnsupportedOperation", f"The parameter LaunchTemplateData.{name} is not supported.")
    return _plain(data)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.timestamp() if isinstance(value, datetime.datetime) else value


def number(text: str | None, template: Row) -> int:
    """The version that `text` names: a number, $Latest, or $Default, which nothing stands for. Raises Refused."""
    if text in (None, "", DEFAULT):
        return int(template["default_version"])
    if text == LATEST:
        return int(template["latest_version"])
    if not (text and text.isascii() and text.isdecimal() and len(text) < 10):
        raise Refused("InvalidParameterValue", f"The launch template version {str(text)[:40]} is invalid.")
    return int(text)


def laid_under(params: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    """The parameters of RunInstances with what the template says and they do not; block devices each for itself."""
    below = {_OTHERWISE.get(name, name): value for name, value in data.items()}
    found = {**below, **{name: value for name, value in params.items() if name != "LaunchTemplate"}}
    if MAPPINGS in params and MAPPINGS in below:
        found[MAPPINGS] = block_devices.laid_over(below[MAPPINGS], params[MAPPINGS])
    return found
