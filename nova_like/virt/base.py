"""What a hypervisor can do, as small protocols by artefact. One `Hypervisor` is one host; instance ids are UUIDs.

Every verb looks first and can be repeated: already as asked is success. `cause` is the flow that wants the effect,
for the record only. Faults are HostFailure (retry=True when trying again may help).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol

from nova_like.model.orders import Capacity, Guest

RUNNING = "running"
SHUTDOWN = "shutdown"
CRASHED = "crashed"
PAUSED = "paused"
SUSPENDED = "suspended"


@dataclass(frozen=True)
class Base:
    """The verified image that a root disk rests on; its format is known and never probed."""

    path: str
    disk_format: str  # raw | qcow2
    virtual_size_bytes: int


class Disks(Protocol):
    def needs_image(self, guest: Guest, anew: bool = False) -> bool:
        """Whether `prepare` (after a `discard`, if `anew`) must be given the guest's base."""
        ...

    def prepare(self, guest: Guest, base: Base | None, config_drive: dict[str, bytes] | None, cause: str) -> None:
        """Make the root disk (and the config drive out of these files) exist; kept as they are when they do."""

    def discard(self, instance_id: str, cause: str) -> None:
        """Make the root disk and the config drive gone, and nothing else: the guest is to get new ones. It is down."""

    def prepare_rescue(self, guest: Guest, base: Base | None, cause: str) -> None:
        """Make a disk to rescue the guest with: it starts from that one, and its own is the second. Kept if there."""

    def drop_rescue(self, instance_id: str, cause: str) -> None:
        """Make that disk gone: the guest, which is down, starts from its own again. Success when there is none."""

    def keep(self, instance_id: str, cause: str) -> None:
        """Keep the root disk as it is, to be taken back; a copy is the guest's from now on. It is down."""

    def enlarge(self, guest: Guest, cause: str) -> None:
        """Make the root disk as large as the guest's flavor says, if it is smaller. It is down."""

    def take_back(self, instance_id: str, cause: str) -> None:
        """Make what is kept the guest's disk again; success when nothing is. It is down."""

    def give_up(self, instance_id: str, cause: str) -> None:
        """Make gone what is kept. Success when nothing is."""

    def is_kept(self, instance_id: str) -> bool:
        """Whether an earlier disk of the guest is kept."""
        ...

    def remove(self, instance_id: str) -> None:
        """Make every file of the instance gone, its notes included."""

    def instances(self) -> set[str]:
        """The instances that have files here."""
        ...

    def bases(self) -> set[str]:
        """Paths of the bases in use by some disk."""
        ...


class Power(Protocol):
    def define(self, guest: Guest, cause: str) -> None:
        """Make the guest known, in its present definition, not running."""

    def start(self, instance_id: str, cause: str) -> None:
        """Make it run. Raises NotFound when it is not defined."""

    def press(self, instance_id: str) -> None:
        """Ask the guest to shut down (ACPI button); returns at once, the guest may ignore it."""

    def stop(self, instance_id: str, cause: str) -> None:
        """Make it not run, at once, its saved memory included. Success when it is unknown."""

    def pause(self, instance_id: str, cause: str) -> None:
        """Make a running guest stand still, its memory kept where it is. Raises Conflict when it does not run."""

    def unpause(self, instance_id: str, cause: str) -> None:
        """Let a paused guest go on. Raises Conflict when it is down."""

    def save(self, instance_id: str, cause: str) -> None:
        """Write a running or paused guest's memory to disk and end it: `start` goes on from there. Raises Conflict when
        it does not run."""

    def undefine(self, instance_id: str, cause: str) -> None:
        """Make it unknown (it does not run). Success when it is."""

    def state(self, instance_id: str) -> str | None:
        """Its power state, None when it is unknown."""
        ...

    def states(self) -> dict[str, str]:
        """The power states of all guests of ours on this host. Raises Unavailable when nobody can tell now."""
        ...

    def run_id(self, instance_id: str) -> str | None:
        """What names this run of the guest, different after each start; None when it does not run."""
        ...


class Nics(Protocol):
    def check(self, guest: Guest) -> None:
        """Raise HostFailure when a tap that the network agent makes is missing."""


VNC, SERIAL = "vnc", "serial"


class Console(Protocol):
    def tail(self, instance_id: str, max_bytes: int) -> bytes:
        """The last bytes of the console log, empty when there is none."""
        ...

    def open(self, instance_id: str, kind: str) -> int:
        """A descriptor that carries bytes to and from the guest's VNC display or serial port, until the guest ends; the
        caller's to close. Raises NotFound, Conflict when the guest does not run or has no such console."""
        ...

    def picture(self, instance_id: str, wake: bool) -> bytes:
        """What the guest's display shows now, as PNG; `wake` presses a key that writes nothing first. Raises NotFound,
        Conflict when the guest does not run or has no display, HostFailure."""
        ...


class Inside(Protocol):
    """What is done by an agent in the guest, which may have none."""

    def set_password(self, instance_id: str, user: str, password: str) -> None:
        """Raises NotFound, Conflict (`power`: it does not run; `no_agent`: nobody in it answers; `refused`)."""


class Notes(Protocol):
    """A small record kept with the instance, outliving the agent; gone with the instance."""

    def read(self, instance_id: str) -> dict[str, Any]: ...

    def write(self, instance_id: str, note: dict[str, Any]) -> None: ...


class Copies(Protocol):
    """Whole copies of a guest's root disk, each kept under the name of the flow that wants it (`cause`)."""

    def make(self, instance_id: str, cause: str, cancelled: Callable[[], bool]) -> None:
        """Have a qcow2 that rests on nothing, of the root disk as it was at one moment; kept if there, and the only
        one. A guest that runs goes on. Raises NotFound, Conflict when called off."""

    def open(self, instance_id: str, cause: str) -> BinaryIO:
        """The copy, to be read from its start. Raises NotFound."""
        ...

    def drop(self, instance_id: str) -> None:
        """Make every copy of the guest's gone, and one that is being made. Success when there is none."""


class Volumes(Protocol):
    def fit(self, guest: Guest, cause: str) -> bool:
        """Make the volumes of a guest that is known those that it names: in its definition, and in its run if it is
        up. False while a run has not let go of one, which is the guest's own doing: try again."""
        ...

    def fits(self, guest: Guest) -> bool:
        """Whether its volumes are those that it names."""
        ...


class Facts(Protocol):
    def capacity(self) -> Capacity: ...

    def facts(self) -> dict[str, Any]:
        """hypervisor_type, hypervisor_version, hypervisor_hostname, booted_at (seconds since 1970), cpu_info."""
        ...


@dataclass(frozen=True)
class Hypervisor:
    """One host, as its parts."""

    name: str
    power: Power
    disks: Disks
    nics: Nics
    console: Console
    notes: Notes
    copies: Copies
    volumes: Volumes
    facts: Facts
    inside: Inside
