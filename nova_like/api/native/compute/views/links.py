"""Links to things of compute."""

from typing import Any

from nova_like.api.common.request import Request

Json = dict[str, Any]


def self_links(req: Request, noun: str, id: str) -> list[Json]:
    base = req.base("compute")
    return [{"rel": "self", "href": f"{base}/v2.1/{noun}/{id}"}, bookmark(req, noun, id)]


def bookmark(req: Request, noun: str, id: str) -> Json:
    return {"rel": "bookmark", "href": f"{req.base('compute')}/{noun}/{id}"}


def url(req: Request, path: str) -> str:
    return f"{req.base('compute')}/v2.1/{path}"
