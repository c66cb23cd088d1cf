"""Host choice: a snapshot of hosts in, hosts in order of preference out. Pure; the claim in the database decides."""

from dataclasses import dataclass, field

from nova_like.concurrency import Random
from nova_like.model.errors import NoValidHost
from nova_like.placement.filters import FILTERS
from nova_like.placement.hosts import Host, Request
from nova_like.placement.weighers import WEIGHERS

AMONG = 5  # several schedulers choose at random among this many best hosts, so that they seldom collide


@dataclass(frozen=True)
class Rules:
    """Filter names in order, weigher names with their multipliers."""

    filters: tuple[str, ...] = ("up", "enabled", "zone", "chosen", "company", "vcpus", "ram", "disk")
    weighers: dict[str, float] = field(default_factory=lambda: {"ram": 1.0})


def candidates(hosts: list[Host], request: Request, rules: Rules, chance: Random) -> list[Host]:
    """Hosts that pass every filter, to be tried in this order. Raises NoValidHost with counts by filter."""
    passing, refused = _filter(hosts, request, rules)
    if not passing:
        raise no_valid_host(len(hosts), refused)
    passing.sort(key=lambda host: _weight(host, rules), reverse=True)
    best, rest = passing[:AMONG], passing[AMONG:]
    chance.shuffle(best)
    if not request.liking:
        return best + rest
    return sorted(best + rest, key=lambda host: request.liking.get(host.name, 0), reverse=True)


def no_valid_host(number: int, refused: dict[str, int]) -> NoValidHost:
    """The fault that says how many hosts each filter refused, without names: fit for the user."""
    told = ", ".join(f"{name} refused {count}" for name, count in refused.items() if count)
    reason = f"No valid host was found. {number} hosts looked at" + (f": {told}." if told else ".")
    return NoValidHost(reason, "host", hosts=number, refused=refused)


def _filter(hosts: list[Host], request: Request, rules: Rules) -> tuple[list[Host], dict[str, int]]:
    passing, refused = hosts, {}
    for name in rules.filters:
        before = len(passing)
        passing = [host for host in passing if FILTERS[name](host, request)]
        refused[name] = before - len(passing)
    return list(passing), refused


def _weight(host: Host, rules: Rules) -> float:
    return sum(times * WEIGHERS[name](host) for name, times in rules.weighers.items())
