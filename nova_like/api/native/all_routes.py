"""The route tables of all native APIs together: for tests that are generated from them. Serves nothing."""

import importlib
from collections.abc import Iterator

from nova_like.api.common.routing import Action, Route, all_entries

APIS = ("identity", "compute", "image", "network", "volume")
Entries = Iterator[tuple[str, Route, str, Action | None]]


def all_routes(apis: tuple[str, ...] = APIS) -> Entries:
    """(api, route, action name, action) of everything that can be asked; the last two only for action routes."""
    for api in apis:
        module = importlib.import_module(f"nova_like.api.native.{api}.routes")
        for route, name, action in all_entries(module.ROUTES):
            yield api, route, name, action


def all_mounted(apis: tuple[str, ...] = APIS) -> Entries:
    """The same of what the applications serve: version documents too, and with the paths that they mount it under."""
    for api in apis:
        app = importlib.import_module(f"nova_like.api.native.{api}").factory({})
        for route, name, action in all_entries(app.table.routes):
            yield api, route, name, action
