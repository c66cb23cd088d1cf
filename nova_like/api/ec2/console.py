"""GetConsoleOutput and GetConsoleScreenshot: the end of what the guest wrote to its console, and what it shows."""

import base64
import io
from typing import Any

from nova_like import concurrency
from nova_like.api.ec2 import ids, instances
from nova_like.api.ec2.call import Call
from nova_like.api.ec2.instance_state import RUNNING, name
from nova_like.api.ec2.refused import Refused
from nova_like.model.errors import Conflict, HostFailure

BYTES = 65536
MOST_PIXELS = 8 << 20


def output(call: Call) -> dict[str, Any]:
    """The last 64 KiB, base64; empty while there is none."""
    row = instances.find(call, [call.params["InstanceId"]])[0]
    return {
        "InstanceId": ids.show("instance", row["id"]),
        "Timestamp": concurrency.now(),
        "Output": base64.b64encode(_text(call, row)[-BYTES:]).decode(),
    }


def screenshot(call: Call) -> dict[str, Any]:
    """A JPEG, base64."""
    row = instances.find(call, [call.params["InstanceId"]])[0]
    if name(row) != RUNNING:
        raise _not_running(row)
    try:
        picture = call.services.instances.screenshot(call.ctx, row["id"], bool(call.get("WakeUp")))
    except Conflict:
        raise _not_running(row) from None
    return {"InstanceId": ids.show("instance", row["id"]), "ImageData": base64.b64encode(jpeg(picture)).decode()}


def _not_running(row: dict[str, Any]) -> Refused:
    shown = ids.show("instance", row["id"])
    return Refused("IncorrectInstanceState", f"The instance '{shown}' does not run, or has no display.")


def jpeg(png: bytes) -> bytes:
    """An agent's PNG as JPEG. Raises HostFailure for what is none, or is too large."""
    from PIL import Image  # 10 MiB of memory, for those who ask

    made = io.BytesIO()
    try:
        with Image.open(io.BytesIO(png), formats=["PNG"]) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise ValueError("too large")
            picture.convert("RGB").save(made, "JPEG", quality=80)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise HostFailure("The picture of the display cannot be read.", "instance") from None
    return made.getvalue()


def _text(call: Call, row: dict[str, Any]) -> bytes:
    if not row.get("host") or row["state"] == "deleted":
        return b""
    try:
        return call.services.instances.console_output(call.ctx, row["id"]).encode("utf-8", "replace")
    except Conflict:  # not there yet, or no more
        return b""
