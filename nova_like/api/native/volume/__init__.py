"""The OpenStack Block Storage API, v3 with microversions: parses, renders, and leaves the rest to the services."""

from typing import Any

from nova_like.api.common.app import App
from nova_like.api.common.request import Request
from nova_like.api.common.routing import Route, mounted
from nova_like.model.errors import Invalid, NotFound
from nova_like.model.ids import is_uuid


def check_path(req: Request, route: Route, variables: dict[str, str]) -> None:
    """The project in the path is the token's, or it is not there; an id that is no UUID names nothing."""
    project_id = variables.pop("project_id", None)
    if project_id is not None and project_id != req.ctx.project_id:
        raise Invalid("Malformed request url")
    volume_id = variables.get("volume_id")
    if volume_id is not None and not is_uuid(volume_id):
        raise NotFound("volume", volume_id[:64])


def factory(global_conf: dict[str, Any], **local_conf: Any) -> App:
    from nova_like.api.native.volume import discovery, routes
    from nova_like.api.native.volume.errors import ERRORS

    table = (*discovery.ROUTES, *mounted(routes.ROUTES, "/v3"), *mounted(routes.ROUTES, "/v3/{project_id}"))
    return App(table, ERRORS, discovery.MICROVERSIONS, before=check_path)
