"""Where an instance must, must not and would like to run because of where others are: server groups and scheduler
hints, as fields of placement's request. Whoever claims a host asks here first, in the same transaction: the group is
held from then on, so that no two members choose at once. Claims nothing."""

from collections import Counter
from typing import Any

from nova_like.db import groups, instances
from nova_like.db.engine import Transaction

Row = dict[str, Any]


def wanted(tx: Transaction, row: Row) -> dict[str, Any]:
    """Of an instance's row: `host`, `only`, `shun` and `liking` of placement.hosts.Request, those that bind it."""
    wishes, found = row["wishes"] or {}, dict[str, Any]()
    if host := wishes.get("host"):
        found["host"] = host
    if row["group_id"]:
        found |= _group(tx, row)
    if beside := wishes.get("same_host"):
        there = _hosts_of(tx, row, beside)
        found["only"] = there & found["only"] if "only" in found else there
    if apart := wishes.get("different_host"):
        found["shun"] = found.get("shun", frozenset()) | _hosts_of(tx, row, apart)
    return found


def _group(tx: Transaction, row: Row) -> dict[str, Any]:
    group = groups.hold(tx, row["group_id"])
    if group is None:
        return {}
    members = instances.of_groups(tx, [group["id"]]).get(group["id"], ())
    there = Counter(member["host"] for member in members if member["host"] and member["id"] != row["id"])
    return bound(group["policy"], group["most_per_host"] or 1, there)


def bound(policy: str, most: int, there: "Counter[str]") -> dict[str, Any]:
    """What a policy makes of the number of other members on each host."""
    if policy == "affinity":
        return {"only": frozenset(there)} if there else {}
    if policy == "anti-affinity":
        return {"shun": frozenset(host for host, number in there.items() if number >= most)}
    sign = 1 if policy == "soft-affinity" else -1
    return {"liking": {host: sign * number for host, number in there.items()}}


def _hosts_of(tx: Transaction, row: Row, ids: list[str]) -> frozenset[str]:
    """Where these are, of the same project: others' are as if they were not."""
    found = instances.placed(tx, ids, row["project_id"])
    return frozenset(found)
