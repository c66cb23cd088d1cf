"""User data: how much there may be, and how it is kept."""

import base64
import binascii

from nova_like.api.ec2.refused import Refused

MOST_BYTES = 16384


def of_text(text: str | None) -> str | None:
    """What is kept of the base64 that a request holds. Raises Refused."""
    if not text:
        return None
    try:
        return kept(base64.b64decode("".join(text.split()), validate=True))
    except (binascii.Error, ValueError):
        raise malformed() from None


def kept(data: bytes) -> str | None:
    """Base64 of the data; None for nothing. Raises Refused for too much."""
    if len(data) > MOST_BYTES:
        raise Refused("InvalidParameterValue", f"User data is limited to {MOST_BYTES} bytes")
    return base64.b64encode(data).decode() or None


def malformed() -> Refused:
    """It is not base64."""
    return Refused("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.")
