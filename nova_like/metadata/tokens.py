"""IMDSv2 session tokens: stateless, signed, good for one guest until their time has come.

A token survives a restart of the agent as long as the secret does.
"""

import base64
import binascii
import hashlib
import hmac
import struct

MAX_TTL_SECONDS = 21600
_HEAD = struct.Struct(">Q")


def issue(secret: bytes, owner: str, now: float, ttl_seconds: int) -> str:
    """A token for `owner` (an instance id), good for `ttl_seconds` from `now` (seconds since 1970)."""
    head = _HEAD.pack(int(now) + ttl_seconds)
    return base64.urlsafe_b64encode(head + _mac(secret, owner, head)).decode()


def is_valid(secret: bytes, owner: str, now: float, token: str) -> bool:
    """Whether `issue` made this token for this owner and its time is not over."""
    try:
        raw = base64.urlsafe_b64decode(token.encode("ascii"))
    except (binascii.Error, ValueError):
        return False
    head, mac = raw[: _HEAD.size], raw[_HEAD.size :]
    if len(head) != _HEAD.size or not hmac.compare_digest(mac, _mac(secret, owner, head)):
        return False
    return now < _HEAD.unpack(head)[0]


def _mac(secret: bytes, owner: str, head: bytes) -> bytes:
    return hmac.new(secret, head + owner.encode(), hashlib.sha256).digest()
