"""Arithmetic of an instance that changes its flavor: what has to be held beside it meanwhile. Pure."""

from collections.abc import Mapping
from typing import Any

SIZES = ("vcpus", "ram_mib", "disk_gib")
QUOTAS = {"cores": "vcpus", "ram": "ram_mib"}  # resource: the size that it counts
Facts = Mapping[str, Any]


def of(flavor: Facts) -> dict[str, int]:
    """The sizes of a flavor."""
    return {size: flavor[size] for size in SIZES}


def beside(present: Facts, other: Facts) -> dict[str, int]:
    """What to hold of a host beside an instance as it is at present, so that it can become the other there at any time.
    Its disk is there twice."""
    found = {size: max(0, other[size] - present[size]) for size in SIZES}
    return {**found, "disk_gib": other["disk_gib"]}


def counted(facts: Facts) -> dict[str, int]:
    """What an instance takes of its project's quota: {resource: amount}."""
    return {"instances": 1, **{name: facts[size] for name, size in QUOTAS.items()}}


def quota_beside(present: Facts, other: Facts) -> dict[str, int]:
    """The same of its project's quota: {resource: amount}."""
    return {name: max(0, other[size] - present[size]) for name, size in QUOTAS.items()}
