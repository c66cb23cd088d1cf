"""Version documents of the volume API."""

from typing import Any

from nova_like.api.common.microversion import Microversions
from nova_like.api.common.reply import reply
from nova_like.api.common.request import Request
from nova_like.api.common.routing import Route

MICROVERSIONS = Microversions("volume", "3.0", "3.2")
MEDIA = {"base": "application/json", "type": "application/vnd.openstack.volume+json;version=3"}
UPDATED = "2016-02-08T12:20:21Z"  # the date that OpenStack gives to v3


def _document(req: Request) -> dict[str, Any]:
    return {
        "id": "v3.0", "status": "CURRENT", "version": MICROVERSIONS.maximum, "min_version": MICROVERSIONS.minimum,
        "updated": UPDATED, "links": [{"rel": "self", "href": f"{req.base('volume')}/v3/"}], "media-types": [MEDIA],
    }  # fmt: skip


def versions(req: Request) -> Any:
    return reply({"versions": [_document(req)]}, 300)


def version(req: Request) -> dict[str, Any]:
    return {"versions": [_document(req)]}


ROUTES = (Route("GET", "/", versions, open=True), Route("GET", "/v3", version, open=True))
