"""The OpenStack Identity API, v3: parses, renders, and leaves the rest to services/identity*."""

from typing import Any

from nova_like.api.common.app import App


def app() -> App:
    from nova_like.api.native.identity import discovery, routes
    from nova_like.api.native.identity.errors import ERRORS

    return App((*discovery.ROUTES, *routes.mounted_routes()), ERRORS)


def factory(global_conf: dict[str, Any], **local_conf: Any) -> App:
    return app()
