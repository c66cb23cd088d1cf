"""Power orders that look and act once: start, stop, pause, unpause, suspend. A soft order asks the guest first, and
forces when its grace is over."""

from typing import Any

from nova_like import concurrency
from nova_like.compute.spawning import check_ids
from nova_like.model import ids
from nova_like.model.errors import Invalid, NotFound
from nova_like.model.orders import Guest, Power
from nova_like.rpc.work import Work
from nova_like.virt.base import RUNNING, SHUTDOWN, Hypervisor

_PRESS_SECONDS = 10.0  # a guest that has not finished booting misses the button: press it again
_LOOK_SECONDS = 0.1


def start(host: Hypervisor, work: Work, guest: Guest) -> dict[str, Any]:
    """Make a guest run whose disks are here; facts: power."""
    check_ids(guest)
    if host.power.state(guest.id) != RUNNING:
        if guest.id not in host.disks.instances():
            raise NotFound("instance", guest.id)
        host.nics.check(guest)
        host.power.define(guest, work.cause)
        work.check()
        host.power.start(guest.id, work.cause)
    return {"power": host.power.state(guest.id) or SHUTDOWN}


def stop(host: Hypervisor, work: Work, power: Power) -> dict[str, Any]:
    """Make it not run; facts: power."""
    check(power)
    bring_down(host, work, power)
    return {"power": host.power.state(power.instance_id) or SHUTDOWN}


def pause(host: Hypervisor, work: Work, power: Power) -> dict[str, Any]:
    """Make it stand still; facts: power."""
    check(power)
    host.power.pause(power.instance_id, work.cause)
    return {"power": host.power.state(power.instance_id) or SHUTDOWN}


def unpause(host: Hypervisor, work: Work, power: Power) -> dict[str, Any]:
    """Let it go on; facts: power."""
    check(power)
    host.power.unpause(power.instance_id, work.cause)
    return {"power": host.power.state(power.instance_id) or SHUTDOWN}


def suspend(host: Hypervisor, work: Work, power: Power) -> dict[str, Any]:
    """Save its memory and end it; facts: power."""
    check(power)
    host.power.save(power.instance_id, work.cause)
    return {"power": host.power.state(power.instance_id) or SHUTDOWN}


def bring_down(host: Hypervisor, work: Work, power: Power) -> None:
    """Make it not run; asked first, if the order is soft."""
    if power.soft and host.power.run_id(power.instance_id) is not None:
        _ask(host, work, power)
    host.power.stop(power.instance_id, work.cause)


def _ask(host: Hypervisor, work: Work, power: Power) -> None:
    """Press the button until the guest is down or the grace is over."""
    began = concurrency.monotonic()
    pressed = None
    while host.power.run_id(power.instance_id) is not None:
        now = concurrency.monotonic()
        if now - began >= power.grace_seconds:
            return
        if pressed is None or now - pressed >= _PRESS_SECONDS:
            host.power.press(power.instance_id)
            pressed = now
        else:
            work.wait(_LOOK_SECONDS)
        work.check()


def check(power: Power) -> None:
    """Raise Invalid for a malformed id."""
    if not ids.is_uuid(power.instance_id):
        raise Invalid("an order with a malformed id", noun="instance", code="malformed", retry=False)
