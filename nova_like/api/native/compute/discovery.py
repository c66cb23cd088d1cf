"""Version documents of the compute API."""

from typing import Any

from nova_like.api.common.microversion import Microversions
from nova_like.api.common.request import Request
from nova_like.api.common.routing import Route

MICROVERSIONS = Microversions("compute", "2.1", "2.60", "X-OpenStack-Nova-API-Version")
UPDATED = "2013-07-23T11:33:21Z"  # the date that OpenStack gives to v2.1
MEDIA = {"base": "application/json", "type": "application/vnd.openstack.compute+json;version=2.1"}


def _document(req: Request) -> dict[str, Any]:
    return {
        "id": "v2.1", "status": "CURRENT", "version": MICROVERSIONS.maximum, "min_version": MICROVERSIONS.minimum,
        "updated": UPDATED, "links": [{"rel": "self", "href": f"{req.base('compute')}/v2.1/"}],
    }  # fmt: skip


def versions(req: Request) -> dict[str, Any]:
    return {"versions": [_document(req)]}


def version(req: Request) -> dict[str, Any]:
    return {"version": {**_document(req), "media-types": [MEDIA]}}


ROUTES = (Route("GET", "/", versions, open=True), Route("GET", "/v2.1", version, open=True))
