"""The state of one fake host, rebuilt from its log: what QEMU, its disks and its files would be."""

from dataclasses import dataclass, field
from typing import Any

from nova_like import concurrency
from nova_like.fakes import World
from nova_like.model.errors import HostFailure
from nova_like.model.orders import Capacity
from nova_like.virt.base import CRASHED, PAUSED, RUNNING, SHUTDOWN, SUSPENDED

_POWERS = {
    "crash": CRASHED, "pause": PAUSED, "unpause": RUNNING, "restore": RUNNING, "save": SUSPENDED, "define": SHUTDOWN,
    "stop": SHUTDOWN, "undefine": None,
}  # fmt: skip


@dataclass(frozen=True)
class Knobs:
    """How this world behaves: each effect takes `delay_ms` and fails with `failure_rate` (0 to 1)."""

    capacity: Capacity = Capacity(64, 262144, 4096)
    delay_ms: float = 0.0
    failure_rate: float = 0.0


@dataclass(slots=True)
class Record:
    """One guest: whether it has files, is defined, and runs; `runs` counts its starts."""

    files: bool = False
    power: str | None = None
    runs: int = 0
    note: dict[str, Any] = field(default_factory=dict)
    rescue: bool = False  # whether it has a disk to be rescued with
    copy: str = ""  # the flow that its disk was copied for
    size: tuple[int, int] = (0, 0)  # processors and MiB of memory that it was defined with
    disk_gib: int = 0
    kept: bool = False  # whether an earlier disk of it is kept
    kept_gib: int = 0
    volumes: dict[str, str] = field(default_factory=dict)  # {volume id: the name of the export that it is reached by}


class Host:
    """Guests by id. `act` is the only way that anything changes: first the log, then the memory."""

    def __init__(self, name: str, world: World, knobs: Knobs) -> None:
        self.name, self.knobs = name, knobs
        self._world = world
        self.guests: dict[str, Record] = {}
        for line in world.replay(name):
            self._apply(line["effect"], line.get("instance", ""), line)

    def act(self, effect: str, instance_id: str, cause: str = "", **facts: Any) -> None:
        """Do one effect (taking its time, perhaps failing) and write it down."""
        knobs = self.knobs
        if knobs.delay_ms:
            concurrency.sleep(concurrency.jitter(knobs.delay_ms / 1000))
        if knobs.failure_rate and concurrency.chance().random() < knobs.failure_rate:
            raise HostFailure(f"fake host {self.name}: {effect} failed", noun="instance", retry=True)
        self.record(effect, instance_id, flow=cause, **facts)

    def record(self, effect: str, instance_id: str, **facts: Any) -> None:
        """Write down an effect that neither takes time nor fails."""
        self._world.append(self.name, effect, instance=instance_id, **facts)
        self._apply(effect, instance_id, facts)

    def get(self, instance_id: str) -> Record:
        """The guest's record, an empty one when there is none."""
        return self.guests.get(instance_id) or Record()

    def _apply(self, effect: str, instance_id: str, facts: dict[str, Any]) -> None:
        if effect == "remove":
            self.guests.pop(instance_id, None)
            return
        record = self.guests.setdefault(instance_id, Record())
        if effect in _DISKS:
            _on_disk(record, effect, facts)
        elif effect == "note":
            record.note = facts.get("note") or {}
        elif effect == "start":
            record.power, record.runs = RUNNING, record.runs + 1
        elif effect in _POWERS:
            record.power = _POWERS[effect]
            if effect == "define":
                record.size = (facts.get("vcpus", 0), facts.get("ram_mib", 0))
                record.volumes = dict(facts.get("volumes") or {})
        elif effect == "attach":
            record.volumes[facts["volume"]] = facts["export"]
        elif effect == "detach":
            record.volumes.pop(facts["volume"], None)
        elif effect in ("rescue", "drop-rescue"):
            record.rescue = effect == "rescue"
        elif effect in ("copy", "drop-copy"):
            record.copy = facts.get("flow", "") if effect == "copy" else ""


_DISKS = ("prepare", "discard", "enlarge", "keep", "take-back", "give-up")


def _on_disk(record: Record, effect: str, facts: dict[str, Any]) -> None:
    """What becomes of its root disk, and of the earlier one."""
    if effect in ("prepare", "discard"):
        record.files = effect == "prepare"
    if effect in ("prepare", "enlarge"):
        record.disk_gib = facts.get("disk_gib", 0)
    elif effect == "keep":
        record.kept, record.kept_gib = True, record.disk_gib
    elif effect in ("take-back", "give-up"):
        record.kept = False
        if effect == "take-back":
            record.disk_gib = record.kept_gib
