"""GetPasswordData: what the guest wrote of its administrator's password, encrypted with the instance's key."""

from typing import Any

from nova_like import concurrency
from nova_like.api.ec2 import ids, instances
from nova_like.api.ec2.call import Call


def data(call: Call) -> dict[str, Any]:
    """Empty while the guest has written none."""
    row = instances.find(call, [call.params["InstanceId"]])[0]
    return {
        "InstanceId": ids.show("instance", row["id"]), "Timestamp": concurrency.now(),
        "PasswordData": row.get("password") or "",
    }  # fmt: skip
