"""MaxResults and NextToken of the Describe actions. A token names the last item given, so pages never shift."""

import base64
import binascii
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from nova_like.api.ec2.call import Call
from nova_like.api.ec2.refused import Refused

LEAST, MOST = 5, 1000
Item = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """At most `limit` items after the one whose id is `after`."""

    limit: int = MOST
    after: str | None = None


def page(call: Call, ids: str = "", least: int = LEAST) -> Page:
    """The page that a call asks for; `ids` is its member that names items, which excludes MaxResults;
    `least` the smallest page."""
    limit, token = call.get("MaxResults"), call.get("NextToken")
    if limit is None:
        return Page(after=_key(token) if token else None)
    if ids and call.get(ids):
        raise Refused(
            "InvalidParameterCombination", f"The parameter {ids} cannot be used with the parameter MaxResults"
        )
    if limit < least:
        raise Refused(
            "InvalidParameterValue",
            f"Value ( {limit} ) for parameter maxResults is invalid. Expecting a value from {least} to {MOST}.",
        )
    return Page(min(limit, MOST), _key(token) if token else None)


def cut(items: Iterable[Item], asked: Page, key: Callable[[Item], str]) -> tuple[list[Item], str | None]:
    """One page out of all items, and the token of the next; in the order of their keys."""
    rest = sorted((item for item in items if asked.after is None or key(item) > asked.after), key=key)
    shown = rest[: asked.limit]
    return shown, token(key(shown[-1])) if len(rest) > len(shown) else None


def token(key: str) -> str:
    """The opaque NextToken for the items after `key`."""
    return base64.urlsafe_b64encode(f"1:{key}".encode()).decode()


def _key(text: str) -> str:
    try:
        version, _, key = base64.b64decode(text, altchars=b"-_", validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        version, key = "", ""
    if version != "1" or not key or len(key) > 255:
        raise invalid_token()
    return key


def invalid_token() -> Refused:
    """The NextToken is not one that we gave out, or what it names is gone."""
    return Refused("InvalidNextToken", "The specified NextToken is not valid.")
