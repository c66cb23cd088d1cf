"""Hosts as clients knew them before 2.43: every service of every machine, and what a hypervisor has left."""

from typing import Any

from nova_like.api.common.errors import HttpFault
from nova_like.api.common.request import Request
from nova_like.model.errors import NotFound

Json = dict[str, Any]


def index(req: Request) -> Json:
    zone = req.GET.get("zone") or None
    rows = [row for row in req.services.hosts.list(req.ctx) if zone in (None, row["shown_zone"])]
    return {"hosts": [{"host_name": row["name"], "service": row["kind"], "zone": row["shown_zone"]} for row in rows]}


def _compute(req: Request, name: str) -> Json:
    for row in req.services.hosts.list(req.ctx, "compute", name):
        return row
    raise NotFound("host", name, f"Compute host {name[:64]} could not be found.")


def show(req: Request, host_name: str) -> Json:
    """What it has, what is claimed of it twice over (now and at most are the same), and each project's part."""
    row = _compute(req, host_name)
    used = _resource(host_name, row["vcpus_used"], row["ram_mib_used"], row["disk_gib_used"])
    found = [_resource(host_name, row["vcpus"], row["ram_mib"], row["disk_gib"], "(total)"),
             {**used, "project": "(used_now)"}, {**used, "project": "(used_max)"}]  # fmt: skip
    parts: dict[str, list[int]] = {}
    for guest in req.services.hosts.guests(req.ctx, host_name):
        sums = parts.setdefault(guest["project_id"], [0, 0, 0])
        parts[guest["project_id"]] = [total + guest[name] for total, name in
                                      zip(sums, ("vcpus", "ram_mib", "disk_gib"), strict=True)]  # fmt: skip
    found += [
        _resource(host_name, cpu, memory, disk, project) for project, (cpu, memory, disk) in sorted(parts.items())
    ]
    return {"host": [{"resource": resource} for resource in found]}


def _resource(host: str, cpu: int, memory: int, disk: int, project: str = "") -> Json:
    return {"host": host, "project": project, "cpu": cpu, "memory_mb": memory, "disk_gb": disk}


def update(req: Request, host_name: str) -> Json:
    row, asked = _compute(req, host_name), req.body_json
    if "maintenance_mode" in asked:
        raise HttpFault(501, "Hosts have no maintenance mode: disable them, and move their servers.")
    enabled = asked["status"].lower() == "enable"
    req.services.hosts.set_enabled(req.ctx, row["id"], enabled)
    return {"host": host_name, "status": "enabled" if enabled else "disabled"}


def power(req: Request, host_name: str) -> None:
    _compute(req, host_name)
    raise HttpFault(501, "The power of hosts is not ours to switch.")
