"""The OpenStack Image API, v2: parses, renders, and leaves the rest to the services."""

from typing import Any

from nova_like.api.common.app import App
from nova_like.api.common.request import Request
from nova_like.api.common.routing import Route
from nova_like.model.errors import NotFound
from nova_like.model.ids import is_uuid


def only_uuids(req: Request, route: Route, variables: dict[str, str]) -> None:
    """An id that is no UUID names nothing, and goes no further."""
    image_id = variables.get("image_id")
    if image_id is not None and not is_uuid(image_id):
        raise NotFound("image", image_id[:64])


def factory(global_conf: dict[str, Any], **local_conf: Any) -> App:
    from nova_like.api.common.routing import mounted
    from nova_like.api.native.image import discovery, routes
    from nova_like.api.native.image.errors import ERRORS

    table = (*discovery.ROUTES, *routes.LINKS, *mounted(routes.ROUTES, "/v2"))
    return App(table, ERRORS, before=only_uuids, nothing=frozenset({"/v2/images/"}))  # an image whose id is empty
