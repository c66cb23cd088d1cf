"""Orders that give a guest another set of volumes. They name all that it is to have, so that one may come twice."""

from typing import Any

from nova_like import concurrency
from nova_like.compute.spawning import check_ids
from nova_like.model.errors import HostFailure, NotFound
from nova_like.model.orders import Guest
from nova_like.rpc.work import Work
from nova_like.virt.base import Hypervisor

LET_GO_SECONDS = 90.0  # that a running guest has to let go of a disk
_ASK_SECONDS = 10.0  # it is asked again then: one that is starting does not hear
_LOOK_SECONDS = 0.2


def attach(host: Hypervisor, work: Work, guest: Guest) -> dict[str, Any]:
    """Make the guest's volumes those that it names, and no others."""
    check_ids(guest)
    if host.power.state(guest.id) is None:
        raise NotFound("instance", guest.id)
    _fit(host, work, guest)
    return {}


def detach(host: Hypervisor, work: Work, guest: Guest) -> dict[str, Any]:
    """The same; a guest that is not there has let go of everything."""
    check_ids(guest)
    if host.power.state(guest.id) is not None:
        _fit(host, work, guest)
    return {}


def _fit(host: Hypervisor, work: Work, guest: Guest) -> None:
    began = concurrency.monotonic()
    while not host.volumes.fit(guest, work.cause):
        asked = concurrency.monotonic()
        if asked - began > LET_GO_SECONDS:
            raise HostFailure("the guest does not let go of the volume", "volume", retry=False)
        while not host.volumes.fits(guest) and concurrency.monotonic() - asked < _ASK_SECONDS:
            work.check()
            work.wait(_LOOK_SECONDS)
        work.check()
