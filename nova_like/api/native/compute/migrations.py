"""Moves of servers to other sizes and hosts, as operators list them."""

from typing import Any

from nova_like.api.common import paging
from nova_like.api.common.request import Request
from nova_like.api.native.compute import moments
from nova_like.api.native.compute.views import moves as views
from nova_like.api.native.compute.views.links import url
from nova_like.model.errors import Invalid, NotFound

Json = dict[str, Any]
# parameter -> (since which version, what db.moves calls it)
FILTERS = {
    "host": ((2, 1), "host"), "status": ((2, 1), "state"), "migration_type": ((2, 1), "kind"),
    "source_compute": ((2, 1), "source"), "instance_uuid": ((2, 1), "instance_id"), "hidden": ((2, 1), ""),
    "user_id": ((2, 80), "user_id"), "project_id": ((2, 80), "project_id"),
}  # fmt: skip
PAGES = {"limit": (2, 59), "marker": (2, 59), "changes-since": (2, 59), "changes-before": (2, 66)}
STRICT = (2, 59)  # from here on a parameter that is not known is refused


def index(req: Request) -> Json:
    version, paged = req.microversion, req.microversion >= STRICT
    known = {name: column for name, (since, column) in FILTERS.items() if version >= since}
    pages = {name for name, since in PAGES.items() if version >= since}
    for name in sorted(set(req.GET) - set(known) - pages) if paged else ():
        raise Invalid(f"Additional properties are not allowed ('{name[:64]}' was unexpected)", field=name[:64])
    wanted = {column: req.GET[name] for name, column in known.items() if column and name in req.GET}
    page = paging.page(req)
    more = _span(req, pages) | ({"marker": page.marker, "limit": page.limit} if paged else {})
    rows = req.services.moves.list(req.ctx, wanted, **more)
    found = {"migrations": [views.show(req, row) for row in rows]}
    links = paging.links(req, url(req, "os-migrations"), rows, page) if paged else []
    return found | ({"migrations_links": links} if links else {})


def _span(req: Request, known: set[str]) -> Json:
    """The times between which it was changed. Raises Invalid."""
    asked = {key: moments.asked(req, name) if name in known else None
             for key, name in (("since", "changes-since"), ("before", "changes-before"))}  # fmt: skip
    if None not in asked.values() and asked["since"] > asked["before"]:  # type: ignore[operator]
        raise Invalid("The value of changes-since must be less than or equal to changes-before.")
    return asked


def of_server(req: Request, server_id: str) -> Json:
    """Those that move a running server to another host: none is made yet."""
    req.services.instance_words.require(req.ctx, server_id, "migrations")
    return {"migrations": []}


def one_of_server(req: Request, server_id: str, migration_id: str) -> Json:
    req.services.instance_words.require(req.ctx, server_id, "migrations")
    raise NotFound("migration", migration_id, f"Server {server_id} has no migration {migration_id[:64]} going on.")
