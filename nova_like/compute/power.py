"""Power orders: start, stop, reboot. A soft order asks the guest first, and forces when its grace is over."""

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
        host.power.define(guest, work.order.flow)
        work.check()
        host.power.start(guest.id, work.order.flow)
    return {"power": host.power.state(guest.id) or SHUTDOWN}


def stop(host: Hypervisor, work: Work, power: Power) -> dict[str, Any]:
    """Make it not run; facts: power."""
    _check(power)
    _bring_down(host, work, power)
    return {"power": host.power.state(power.instance_id) or SHUTDOWN}


def reboot(host: Hypervisor, work: Work, power: Power) -> dict[str, Any]:
    """Run it anew, once for each (flow, generation), however often the order comes; facts: power.

    The note holds which run of the guest is to end: once another one is there, the reboot has happened.
    """
    _check(power)
    old_run = _run_to_end(host, work, power.instance_id)
    if old_run is not None and host.power.run_id(power.instance_id) == old_run:
        _bring_down(host, work, power)
    work.check()
    host.power.start(power.instance_id, work.order.flow)
    return {"power": host.power.state(power.instance_id) or SHUTDOWN}


def _run_to_end(host: Hypervisor, work: Work, instance_id: str) -> str | None:
    if host.power.state(instance_id) is None:
        raise NotFound("instance", instance_id)
    note = host.notes.read(instance_id)
    wanted = {"flow": work.order.flow, "generation": work.order.generation}
    reboot = note.get("reboot")
    if not isinstance(reboot, dict) or {key: reboot.get(key) for key in wanted} != wanted:
        reboot = {**wanted, "run": host.power.run_id(instance_id)}
        host.notes.write(instance_id, {**note, "reboot": reboot})
    return reboot["run"]


def _bring_down(host: Hypervisor, work: Work, power: Power) -> None:
    if power.soft and host.power.run_id(power.instance_id) is not None:
        _ask(host, work, power)
    host.power.stop(power.instance_id, work.order.flow)


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


def _check(power: Power) -> None:
    if not ids.is_uuid(power.instance_id):
        raise Invalid("an order with a malformed id", noun="instance", code="malformed", retry=False)
