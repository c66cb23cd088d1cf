"""Actions that we know and cannot carry out yet: what they name is looked for, and then they say so."""

from typing import Any

from nova_like.api.ec2 import volumes
from nova_like.api.ec2.call import Call
from nova_like.api.ec2.refused import Refused


def volume(call: Call) -> Any:
    """For actions on a volume."""
    volumes.find(call, [call.params["VolumeId"]])
    raise _not_yet(call)


def _not_yet(call: Call) -> Refused:
    return Refused("UnsupportedOperation", f"{call.action} is not supported yet.")
