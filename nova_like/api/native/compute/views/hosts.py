"""Services, hypervisors and availability zones as compute shows them: three faces of the same rows."""

from typing import Any

from nova_like.api.common.request import Request
from nova_like.api.native.compute.changes import CHANGES
from nova_like.api.native.compute.views.links import Json
from nova_like.api.native.compute.views.times import clock, micro_stamp
from nova_like.services.hosts import Zone


def service(req: Request, row: Json) -> Json:
    view = {
        "id": row["id"], "binary": row["binary"], "host": row["name"], "zone": row["shown_zone"],
        "status": _status(row), "state": _state(row), "updated_at": micro_stamp(row["seen_at"]),
        "disabled_reason": row["disabled_reason"], "forced_down": bool(row["forced"]),
    }  # fmt: skip
    return CHANGES.apply("service", view, req.microversion)


def _status(row: Json) -> str:
    return "enabled" if row["enabled"] else "disabled"


def _state(row: Json) -> str:
    return "up" if row["up"] else "down"


def hypervisor(req: Request, row: Json, guests: list[Json] | None = None) -> Json:
    """In brief; with `guests`, the servers on it."""
    view: Json = {"id": row["id"], "hypervisor_hostname": row["name"], "state": _state(row), "status": _status(row)}
    return _hypervisor(req, view, guests)


def hypervisor_detail(req: Request, row: Json, guests: list[Json] | None = None) -> Json:
    facts = row["facts"] or {}
    view: Json = {
        "id": row["id"], "hypervisor_hostname": row["name"], "state": _state(row), "status": _status(row),
        "hypervisor_type": str(facts.get("hypervisor_type") or "QEMU"),
        "hypervisor_version": _integer(facts.get("hypervisor_version")),
        "host_ip": facts.get("host_ip"), "uptime": uptime(row),
        "service": {"id": row["id"], "host": row["name"], "disabled_reason": row["disabled_reason"]},
        "amounts": {"current_workload": 0, "disk_available_least": None, "cpu_info": _cpu_info(facts), **amounts(row)},
    }  # fmt: skip
    return _hypervisor(req, view, guests)


def _hypervisor(req: Request, view: Json, guests: list[Json] | None) -> Json:
    """`guests`: the servers on it, None where they are not asked for; before 2.75 an empty list was left out."""
    if guests or (guests is not None and req.microversion >= (2, 75)):
        view["servers"] = [{"uuid": guest["id"], "name": guest["name"]} for guest in guests]
    view = CHANGES.apply("hypervisor", view, req.microversion)
    view.pop("amounts", None)
    return view


def uptime(row: Json) -> str | None:
    """`07:05:09 up 1 day, 2:03`, in UTC, as uptime(1) begins; None of a host that is away or does not say when it
    started."""
    booted_at = _integer((row["facts"] or {}).get("booted_at"))
    if not booted_at or not row["up"]:
        return None
    now = row["seen_at"] + row["silent_seconds"]
    days, seconds = divmod(max(int(now) - booted_at, 0), 86400)
    whole = f"{days} day{'' if days == 1 else 's'}, " if days else ""
    return f"{clock(now)} up {whole}{seconds // 3600}:{seconds % 3600 // 60:02}"


def _integer(value: Any) -> int:
    text = str(value or 0)
    return int(text) if text.isdigit() else 0


def _cpu_info(facts: Json) -> Json:
    info = facts.get("cpu_info")
    return info if isinstance(info, dict) else {"model": str(facts.get("cpu_model") or ""), "arch": "x86_64"}


def amounts(row: Json) -> dict[str, int]:
    """What a host has, uses and has free; used beyond what it has (overcommitted) is free below zero."""
    return {
        "vcpus": row["vcpus"], "vcpus_used": row["vcpus_used"],
        "memory_mb": row["ram_mib"], "memory_mb_used": row["ram_mib_used"],
        "free_ram_mb": row["ram_mib"] - row["ram_mib_used"],
        "local_gb": row["disk_gib"], "local_gb_used": row["disk_gib_used"],
        "free_disk_gb": row["disk_gib"] - row["disk_gib_used"], "running_vms": row["instances"],
    }  # fmt: skip


def statistics(rows: list[Json]) -> Json:
    """The sums over all hypervisors."""
    sums: dict[str, int] = dict.fromkeys(amounts(dict.fromkeys(_COLUMNS, 0)), 0)
    for row in rows:
        for name, value in amounts(row).items():
            sums[name] += value
    return {"count": len(rows), "current_workload": 0, "disk_available_least": None, **sums}


_COLUMNS = ("vcpus", "vcpus_used", "ram_mib", "ram_mib_used", "disk_gib", "disk_gib_used", "instances")


def zone(zone: Zone, detail: bool) -> Json:
    hosts: Json | None = None
    if detail:
        hosts = {}
        for row in zone.hosts:
            about = {"active": row["enabled"], "available": row["up"], "updated_at": micro_stamp(row["seen_at"])}
            hosts.setdefault(row["name"], {})[row["binary"]] = about
    return {"zoneName": zone.name, "zoneState": {"available": zone.available}, "hosts": hosts}
