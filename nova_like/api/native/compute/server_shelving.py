"""Actions of POST .../action that put a server away and take it out again."""

from nova_like.api.common.request import Request
from nova_like.api.common.routing import Action
from nova_like.api.native.compute.schemas import shelving as schemas
from nova_like.api.native.compute.schemas.servers import NOTHING
from nova_like.services.shelving import ANY_ZONE


def shelve(req: Request, server_id: str) -> None:
    req.services.shelving.shelve(req.ctx, server_id)


def offload(req: Request, server_id: str) -> None:
    req.services.shelving.offload(req.ctx, server_id)


def unshelve(req: Request, server_id: str) -> None:
    """A zone that is null sets it free of the one that it was bound to."""
    asked = req.body_json["unshelve"] or {}
    zone = (asked["availability_zone"] or ANY_ZONE) if "availability_zone" in asked else None
    req.services.shelving.unshelve(req.ctx, server_id, zone, asked.get("host"))


ACTIONS = {
    "shelve": Action(shelve, NOTHING),
    "shelveOffload": Action(offload, NOTHING),
    "unshelve": Action(unshelve, schemas.UNSHELVE),
}
