"""GetConsoleOutput: the end of what the guest wrote to its console."""

import base64
from typing import Any

from nova_like import concurrency
from nova_like.api.ec2 import ids, instances
from nova_like.api.ec2.call import Call
from nova_like.model.errors import Conflict

BYTES = 65536


def output(call: Call) -> dict[str, Any]:
    """The last 64 KiB, base64; empty while there is none."""
    row = instances.find(call, [call.params["InstanceId"]])[0]
    return {
        "InstanceId": ids.show("instance", row["id"]),
        "Timestamp": concurrency.now(),
        "Output": base64.b64encode(_text(call, row)[-BYTES:]).decode(),
    }


def _text(call: Call, row: dict[str, Any]) -> bytes:
    if not row.get("host") or row["state"] == "deleted":
        return b""
    try:
        return call.services.instances.console_output(call.ctx, row["id"]).encode("utf-8", "replace")
    except Conflict:  # not there yet, or no more
        return b""
