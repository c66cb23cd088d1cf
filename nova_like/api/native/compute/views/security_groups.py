"""Security groups as compute showed them: rules that let something in, and nothing about what goes out."""

from typing import Any

Json = dict[str, Any]
Names = dict[str, Json]
EVERYWHERE = {"IPv4": "0.0.0.0/0", "IPv6": "::/0"}


def names(rows: list[Json]) -> Names:
    """{id: what a rule shows of a group that it names}."""
    return {row["id"]: {"name": row["name"], "tenant_id": row["project_id"]} for row in rows}


def group(row: Json, names: Names) -> Json:
    rules = [rule(one, names) for one in row["rules"] if one["direction"] == "ingress"]
    return {"id": row["id"], "name": row["name"], "tenant_id": row["project_id"],
            "description": row["description"] or "", "rules": rules}  # fmt: skip


def rule(row: Json, names: Names) -> Json:
    other = row["remote_group_id"]
    low, high = _ports(row)
    return {
        "id": row["id"], "parent_group_id": row["group_id"], "ip_protocol": row["protocol"],
        "from_port": low, "to_port": high, "group": names.get(other, {}) if other else {},
        "ip_range": {} if other else {"cidr": row["remote_cidr"] or EVERYWHERE[row["ethertype"]]},
    }  # fmt: skip


def _ports(row: Json) -> tuple[int | None, int | None]:
    """All ports, and all types, have numbers of their own here."""
    if row["port_min"] is not None:
        return row["port_min"], -1 if row["port_max"] is None else row["port_max"]
    if row["protocol"] is None:
        return None, None
    return (1, 65535) if row["protocol"] in ("tcp", "udp") else (-1, -1)
