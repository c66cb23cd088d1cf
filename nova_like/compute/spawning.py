"""Making a guest exist, and making it gone. Looks before each effect, so an order may come twice or be resumed.

Never rolls back: a spawn that failed or was called off is undone by the destroy order that follows.
"""

from collections.abc import Callable
from typing import Any

from nova_like.model import ids
from nova_like.model.errors import Invalid
from nova_like.model.orders import Guest
from nova_like.rpc.work import Work
from nova_like.virt.base import RUNNING, SHUTDOWN, Base, Hypervisor

Fetch = Callable[[Guest, Work], Base]  # the verified base of a guest's image, out of the host's cache


def spawn(host: Hypervisor, fetch: Fetch, work: Work, guest: Guest) -> dict[str, Any]:
    """Make the guest exist and run; facts: power."""
    check_ids(guest)
    if host.power.state(guest.id) != RUNNING:
        _prepare(host, fetch, work, guest)
        host.power.define(guest, work.cause)
        work.check()
        host.power.start(guest.id, work.cause)
    return {"power": host.power.state(guest.id) or SHUTDOWN}


def destroy(host: Hypervisor, work: Work, guest: Guest) -> dict[str, Any]:
    """Make the guest, its disks and files gone."""
    check_ids(guest)
    host.power.stop(guest.id, work.cause)
    host.power.undefine(guest.id, work.cause)
    host.disks.remove(guest.id)
    return {}


def check_ids(guest: Guest) -> None:
    """Refuse ids that are not UUIDs of ours before any becomes a path or a device. Raises Invalid."""
    images = [image.id for image in (guest.image, guest.rescue) if image]
    for text in (guest.id, *images, *(port.id for port in guest.ports), *(volume.id for volume in guest.volumes)):
        if not ids.is_uuid(text):
            raise Invalid("an order with a malformed id", noun="instance", code="malformed", retry=False)


def _prepare(host: Hypervisor, fetch: Fetch, work: Work, guest: Guest) -> None:
    host.nics.check(guest)
    base = fetch(guest, work) if host.disks.needs_image(guest) else None
    work.check()
    make_disks(host, work, guest, base)


def make_disks(host: Hypervisor, work: Work, guest: Guest, base: Base | None) -> None:
    """Its root disk, on this base, and its config drive if it wants one."""
    host.disks.prepare(guest, base, _config_drive(guest), work.cause)
    work.check()


def _config_drive(guest: Guest) -> dict[str, bytes] | None:
    if not guest.config_drive or guest.metadata is None:
        return None
    from nova_like.metadata import openstack  # only those who want one pay for it

    return openstack.files(guest.metadata, guest.ports)
