"""Version documents of the image API, and what it says of itself."""

from typing import Any

from nova_like.api.common.reply import reply
from nova_like.api.common.request import Request
from nova_like.api.common.routing import Route

# each that brought what is here; what is left out brought multiple stores or locations
VERSIONS = (16, 15, 14, 13, 12, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)


def _documents(req: Request) -> list[dict[str, Any]]:
    links = [{"rel": "self", "href": f"{req.base('image')}/v2/"}]
    return [{"id": f"v2.{minor}", "status": "CURRENT" if minor == VERSIONS[0] else "SUPPORTED", "links": links}
            for minor in VERSIONS]  # fmt: skip


def versions(req: Request) -> Any:
    return reply({"versions": _documents(req)}, 300)


def all_versions(req: Request) -> dict[str, Any]:
    return {"versions": _documents(req)}


ROUTES = (
    Route("GET", "/", versions, open=True),
    Route("GET", "/versions", all_versions, open=True),
    Route("GET", "/v2", all_versions, open=True),
)
