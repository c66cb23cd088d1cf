"""Signed, expiring links: how a host may fetch one image, or fill one with data that are known already, without any
credentials. Pure; serves nothing."""

import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

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


@dataclass(frozen=True)
class Filling:
    """What an upload link says: the image, until when (seconds since 1970) it holds, and the data that it takes.

    It can be used once: an image that has its data takes no others.
    """

    image_id: str
    expires: int
    size_bytes: int
    sha256: str

    def sign(self, key: str) -> str:
        """The signature (hex) of this link."""
        if not key:
            raise ValueError("[images] link_key is empty")
        text = f"PUT\n{PREFIX}{self.image_id}\n{self.expires}\n{self.size_bytes}\n{self.sha256}"
        return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()

    def url(self, base_url: str, key: str) -> str:
        """The whole URL, to be asked by PUT."""
        query = {"expires": self.expires, "size": self.size_bytes, "sha256": self.sha256, "signature": self.sign(key)}
        return f"{base_url.rstrip('/')}{PREFIX}{self.image_id}?{urlencode(query)}"

    def holds(self, key: str, signature: str, now: float) -> bool:
        """Whether the link is ours and has not expired at `now` (seconds since 1970). Takes any text."""
        if not key or not ids.is_uuid(self.image_id):
            return False
        return (
            hmac.compare_digest(self.sign(key).encode(), signature.encode("utf-8", "replace")) and now <= self.expires
        )


def filling(image_id: str, expires: str, size: str, sha256: str) -> Filling | None:
    """What the parts of a link say, None when they cannot be of one of ours."""
    if not all(text.isascii() and text.isdigit() and len(text) <= 15 for text in (expires, size)):
        return None
    return Filling(image_id, int(expires), int(size), sha256)
