"""Signed, expiring download links: how a host may fetch one image without any credentials. Pure; serves nothing."""

import hashlib
import hmac
from urllib.parse import parse_qs, urlsplit

from nova_like.model import ids

PREFIX = "/image/link/"


def sign(key: str, image_id: str, expires: int) -> str:
    """The signature (hex) of the link to `image_id` that holds until `expires` (seconds since 1970)."""
    if not key:
        raise ValueError("[images] link_key is empty")
    text = f"GET\n{PREFIX}{image_id}\n{expires}"
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()


def verify(key: str, image_id: str, expires: str | int, signature: str, now: float) -> bool:
    """Whether the link is ours and has not expired at `now` (seconds since 1970). Takes any text, raises nothing."""
    digits = str(expires)
    if not key or not ids.is_uuid(image_id) or not (digits.isascii() and digits.isdigit() and len(digits) <= 12):
        return False
    good = hmac.compare_digest(sign(key, image_id, int(digits)).encode(), signature.encode("utf-8", "replace"))
    return good and now <= int(digits)


def make(base_url: str, key: str, image_id: str, expires: int) -> str:
    """The whole URL: `<base_url>/image/link/<image id>?expires=<seconds since 1970>&signature=<hex>`."""
    path = f"{PREFIX}{image_id}"
    return f"{base_url.rstrip('/')}{path}?expires={expires}&signature={sign(key, image_id, expires)}"


def parse(url: str) -> tuple[str, str, str]:
    """(image id, expires, signature) out of a link's URL or path, each empty when missing; for `verify`."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    image_id = parts.path.rpartition(PREFIX)[2]
    return image_id, query.get("expires", [""])[0], query.get("signature", [""])[0]
