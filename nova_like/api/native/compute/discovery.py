"""Version documents of the compute API."""

from typing import Any

from nova_like.api.common.microversion import Microversions
from nova_like.api.common.request import Request
from nova_like.api.common.routing import Route

MICROVERSIONS = Microversions("compute", "2.1", "2.96", "X-OpenStack-Nova-API-Version")
UPDATED = "2013-07-23T11:33:21Z"  # the date that OpenStack gives to v2.1
MEDIA = {"base": "application/json", "type": "application/vnd.openstack.compute+json;version=2.1"}


def _document(req: Request) -> dict[str, Any]:
    return {
        "id": "v2.1", "status": "CURRENT", "version": MICROVERSIONS.maximum, "min_version": MICROVERSIONS.minimum,
        "updated": UPDATED, "links": [{"rel": "self", "href": f"{req.base('compute')}/v2.1/"}],
    }  # fmt: skip


def _legacy(req: Request) -> dict[str, Any]:
    """v2.0: the same API without microversions, for clients of old."""
    return {
        "id": "v2.0", "status": "SUPPORTED", "version": "", "min_version": "", "updated": "2011-01-21T11:33:21Z",
        "links": [{"rel": "self", "href": f"{req.base('compute')}/v2/"}],
    }  # fmt: skip


def versions(req: Request) -> dict[str, Any]:
    return {"versions": [_legacy(req), _document(req)]}


def legacy_version(req: Request) -> dict[str, Any]:
    media = {"base": "application/json", "type": "application/vnd.openstack.compute+json;version=2"}
    return {"version": {**_legacy(req), "media-types": [media]}}


def version(req: Request) -> dict[str, Any]:
    return {"version": {**_document(req), "media-types": [MEDIA]}}


ROUTES = (Route("GET", "/", versions, open=True), Route("GET", "/v2.1", version, open=True),
          Route("GET", "/v2", legacy_version, open=True))  # fmt: skip
