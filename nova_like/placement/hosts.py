"""A host as placement sees it: plain numbers, taken from rows elsewhere. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Host:
    """Totals and claimed amounts; `limits` are the totals times the overcommit ratios."""

    id: str
    name: str
    zone: str = "nova"
    up: bool = True
    enabled: bool = True
    instances: int = 0
    used: dict[str, int] = field(default_factory=dict)
    limits: dict[str, int] = field(default_factory=dict)

    def free(self, size: str) -> int:
        return self.limits[size] - self.used[size]


@dataclass(frozen=True)
class Request:
    """What one instance asks for. `zone` None is any."""

    vcpus: int
    ram_mib: int
    disk_gib: int
    zone: str | None = None
    host: str | None = None  # only this one (an operator's wish)
    avoid: tuple[str, ...] = ()  # names of hosts that were tried
    only: frozenset[str] | None = None  # where others are with whom it must be
    shun: frozenset[str] = frozenset()  # where others are with whom it must not be
    liking: Mapping[str, int] = field(default_factory=dict)  # host -> those there whom it likes (below 0: avoids)


SIZES = ("vcpus", "ram_mib", "disk_gib")


def from_row(row: dict[str, Any], ratios: dict[str, float]) -> Host:
    """A host out of its row of db/hosts; whether it is up is not said."""
    return Host(
        id=row["id"], name=row["name"], zone=row["zone"], enabled=row["enabled"], instances=row["instances"],
        used=used_of(row), limits={size: int(row[size] * ratios[size]) for size in SIZES},
    )  # fmt: skip


def used_of(row: dict[str, Any]) -> dict[str, int]:
    """What is claimed of a host, by size."""
    return {size: row[f"{size}_used"] for size in SIZES}
