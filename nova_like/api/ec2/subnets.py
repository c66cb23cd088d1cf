"""The look-up of subnets by Amazon's ids for other actions."""

from typing import Any

from nova_like.api.ec2 import ids
from nova_like.api.ec2.call import Call
from nova_like.api.ec2.refused import Refused


def find(call: Call, wanted: str) -> dict[str, Any]:
    """The row that the id names. Raises Refused when it is malformed or not there."""
    ids.span("subnet", wanted)
    for row in call.services.subnets.list(call.ctx):
        if ids.show("subnet", row["id"]) == wanted:
            return row
    raise Refused("InvalidSubnetID.NotFound", f"The subnet ID '{wanted}' does not exist")
