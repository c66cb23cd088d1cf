"""os-simple-tenant-usage: hours that servers ran, and what they had."""

from itertools import groupby
from typing import Any

from nova_like import concurrency
from nova_like.api.common import paging
from nova_like.api.common.request import Request
from nova_like.api.native.compute import moments
from nova_like.api.native.compute.views import usages as views
from nova_like.api.native.compute.views.links import url
from nova_like.model.errors import Invalid

Json = dict[str, Any]


def _span(req: Request) -> tuple[float, float]:
    """(start, end) in seconds, each now unless told."""
    now = concurrency.now().timestamp()
    start, end = (moments.asked(req, name) for name in ("start", "end"))
    if start is not None and start >= (now if end is None else end):
        raise Invalid("Invalid start time. The start time cannot occur after the end time.", field="start")
    return now if start is None else start, now if end is None else end


def _page(req: Request) -> Json:
    """From 2.40 on there are pages."""
    if req.microversion < (2, 40):
        return {}
    page = paging.page(req)
    return {"limit": page.limit, "marker": page.marker}


def index(req: Request) -> Json:
    start, end = _span(req)
    rows = req.services.usages.all(req.ctx, start, end, **_page(req))
    found = [views.project(project, list(some), start, end, req.flag("detailed"))
             for project, some in groupby(rows, key=lambda row: row["project_id"])]  # fmt: skip
    return {"tenant_usages": found, **_links(req, "os-simple-tenant-usage", "tenant_usages", rows)}


def show(req: Request, project_id: str) -> Json:
    start, end = _span(req)
    rows = req.services.usages.of(req.ctx, project_id, start, end, **_page(req))
    beyond = not rows and "marker" in req.GET  # the last page was before this one
    found = {} if beyond else views.project(project_id, rows, start, end, True)
    return {"tenant_usage": found, **_links(req, f"os-simple-tenant-usage/{project_id}", "tenant_usage", rows)}


def _links(req: Request, path: str, noun: str, rows: list[Json]) -> Json:
    if req.microversion < (2, 40):
        return {}
    links = paging.links(req, url(req, path), rows, paging.page(req))
    return {f"{noun}_links": links} if links else {}
