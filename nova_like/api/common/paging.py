"""Limit and marker of a list, and the link to its next page. Knows no table: repositories take the marker's key."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from nova_like.api.common.request import Request
from nova_like.model.errors import Invalid


@dataclass(frozen=True)
class Page:
    """At most `limit` items after the item with id `marker` (None: from the start)."""

    limit: int
    marker: str | None = None


def page(request: Request, minimum: int = 0) -> Page:
    """What the query asks for; a limit above the configured maximum is lowered to it. Raises Invalid."""
    maximum = request.conf.api.max_limit
    limit = request.number("limit", maximum, minimum)
    marker = request.GET.get("marker") or None
    if marker is not None and len(marker) > 255:
        raise Invalid("marker not found", field="marker")
    return Page(min(limit if limit is not None else maximum, maximum), marker)


def next_url(request: Request, url: str, items: Sequence[Any], page: Page, key: str = "id") -> str | None:
    """`url` with the same query and the marker behind the last item; None when this page is not full."""
    if not items or len(items) < page.limit:
        return None
    query = [(name, value) for name, value in request.GET.items() if name != "marker"]
    return f"{url}?{urlencode([*query, ('marker', items[-1][key])])}"


def links(request: Request, url: str, items: Sequence[Any], page: Page, key: str = "id") -> list[dict[str, str]]:
    """The `<noun>s_links` list of most OpenStack APIs: one link, or none."""
    href = next_url(request, url, items, page, key)
    return [{"rel": "next", "href": href}] if href else []
