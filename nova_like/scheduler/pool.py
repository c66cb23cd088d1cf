"""The scheduler's memory of the hosts of one kind, refreshed from their rows. Choice itself is placement's."""

from dataclasses import replace
from typing import Any

from nova_like import concurrency
from nova_like.db import hosts, listening
from nova_like.db.engine import Database, Transaction
from nova_like.model.errors import NoValidHost, Unavailable
from nova_like.model.states import is_up
from nova_like.placement.hosts import SIZES, Host, Request, from_row, used_of
from nova_like.placement.plan import Rules, candidates

OVERLAP_SECONDS = 5.0  # a transaction that stamped its row this long ago may only now have become visible


class Pool:
    """Hosts of one kind. `ratios` are the overcommit ratios by size; `needs`, another kind of agent without which a
    host is of no use while it has one."""

    def __init__(
        self, kind: str, ratios: dict[str, float], rules: Rules, down_seconds: float, needs: str = ""
    ) -> None:  # fmt: skip
        self.kind, self._ratios, self._rules, self._down_seconds = kind, ratios, rules, down_seconds
        self._kinds = (kind, needs) if needs else (kind,)
        self._lock = concurrency.Lock()
        self._hosts: dict[str, Host] = {}  # by id
        self._up_until: dict[tuple[str, str], float] = {}  # by kind and name, on the monotonic clock, unless heard of
        self._since: float | None = None

    def refresh(self, database: Database) -> None:
        """Take in the rows that changed since the last time."""
        since = None if self._since is None else self._since - OVERLAP_SECONDS
        self._take_in(database.read(lambda tx: self._read(tx, since)))

    def _read(self, tx: Transaction, since: float | None = None) -> list[dict[str, Any]]:
        return [row for kind in self._kinds for row in hosts.list_hosts(tx, kind, since)]

    def _take_in(self, rows: list[dict[str, Any]]) -> None:
        with self._lock:
            for row in rows:
                self._put(row)
            if rows:
                self._since = max(row["updated_at"] for row in rows)

    def _put(self, row: dict[str, Any]) -> None:
        if row["kind"] == self.kind:
            self._hosts[row["id"]] = from_row(row, self._ratios)
        longer = self._down_seconds - row["silent_seconds"] if is_up(row, self._down_seconds) else float("-inf")
        self._up_until[row["kind"], row["name"]] = concurrency.monotonic() + longer

    def candidates(self, request: Request, tx: Transaction) -> list[Host]:
        """Hosts in the order in which to try them. Memory may be a second old: before it is said that there is none,
        the rows are read again. Raises NoValidHost (`silent`: they are, every one, and may be back); Unavailable while
        they may only seem to be."""
        try:
            return self._choose(request)
        except NoValidHost:
            rows = self._read(tx)
            self._take_in(rows)
        try:
            return self._choose(request)
        except NoValidHost as fault:
            if fault.facts["refused"].get("up") and listening.listened(tx) < self._down_seconds:
                raise Unavailable("It is not known yet which hosts are there.", "host") from fault
            fault.facts["silent"] = self._are_only_silent(rows, fault)
            raise

    def _are_only_silent(self, rows: list[dict[str, Any]], fault: NoValidHost) -> bool:
        """Whether there are hosts to choose from, and no more is wrong than that none has been heard of lately."""
        if fault.facts["refused"].get("up") != fault.facts["hosts"]:
            return False
        mine = [row for row in rows if row["kind"] == self.kind and row["enabled"] and not row["forced"]]
        return any(row["silent_seconds"] is not None for row in mine)

    def _choose(self, request: Request) -> list[Host]:
        now = concurrency.monotonic()
        with self._lock:
            snapshot = list(self._hosts.values())
            for host in snapshot:
                host.up = all(self._up_until.get((kind, host.name), now + 1) > now for kind in self._kinds)
        return candidates(snapshot, request, self._rules, concurrency.chance())

    def limits(self, host: Host) -> dict[str, int]:
        return {size: host.limits[size] for size in SIZES}

    def limits_of(self, row: dict[str, Any]) -> dict[str, int]:
        """The same of a host's row."""
        return {size: int(row[size] * self._ratios[size]) for size in SIZES}

    def learn(self, row: dict[str, Any]) -> None:
        """A row as a claim left it; how long the host was silent is as it was."""
        with self._lock:
            known = self._hosts.get(row["id"])
            if known is not None:
                self._hosts[row["id"]] = replace(known, instances=row["instances"], used=used_of(row))

    def size(self) -> int:
        return len(self._hosts)


def rules_of(conf: Any) -> Rules:
    """Filters and weighers of [scheduler]. ValueError for unknown names."""
    from nova_like.placement.filters import FILTERS
    from nova_like.placement.weighers import WEIGHERS

    filters = tuple(dict.fromkeys([*conf.scheduler.filters, "chosen", "company"]))
    weighers = {name: float(times) for name, times in conf.scheduler.weighers.items()}
    unknown = [name for name in filters if name not in FILTERS] + [name for name in weighers if name not in WEIGHERS]
    if unknown:
        raise ValueError(f"[scheduler] unknown filters or weighers: {', '.join(unknown)}")
    return Rules(filters, weighers)


def compute_pool(conf: Any) -> Pool:
    ratios = {"vcpus": conf.scheduler.vcpu_ratio, "ram_mib": conf.scheduler.ram_ratio,
              "disk_gib": conf.scheduler.disk_ratio}  # fmt: skip
    return Pool("compute", ratios, rules_of(conf), conf.scheduler.host_down_seconds, needs="network")


def volume_pool(conf: Any) -> Pool:
    """Back ends: only liveness, zone and room count."""
    ratios = {"vcpus": 1.0, "ram_mib": 1.0, "disk_gib": conf.volume.overcommit_ratio}
    rules = Rules(("up", "enabled", "zone", "chosen", "disk"), {"disk": 1.0})
    return Pool("volume", ratios, rules, conf.scheduler.host_down_seconds)
