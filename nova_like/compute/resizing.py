"""Orders that give a guest another size, confirm it, or take it back. Its old disk is kept until one of the two.

The note says which way out was begun: what is kept no longer cannot be gone back to, what was gone back to cannot be
confirmed.
"""

from typing import Any

from nova_like.compute import power as powers
from nova_like.compute.renewing import anew
from nova_like.compute.spawning import check_ids
from nova_like.model.errors import HostFailure, NotFound
from nova_like.model.orders import Guest, Power
from nova_like.rpc.work import Work
from nova_like.virt.base import SHUTDOWN, Hypervisor

_CONFIRMED, _REVERTED = "confirmed", "reverted"


def resize(host: Hypervisor, work: Work, guest: Guest, running: bool) -> dict[str, Any]:
    """Make it what `guest` says, its old disk kept; facts: power."""
    check_ids(guest)

    def change() -> None:
        _note(host, guest.id, "")
        host.disks.keep(guest.id, work.cause)
        host.disks.enlarge(guest, work.cause)
        host.power.define(guest, work.cause)

    return _renew(host, work, guest, running, change)


def revert(host: Hypervisor, work: Work, guest: Guest, running: bool) -> dict[str, Any]:
    """Make it what it was, which `guest` says; facts: power. As an undo it may find nothing to do."""
    check_ids(guest)
    begun = host.disks.is_kept(guest.id)
    if not begun and work.order.undo:
        return powers.start(host, work, guest) if running else {"power": host.power.state(guest.id) or SHUTDOWN}
    if not begun and _way(host, guest.id) != _REVERTED:
        raise HostFailure("nothing is kept of what the guest was", "instance", retry=False)

    def change() -> None:
        _note(host, guest.id, _REVERTED)
        host.disks.take_back(guest.id, work.cause)
        host.power.define(guest, work.cause)

    return _renew(host, work, guest, running, change)


def confirm(host: Hypervisor, work: Work, power: Power) -> dict[str, Any]:
    """Give up what was kept of it; facts: power."""
    powers.check(power)
    id = power.instance_id
    if _way(host, id) == _REVERTED:
        raise HostFailure("the guest is again what it was", "instance", retry=False)
    if host.disks.is_kept(id):
        _note(host, id, _CONFIRMED)
        host.disks.give_up(id, work.cause)
    return {"power": host.power.state(id) or SHUTDOWN}


def park(host: Hypervisor, work: Work, power: Power) -> dict[str, Any]:
    """Have nothing of it but its files: it runs elsewhere from now on, or comes back."""
    powers.check(power)
    powers.bring_down(host, work, power)
    host.power.undefine(power.instance_id, work.cause)
    return {}


def unpark(host: Hypervisor, work: Work, guest: Guest, running: bool) -> dict[str, Any]:
    """Make it what `guest` says out of the files that are here; facts: power."""
    if running:
        return powers.start(host, work, guest)
    check_ids(guest)
    if host.power.state(guest.id) is None:
        if guest.id not in host.disks.instances():
            raise NotFound("instance", guest.id)
        host.power.define(guest, work.cause)
    return {"power": host.power.state(guest.id) or SHUTDOWN}


def _renew(host: Hypervisor, work: Work, guest: Guest, running: bool, change: Any) -> dict[str, Any]:
    """`change` it while it is down; a run that was there, or is to be, begins anew once."""
    if host.power.state(guest.id) is None:
        raise NotFound("instance", guest.id)
    if running:
        host.nics.check(guest)
        return anew(host, work, Power(guest.id), change)
    powers.bring_down(host, work, Power(guest.id))
    change()
    return {"power": host.power.state(guest.id) or SHUTDOWN}


def _way(host: Hypervisor, instance_id: str) -> str:
    return str((host.notes.read(instance_id).get("resize") or {}).get("way", ""))


def _note(host: Hypervisor, instance_id: str, way: str) -> None:
    notes = host.notes.read(instance_id)
    if notes.get("resize") != {"way": way}:
        host.notes.write(instance_id, {**notes, "resize": {"way": way}})
