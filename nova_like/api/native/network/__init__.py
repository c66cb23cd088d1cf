"""The OpenStack Network API, v2.0: parses, renders, and leaves the rest to the services."""

from typing import Any

from nova_like.api.common.app import App
from nova_like.api.common.request import Request
from nova_like.api.common.routing import Route, mounted
from nova_like.model.errors import NotFound
from nova_like.model.ids import is_uuid

# path parameters that are UUIDs: anything else names nothing, and goes no further
NOUNS = {
    "network_id": "network", "subnet_id": "subnet", "port_id": "port", "group_id": "security group",
    "rule_id": "security group rule",
}  # fmt: skip


def only_uuids(req: Request, route: Route, variables: dict[str, str]) -> None:
    for name, value in variables.items():
        if name in NOUNS and not is_uuid(value):
            raise NotFound(NOUNS[name], value[:64])


def factory(global_conf: dict[str, Any], **local_conf: Any) -> App:
    from nova_like.api.native.network import discovery, routes
    from nova_like.api.native.network.errors import ERRORS

    return App((*discovery.ROUTES, *mounted(routes.ROUTES, "/v2.0")), ERRORS, before=only_uuids)
