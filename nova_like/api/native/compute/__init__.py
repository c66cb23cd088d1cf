"""The OpenStack Compute API, v2.1 with microversions: parses, renders, and leaves the rest to the services."""

from typing import Any

from nova_like.api.common.app import App
from nova_like.api.common.request import Request
from nova_like.api.common.routing import Route, mounted
from nova_like.model.errors import NotFound
from nova_like.model.ids import is_uuid

# path parameters that are UUIDs: anything else names nothing, and goes no further
NOUNS = {"server_id": "instance", "service_id": "service", "port_id": "port", "server_group_id": "server group",
         "image_id": "image", "security_group_id": "security group", "volume_id": "volume", "network_id": "network",
         "security_rule_id": "security group rule", "snapshot_id": "snapshot"}  # fmt: skip


def only_uuids(req: Request, route: Route, variables: dict[str, str]) -> None:
    for name, value in variables.items():
        if name in NOUNS and not is_uuid(value):
            raise NotFound(NOUNS[name], value[:64])


def app() -> App:
    from nova_like.api.native.compute import discovery, routes
    from nova_like.api.native.compute.errors import ERRORS

    table = (*discovery.ROUTES, *mounted(routes.ROUTES, "/v2.1"), *mounted(routes.ROUTES, "/v2"))
    return App(table, ERRORS, discovery.MICROVERSIONS, before=only_uuids, slashes=False)


def factory(global_conf: dict[str, Any], **local_conf: Any) -> App:
    return app()
