"""Times, links and numbers as compute shows them."""

import datetime
from typing import Any

from nova_like.api.common.request import Request

Json = dict[str, Any]


def stamp(seconds: float | None) -> str | None:
    """2026-11-21T05:55:23Z."""
    return None if seconds is None else _utc(seconds).strftime("%Y-%m-%dT%H:%M:%SZ")


def micro_stamp(seconds: float | None) -> str | None:
    """2026-11-21T05:55:23.000000: without a zone, in UTC; what the extensions of old show."""
    return None if seconds is None else _utc(seconds).strftime("%Y-%m-%dT%H:%M:%S.%f")


def _utc(seconds: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC)


def number(id: str) -> int:
    """The number that stood for a UUID in old versions: its first 48 bits, which JSON carries exactly."""
    return int(id.replace("-", "")[:12], 16)


def self_links(req: Request, noun: str, id: str) -> list[Json]:
    base = req.base("compute")
    return [{"rel": "self", "href": f"{base}/v2.1/{noun}/{id}"}, bookmark(req, noun, id)]


def bookmark(req: Request, noun: str, id: str) -> Json:
    return {"rel": "bookmark", "href": f"{req.base('compute')}/{noun}/{id}"}


def url(req: Request, path: str) -> str:
    return f"{req.base('compute')}/v2.1/{path}"
