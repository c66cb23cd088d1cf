"""Weighers: how well would this host take it? Each gives a number between 0 and 1; more is better. Pure."""

from collections.abc import Callable

from nova_like.placement.hosts import Host


def ram(host: Host) -> float:
    """The share of RAM that is free: spreads."""
    return host.free("ram_mib") / max(1, host.limits["ram_mib"])


def vcpus(host: Host) -> float:
    return host.free("vcpus") / max(1, host.limits["vcpus"])


def disk(host: Host) -> float:
    return host.free("disk_gib") / max(1, host.limits["disk_gib"])


def instances(host: Host) -> float:
    return 1 / (1 + host.instances)


WEIGHERS: dict[str, Callable[[Host], float]] = {"ram": ram, "vcpus": vcpus, "disk": disk, "instances": instances}
