"""What a project used between two moments, in hours."""

from typing import Any

from nova_like.api.native.compute.views.times import micro_stamp

Json = dict[str, Any]
HOUR = 3600.0


def project(project_id: str, rows: list[Json], start: float, end: float, detailed: bool) -> Json:
    """Sums over the rows of one project; with `detailed` each server, too."""
    servers = [_server(row, start, end) for row in rows]
    view = {
        "tenant_id": project_id, "start": micro_stamp(start), "stop": micro_stamp(end),
        "total_hours": sum(one["hours"] for one in servers),
        "total_vcpus_usage": sum(one["hours"] * one["vcpus"] for one in servers),
        "total_memory_mb_usage": sum(one["hours"] * one["memory_mb"] for one in servers),
        "total_local_gb_usage": sum(one["hours"] * one["local_gb"] for one in servers),
    }  # fmt: skip
    return {**view, "server_usages": servers} if detailed else view


def _server(row: Json, start: float, end: float) -> Json:
    ended = row["ended_at"]
    until = end if ended is None else min(ended, end)
    flavor = row["flavor"] or {}
    return {
        "instance_id": row["id"], "name": row["name"], "tenant_id": row["project_id"],
        "hours": max(until - max(row["launched_at"], start), 0.0) / HOUR, "flavor": flavor.get("name") or "",
        "vcpus": row["vcpus"], "memory_mb": row["ram_mib"], "local_gb": row["disk_gib"],
        "started_at": micro_stamp(row["launched_at"]), "ended_at": micro_stamp(ended),
        "state": "terminated" if ended is not None else row["state"],
        "uptime": max(int(until - row["launched_at"]), 0),
    }  # fmt: skip
