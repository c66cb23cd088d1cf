"""Filters: may this host take this request? One short function each, listed by name in FILTERS. Pure."""

from collections.abc import Callable

from nova_like.placement.hosts import Host, Request


def up(host: Host, request: Request) -> bool:
    return host.up


def enabled(host: Host, request: Request) -> bool:
    return host.enabled


def zone(host: Host, request: Request) -> bool:
    return request.zone is None or host.zone == request.zone


def chosen(host: Host, request: Request) -> bool:
    return (request.host is None or host.name == request.host) and host.name not in request.avoid


def company(host: Host, request: Request) -> bool:
    """With whom it must be, and must not."""
    return (request.only is None or host.name in request.only) and host.name not in request.shun


def vcpus(host: Host, request: Request) -> bool:
    return host.free("vcpus") >= request.vcpus


def ram(host: Host, request: Request) -> bool:
    return host.free("ram_mib") >= request.ram_mib


def disk(host: Host, request: Request) -> bool:
    return host.free("disk_gib") >= request.disk_gib


FILTERS: dict[str, Callable[[Host, Request], bool]] = {
    "up": up, "enabled": enabled, "zone": zone, "chosen": chosen, "company": company, "vcpus": vcpus, "ram": ram,
    "disk": disk,
}  # fmt: skip
