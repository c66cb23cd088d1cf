"""Hosts as operators see them: the services that run on them, whether they answer, what hypervisors have and use."""

from dataclasses import dataclass
from typing import Any

from nova_like.db import hosts as rows
from nova_like.db import instances, occupancy
from nova_like.model.commands import InstanceQuery
from nova_like.model.context import Context
from nova_like.model.errors import Conflict, NotFound
from nova_like.model.states import is_up

Row = dict[str, Any]
Rows = list[Row]
Names = list[str] | None
INTERNAL_ZONE = "internal"  # of services that run no guests


@dataclass(frozen=True)
class Zone:
    """An availability zone; `available` when one of its hosts is up and enabled. `hosts` are their rows."""

    name: str
    available: bool
    hosts: tuple[Row, ...] = ()


Zones = list[Zone]


class Hosts:
    """Rows are those of the table `hosts` and `up`, `binary` (nova-compute, ...) and `shown_zone`."""

    def __init__(self, db: Any, policy: Any, down_seconds: float) -> None:
        self._db, self._policy, self._down_seconds = db, policy, down_seconds

    def list(self, ctx: Context, kind: str | None = None, name: str | None = None) -> Rows:
        """All services, or those of one kind (compute, network, ...) or one host name."""
        self._policy.check(ctx, "compute:hosts:list")
        return self._all(kind, [name] if name is not None else None)

    def _all(self, kind: str | None = None, names: Names = None) -> Rows:
        return [self._judge(row) for row in self._db.read(lambda tx: rows.list_hosts(tx, kind, names=names))]

    def _judge(self, row: Row) -> Row:
        zone = row["zone"] if row["kind"] == "compute" else INTERNAL_ZONE
        return {**row, "up": is_up(row, self._down_seconds), "binary": f"nova-{row['kind']}", "shown_zone": zone}

    def get(self, ctx: Context, host_id: str, kind: str | None = None) -> Row:
        """Raises NotFound."""
        self._policy.check(ctx, "compute:hosts:list")
        row = self._db.read(lambda tx: rows.get_host(tx, host_id))
        if row is None or (kind is not None and row["kind"] != kind):
            raise NotFound("service", host_id)
        return self._judge(row)

    def by_name(self, ctx: Context, kind: str, name: str) -> Row:
        """Raises NotFound."""
        self._policy.check(ctx, "compute:hosts:list")
        row = self._db.read(lambda tx: rows.by_name(tx, kind, name))
        if row is None:
            raise NotFound("service", name, f"Could not find binary nova-{kind} on host {name}.")
        return self._judge(row)

    def set_enabled(self, ctx: Context, host_id: str, enabled: bool, reason: str | None = None) -> Row:
        """Whether the host gets new work; what runs on it goes on. Raises NotFound."""
        self._policy.check(ctx, "compute:hosts:update")

        def work(tx: Any) -> Row:
            if rows.get_host(tx, host_id) is None:
                raise NotFound("service", host_id)
            rows.set_enabled(tx, host_id, enabled, None if enabled else reason)
            found = rows.get_host(tx, host_id)
            assert found is not None
            return found

        return self._judge(self._db.transact(work))

    def force_down(self, ctx: Context, host_id: str, down: bool) -> Row:
        """An operator's word that a compute host does not answer, or its taking back. Raises NotFound, Conflict for a
        host that is fenced: its power is off, which only its return takes back."""
        self._policy.check(ctx, "compute:hosts:update")

        def work(tx: Any) -> Row:
            row = rows.get_host(tx, host_id)
            if row is None:
                raise NotFound("service", host_id)
            if row["forced"] == "fenced":
                raise Conflict(f"Host {row['name']} is fenced.", "service", code="fenced", id=host_id)
            rows.force_one(tx, host_id, "down" if down else "")
            return {**row, "forced": "down" if down else ""}

        return self._judge(self._db.transact(work))

    def remove(self, ctx: Context, host_id: str) -> None:
        """Forget an agent that does not answer, of a host that holds nothing. Raises NotFound, Conflict (`in_use`,
        `up`)."""
        self._policy.check(ctx, "compute:hosts:update")

        def work(tx: Any) -> None:
            row = rows.get_host(tx, host_id)
            if row is None:
                raise NotFound("service", host_id)
            if held := occupancy.held(tx, row["name"]):
                raise Conflict(f"Host {row['name']} holds {', '.join(f'{what}s' for what in held)}.", "service",
                               code="in_use", id=host_id)  # fmt: skip
            if is_up(row, self._down_seconds):
                raise Conflict(f"Service {host_id} on {row['name']} is up: it would come back.", "service", code="up",
                               id=host_id)  # fmt: skip
            occupancy.forget(tx, row["name"], row["kind"])

        self._db.transact(work)

    def zones(self, ctx: Context, detail: bool = False) -> Zones:
        """Availability zones in order of name; with `detail` their hosts, and the zone of internal services."""
        self._policy.check(ctx, "compute:hosts:zones_detail" if detail else "compute:hosts:zones")
        named: dict[str, Rows] = {}
        for row in self._all(None if detail else "compute"):
            named.setdefault(row["shown_zone"], []).append(row)
        return [_zone(name, tuple(named[name]) if detail else (), named[name]) for name in sorted(named)]

    def guests(self, ctx: Context, name: str) -> Rows:
        """Instances on a host, whoever owns them."""
        self._policy.check(ctx, "compute:hosts:list")
        return self._db.read(lambda tx: instances.list_instances(tx, InstanceQuery(host=name), None))

    def states(self, names: set[str]) -> dict[str, str]:
        """{compute host: UP, DOWN, MAINTENANCE or UNKNOWN}, for views that operators see; not authorised by itself."""
        found = {row["name"]: row for row in self._all("compute", sorted(names))} if names else {}
        return {name: _state(found.get(name)) for name in names}


def _zone(name: str, shown: tuple[Row, ...], members: list[Row]) -> Zone:
    return Zone(name, any(row["up"] and row["enabled"] for row in members), shown)


def _state(row: Row | None) -> str:
    if row is None:
        return "UNKNOWN"
    if not row["enabled"]:
        return "MAINTENANCE"
    return "UP" if row["up"] else "DOWN"
