"""Services, hypervisors and availability zones."""

from typing import Any

from nova_like.api.common import paging
from nova_like.api.common.errors import HttpFault
from nova_like.api.common.request import Request
from nova_like.api.native.compute.schemas.booleans import truth
from nova_like.api.native.compute.views import hosts as views
from nova_like.api.native.compute.views.links import url
from nova_like.api.native.compute.views.numbers import number
from nova_like.model.errors import Invalid, NotFound
from nova_like.model.ids import is_uuid

Json = dict[str, Any]
BINARY = "nova-"


def zones(req: Request) -> Json:
    return {"availabilityZoneInfo": [views.zone(zone, False) for zone in req.services.hosts.zones(req.ctx)]}


def zones_detail(req: Request) -> Json:
    found = req.services.hosts.zones(req.ctx, detail=True)
    return {"availabilityZoneInfo": [views.zone(zone, True) for zone in found]}


def services(req: Request) -> Json:
    binary = req.GET.get("binary")
    rows = req.services.hosts.list(req.ctx, name=req.GET.get("host") or None)
    return {"services": [views.service(req, row) for row in rows if not binary or row["binary"] == binary]}


def _named(req: Request) -> Json:
    body = req.body_json
    if not body["binary"].startswith(BINARY):
        raise NotFound("service", body["binary"], f"Could not find binary {body['binary']} on host {body['host']}.")
    return req.services.hosts.by_name(req.ctx, body["binary"].removeprefix(BINARY), body["host"])


def enable(req: Request) -> Json:
    return _switch(req, True)


def disable(req: Request) -> Json:
    return _switch(req, False)


def disable_with_reason(req: Request) -> Json:
    answer = _switch(req, False, req.body_json["disabled_reason"])
    answer["service"]["disabled_reason"] = req.body_json["disabled_reason"]
    return answer


def _switch(req: Request, enabled: bool, reason: str | None = None) -> Json:
    row = req.services.hosts.set_enabled(req.ctx, _named(req)["id"], enabled, reason)
    status = "enabled" if enabled else "disabled"
    return {"service": {"host": row["name"], "binary": row["binary"], "status": status}}


def update_service(req: Request, service_id: str) -> Json:
    asked = req.body_json
    status, reason = asked.get("status"), asked.get("disabled_reason")
    if reason is not None and status != "disabled":
        raise Invalid("Specifying disabled_reason is only valid with status 'disabled'.", field="disabled_reason")
    if "forced_down" in asked:
        row = req.services.hosts.force_down(req.ctx, service_id, truth(asked["forced_down"]))
    if status is not None:
        row = req.services.hosts.set_enabled(req.ctx, service_id, status == "enabled", reason)
    return {"service": views.service(req, row)}


def force_down(req: Request) -> Json:
    down = truth(req.body_json.get("forced_down", False))
    row = req.services.hosts.force_down(req.ctx, _named(req)["id"], down)
    return {"service": {"host": row["name"], "binary": row["binary"], "forced_down": down}}


def delete_service(req: Request, service_id: str) -> None:
    req.services.hosts.remove(req.ctx, service_id)


def delete_numbered(req: Request, service_number: str) -> None:
    """Before 2.53 services had numbers."""
    for row in req.services.hosts.list(req.ctx):
        if service_number == str(number(row["id"])):
            return req.services.hosts.remove(req.ctx, row["id"])
    raise NotFound("service", service_number, f"Service {service_number[:64]} not found.")


def hypervisors(req: Request) -> Json:
    return _page(req, views.hypervisor, "os-hypervisors")


def hypervisors_detail(req: Request) -> Json:
    return _page(req, views.hypervisor_detail, "os-hypervisors/detail")


def _page(req: Request, view: Any, path: str) -> Json:
    rows = req.services.hosts.list(req.ctx, "compute")
    if req.microversion < (2, 33):
        return {"hypervisors": [view(req, row) for row in rows]}
    rows = _matching(rows, req.GET.get("hypervisor_hostname_pattern"))
    page = paging.page(req)
    shown = _behind(rows, page.marker)[: page.limit]
    links = paging.links(req, url(req, path), shown, page)
    found = [view(req, row, _guests(req, row)) for row in shown]
    return {"hypervisors": found, **({"hypervisors_links": links} if links else {})}


def _guests(req: Request, row: Json) -> list[Json] | None:
    wanted = req.microversion >= (2, 53) and req.flag("with_servers")
    return req.services.hosts.guests(req.ctx, row["name"]) if wanted else None


def _matching(rows: list[Json], pattern: str | None) -> list[Json]:
    if not pattern:
        return rows
    found = [row for row in rows if pattern in row["name"]]
    if not found:
        raise NotFound("hypervisor", pattern, f"No hypervisor matching '{pattern[:64]}' could be found.")
    return found


def _behind(rows: list[Json], marker: str | None) -> list[Json]:
    if marker is None:
        return rows
    for index, row in enumerate(rows):
        if marker in (row["id"], str(number(row["id"]))):
            return rows[index + 1 :]
    raise Invalid(f"marker [{marker[:64]}] not found", field="marker")


def hypervisor(req: Request, hypervisor_id: str) -> Json:
    row = _find(req, hypervisor_id)
    return {"hypervisor": views.hypervisor_detail(req, row, _guests(req, row))}


def _find(req: Request, id: str) -> Json:
    """By UUID from 2.53 on, by number before."""
    if req.microversion >= (2, 53):
        if not is_uuid(id):
            raise Invalid(f"Invalid uuid {id[:64]}", field="hypervisor_id")
        return req.services.hosts.get(req.ctx, id, "compute")
    for row in req.services.hosts.list(req.ctx, "compute"):
        if id == str(number(row["id"])):
            return row
    raise NotFound("hypervisor", id, f"Hypervisor with ID '{id[:64]}' could not be found.")


def uptime(req: Request, hypervisor_id: str) -> Json:
    row = _find(req, hypervisor_id)
    text = views.uptime(row)
    if text is None and not row["up"]:
        raise HttpFault(400, f"Compute service of {row['name']} is unavailable at this time.")
    if text is None:
        raise HttpFault(501, "The hypervisor does not report its uptime.")
    return {"hypervisor": {**views.hypervisor(req, row), "uptime": text}}


def search(req: Request, hypervisor_name: str) -> Json:
    rows = _matching(req.services.hosts.list(req.ctx, "compute"), hypervisor_name)
    return {"hypervisors": [views.hypervisor(req, row) for row in rows]}


def guests(req: Request, hypervisor_name: str) -> Json:
    rows = _matching(req.services.hosts.list(req.ctx, "compute"), hypervisor_name)
    found = [views.hypervisor(req, row, req.services.hosts.guests(req.ctx, row["name"])) for row in rows]
    return {"hypervisors": found}


def statistics(req: Request) -> Json:
    return {"hypervisor_statistics": views.statistics(req.services.hosts.list(req.ctx, "compute"))}
