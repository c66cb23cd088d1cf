"""Orders that end a guest's run and begin another: reboot, rescue, unrescue, rebuild. Once for each (flow, generation),
however often the order comes, by whichever agent process.

The note holds which run of the guest is to end: once another one is there, the order has been carried out.
"""

from collections.abc import Callable
from typing import Any

from nova_like.compute import power as powers
from nova_like.compute.spawning import Fetch, check_ids, make_disks
from nova_like.model.errors import NotFound
from nova_like.model.orders import Guest, Power
from nova_like.rpc.work import Work
from nova_like.virt.base import SHUTDOWN, Hypervisor


def reboot(host: Hypervisor, work: Work, power: Power) -> dict[str, Any]:
    """Run it anew; facts: power."""
    powers.check(power)
    return anew(host, work, power, lambda: None)


def rescue(host: Hypervisor, fetch: Fetch, work: Work, guest: Guest) -> dict[str, Any]:
    """Run it from a disk of its `rescue` image, its own disk beside it; facts: power. The image is fetched before the
    guest is ended."""
    check_ids(guest)
    image = Guest(guest.id, guest.name, guest.vcpus, guest.ram_mib, 0, image=guest.rescue)
    base = fetch(image, work) if host.disks.needs_image(image, anew=True) else None
    work.check()

    def change() -> None:
        host.disks.prepare_rescue(guest, base, work.cause)
        host.power.define(guest, work.cause)

    return anew(host, work, Power(guest.id, soft=False), change)


def unrescue(host: Hypervisor, work: Work, guest: Guest) -> dict[str, Any]:
    """Run it from its own disk again; facts: power."""
    check_ids(guest)

    def change() -> None:
        host.disks.drop_rescue(guest.id, work.cause)
        host.power.define(guest, work.cause)

    return anew(host, work, Power(guest.id, soft=False), change)


def rebuild(host: Hypervisor, fetch: Fetch, work: Work, guest: Guest) -> dict[str, Any]:
    """Give it a new disk of its image, and run it; facts: power."""
    check_ids(guest)
    base = fetch(guest, work) if host.disks.needs_image(guest, anew=True) else None
    work.check()

    def change() -> None:
        if not _is_noted(host, work, guest.id, "rebuild"):
            host.disks.drop_rescue(guest.id, work.cause)
            host.disks.discard(guest.id, work.cause)
            _note(host, work, guest.id, "rebuild", {})
        host.nics.check(guest)
        make_disks(host, work, guest, base)
        host.power.define(guest, work.cause)

    return anew(host, work, Power(guest.id, soft=False), change)


def anew(host: Hypervisor, work: Work, power: Power, change: Callable[[], None]) -> dict[str, Any]:
    """End the run that is to end, `change` what is to be changed while the guest is down, start it."""
    old_run = _run_to_end(host, work, power.instance_id)
    now = host.power.run_id(power.instance_id)
    if now is None or now == old_run:
        powers.bring_down(host, work, power)
        change()
        work.check()
        host.power.start(power.instance_id, work.cause)
    return {"power": host.power.state(power.instance_id) or SHUTDOWN}


def _run_to_end(host: Hypervisor, work: Work, instance_id: str) -> str | None:
    if host.power.state(instance_id) is None:
        raise NotFound("instance", instance_id)
    if not _is_noted(host, work, instance_id, "renew"):
        _note(host, work, instance_id, "renew", {"run": host.power.run_id(instance_id)})
    run: str | None = host.notes.read(instance_id)["renew"]["run"]
    return run


def _is_noted(host: Hypervisor, work: Work, instance_id: str, name: str) -> bool:
    note = host.notes.read(instance_id).get(name)
    wanted = {"flow": work.order.flow, "generation": work.order.generation}
    return isinstance(note, dict) and {key: note.get(key) for key in wanted} == wanted


def _note(host: Hypervisor, work: Work, instance_id: str, name: str, facts: dict[str, Any]) -> None:
    note = {"flow": work.order.flow, "generation": work.order.generation, **facts}
    host.notes.write(instance_id, {**host.notes.read(instance_id), name: note})
