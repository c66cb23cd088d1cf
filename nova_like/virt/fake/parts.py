"""The protocols of `virt.base` over a fake host. Decides nothing: looks at the record, writes the effect."""

from typing import Any

from nova_like.model.errors import Conflict, NotFound
from nova_like.model.orders import Capacity, Guest
from nova_like.virt import machine
from nova_like.virt.base import CRASHED, PAUSED, RUNNING, SHUTDOWN, SUSPENDED, Base
from nova_like.virt.fake import lines
from nova_like.virt.fake.host import Host
from nova_like.virt.fake.volumes import exports


class Power:
    def __init__(self, host: Host) -> None:
        self._host = host

    def define(self, guest: Guest, cause: str) -> None:
        record, volumes = self._host.get(guest.id), exports(guest)
        same = (record.size, record.volumes) == ((guest.vcpus, guest.ram_mib), volumes)
        if record.power is None or (record.power in (SHUTDOWN, CRASHED) and not same):
            more = {"volumes": volumes} if volumes else {}
            self._host.act("define", guest.id, cause, vcpus=guest.vcpus, ram_mib=guest.ram_mib, **more)

    def start(self, instance_id: str, cause: str) -> None:
        record = self._host.get(instance_id)
        if record.power is None:
            raise NotFound("instance", instance_id)
        if record.power not in (RUNNING, PAUSED):
            self._host.act("restore" if record.power == SUSPENDED else "start", instance_id, cause)

    def press(self, instance_id: str) -> None:
        """A fake guest is well-behaved: it shuts down at once."""
        if self._host.get(instance_id).power == RUNNING:
            self._host.record("stop", instance_id, reason="acpi")

    def stop(self, instance_id: str, cause: str) -> None:
        if self._host.get(instance_id).power not in (None, SHUTDOWN, CRASHED):
            self._host.act("stop", instance_id, cause)

    def pause(self, instance_id: str, cause: str) -> None:
        self._become("pause", PAUSED, (RUNNING,), instance_id, cause)

    def unpause(self, instance_id: str, cause: str) -> None:
        self._become("unpause", RUNNING, (PAUSED,), instance_id, cause)

    def save(self, instance_id: str, cause: str) -> None:
        self._become("save", SUSPENDED, (RUNNING, PAUSED), instance_id, cause)

    def _become(self, effect: str, wanted: str, before: tuple[str, ...], instance_id: str, cause: str) -> None:
        power = self._host.get(instance_id).power
        if power == wanted:
            return
        if power not in before:
            raise Conflict(f"the guest is {power or 'unknown'}", "instance", code="power", id=instance_id)
        self._host.act(effect, instance_id, cause)

    def undefine(self, instance_id: str, cause: str) -> None:
        if self._host.get(instance_id).power is not None:
            self._host.act("undefine", instance_id, cause)

    def state(self, instance_id: str) -> str | None:
        return self._host.get(instance_id).power

    def states(self) -> dict[str, str]:
        return {id: record.power for id, record in list(self._host.guests.items()) if record.power is not None}

    def run_id(self, instance_id: str) -> str | None:
        record = self._host.get(instance_id)
        return str(record.runs) if record.power in (RUNNING, PAUSED) else None


class Disks:
    def __init__(self, host: Host) -> None:
        self._host = host

    def needs_image(self, guest: Guest, anew: bool = False) -> bool:
        return False

    def prepare(self, guest: Guest, base: Base | None, config_drive: dict[str, bytes] | None, cause: str) -> None:
        if not self._host.get(guest.id).files:
            self._host.act("prepare", guest.id, cause, disk_gib=guest.disk_gib)

    def discard(self, instance_id: str, cause: str) -> None:
        if self._host.get(instance_id).files:
            self._host.act("discard", instance_id, cause)

    def prepare_rescue(self, guest: Guest, base: Base | None, cause: str) -> None:
        if not self._host.get(guest.id).rescue:
            self._host.act("rescue", guest.id, cause)

    def drop_rescue(self, instance_id: str, cause: str) -> None:
        if self._host.get(instance_id).rescue:
            self._host.act("drop-rescue", instance_id, cause)

    def keep(self, instance_id: str, cause: str) -> None:
        if not self._host.get(instance_id).kept:
            self._host.act("keep", instance_id, cause)

    def enlarge(self, guest: Guest, cause: str) -> None:
        if self._host.get(guest.id).disk_gib < guest.disk_gib:
            self._host.act("enlarge", guest.id, cause, disk_gib=guest.disk_gib)

    def take_back(self, instance_id: str, cause: str) -> None:
        if self._host.get(instance_id).kept:
            self._host.act("take-back", instance_id, cause)

    def give_up(self, instance_id: str, cause: str) -> None:
        if self._host.get(instance_id).kept:
            self._host.act("give-up", instance_id, cause)

    def is_kept(self, instance_id: str) -> bool:
        return self._host.get(instance_id).kept

    def remove(self, instance_id: str) -> None:
        if instance_id in self._host.guests:
            self._host.act("remove", instance_id)

    def instances(self) -> set[str]:
        return {id for id, record in list(self._host.guests.items()) if record.files}

    def bases(self) -> set[str]:
        return set()


class Nics:
    def check(self, guest: Guest) -> None:
        return


_BOOTED = "fake kernel: no disk was read\nfake init: nothing to start\nlogin: \n"  # what each start says


class Console:
    def __init__(self, host: Host) -> None:
        self._host = host

    def tail(self, instance_id: str, max_bytes: int) -> bytes:
        runs = self._host.get(instance_id).runs
        text = "".join(f"fake guest {instance_id} start {run + 1}\n{_BOOTED}" for run in range(runs))
        return text.encode()[-max_bytes:] if max_bytes > 0 else b""

    def open(self, instance_id: str, kind: str) -> int:
        if (power := self._host.get(instance_id).power) is None:
            raise NotFound("instance", instance_id)
        if power not in (RUNNING, PAUSED):
            raise Conflict("the guest does not run", "instance", code="power", id=instance_id)
        return lines.line(self._host, instance_id, kind)

    def picture(self, instance_id: str, wake: bool) -> bytes:
        if (power := self._host.get(instance_id).power) is None:
            raise NotFound("instance", instance_id)
        if power not in (RUNNING, PAUSED):
            raise Conflict("the guest does not run", "instance", code="power", id=instance_id)
        return lines.picture(instance_id)


class Inside:
    def __init__(self, host: Host) -> None:
        self._host = host

    def set_password(self, instance_id: str, user: str, password: str) -> None:
        """Every fake guest has an agent in it, whatever its image says of itself."""
        if (power := self._host.get(instance_id).power) is None:
            raise NotFound("instance", instance_id)
        if power != RUNNING:
            raise Conflict("the guest does not run", "instance", code="power", id=instance_id)
        self._host.act("set-password", instance_id, user=user)


class Notes:
    def __init__(self, host: Host) -> None:
        self._host = host

    def read(self, instance_id: str) -> dict[str, Any]:
        return dict(self._host.get(instance_id).note)

    def write(self, instance_id: str, note: dict[str, Any]) -> None:
        self._host.record("note", instance_id, note=note)


class Facts:
    def __init__(self, host: Host) -> None:
        self._host, self._booted_at = host, machine.booted_at()

    def capacity(self) -> Capacity:
        return self._host.knobs.capacity

    def facts(self) -> dict[str, Any]:
        return {
            "hypervisor_type": "fake",
            "hypervisor_version": 1000000,
            "hypervisor_hostname": self._host.name,
            "booted_at": self._booted_at,
            "cpu_info": {"arch": "x86_64", "model": "fake"},
        }
