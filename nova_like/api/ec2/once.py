"""Client tokens of the actions that make one thing in one transaction: the same request again makes nothing more."""

import contextlib
import hashlib
import json
from contextlib import AbstractContextManager
from typing import Any

from nova_like.api.ec2.call import Call
from nova_like.api.ec2.refused import Refused

LENGTH = 64


def token(call: Call) -> AbstractContextManager[Any]:
    """Around the one transaction of a call with ClientToken; nothing where there is none. Raises Conflict
    (`key_reused`, `key_busy`)."""
    text = checked(call)
    if text is None:
        return contextlib.nullcontext()
    said = {name: value for name, value in call.params.items() if name != "ClientToken"}
    digest = hashlib.sha256(json.dumps([call.action, said], sort_keys=True, default=str).encode()).hexdigest()
    return call.services.once.key(call.ctx, f"{call.action} {text}", digest)


def checked(call: Call) -> str | None:
    """The token. Raises Refused when it is not one."""
    text = call.get("ClientToken") or None
    if text and (len(text) > LENGTH or not text.isascii()):
        raise Refused("InvalidParameterValue", f"ClientToken is at most {LENGTH} ASCII characters.")
    return text
