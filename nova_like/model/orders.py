"""What the controller sends to agents and what they send back: complete facts, declared once for both sides.

An agent never asks for more than its order holds. Sizes carry their unit in the name.
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Order:
    """The head of every command of a flow: which step of which flow, for which generation of which resource.

    `boot_id` is the agent process it is meant for; `step` is the recipe's step name; `undo` asks for its reverse.
    """

    flow: str
    step: str
    resource: str
    generation: int
    host: str
    boot_id: str
    undo: bool = False


@dataclass(frozen=True)
class Rule:
    """One security group rule. Ports are inclusive; for icmp they are type and code.

    The other side is whoever is in the group `remote_group`, if that is set: an empty group, or one that the reader
    does not know, is nobody. Else it is `remote_cidrs`, and everywhere when there are none.
    """

    direction: str = "ingress"  # ingress | egress
    ethertype: str = "IPv4"  # IPv4 | IPv6
    protocol: str | None = None  # tcp, udp, icmp, a number, or None for all
    port_min: int | None = None
    port_max: int | None = None
    remote_cidrs: tuple[str, ...] = ()
    remote_group: str | None = None  # a group's id; hosts resolve it to its members' addresses


@dataclass(frozen=True)
class Subnet:
    id: str
    cidr: str
    gateway: str | None = None
    dns: tuple[str, ...] = ()
    dhcp: bool = True


@dataclass(frozen=True)
class Network:
    id: str
    name: str = ""
    mtu: int = 1500
    subnets: tuple[Subnet, ...] = ()


@dataclass(frozen=True)
class Address:
    subnet_id: str
    address: str


@dataclass(frozen=True)
class Port:
    """A guest's network card. Its tap on the host is named by `tap_name(id)`."""

    id: str
    mac: str
    network: Network
    addresses: tuple[Address, ...] = ()
    rules: tuple[Rule, ...] = ()
    security_groups: tuple[str, ...] = ()  # names, for metadata
    port_security: bool = True
    group_ids: tuple[str, ...] = ()  # of its security groups: makes it a remote of rules that name one


def tap_name(port_id: str) -> str:
    """`tap` and 11 characters of the port id: Linux allows 15."""
    return "tap" + port_id[:11]


@dataclass(frozen=True)
class GuestMetadata:
    """All that a guest may read of itself, in either dialect; `user_data` and what is in `files`, by path, are base64
    as the client sent it."""

    instance_id: str
    project_id: str
    name: str
    hostname: str
    reservation_id: str = ""
    image_id: str = ""
    flavor_name: str = ""
    zone: str = ""
    launch_index: int = 0
    created_at: str = ""
    keys: dict[str, str] = field(default_factory=dict)  # key name -> OpenSSH public key
    certificates: dict[str, str] = field(default_factory=dict)  # key name -> X.509 certificate in PEM
    user_data: str | None = field(default=None, repr=False)
    files: dict[str, str] = field(default_factory=dict, repr=False)
    meta: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    served: bool = True  # False: every request is refused
    token_required: bool = False  # requests without a session token are refused
    token_hops: int = 0  # how far the answer with a token travels; 0: as far as any packet


FETCH_SECONDS = 1800.0  # that a host may take to fetch an image; whoever waits for it waits longer


@dataclass(frozen=True)
class ImageLink:
    """Where to fetch an image, and what it must be. `url` is signed and expires; it is not logged."""

    id: str
    url: str = field(repr=False)
    sha256: str = ""
    size_bytes: int = 0
    disk_format: str = "qcow2"  # one of image_formats.ON_HOST, as inspected at upload; never probed again
    virtual_size_bytes: int = 0


@dataclass(frozen=True)
class Upload:
    """Where the copy of an instance's disk is to go, and what it is. `url` is signed for this very data; not logged."""

    instance_id: str
    image_id: str
    url: str = field(repr=False)
    sha256: str = ""
    size_bytes: int = 0


@dataclass(frozen=True)
class Connection:
    """Where a back end lets one attachment's volume be reached by NBD. Who knows the name may read and write it."""

    address: str
    port: int
    name: str = field(repr=False)


ROOT = "vda"


@dataclass(frozen=True)
class GuestVolume:
    """A volume that a guest is to have, as its disk `device` (`vdb`)."""

    id: str
    device: str
    connection: Connection


@dataclass(frozen=True)
class Guest:
    """An instance as a compute agent needs it."""

    id: str
    name: str
    vcpus: int
    ram_mib: int
    disk_gib: int
    image: ImageLink | None = None
    ports: tuple[Port, ...] = ()
    metadata: GuestMetadata | None = None
    config_drive: bool = False
    rescue: ImageLink | None = None  # of the disk that it is to be rescued with
    volumes: tuple[GuestVolume, ...] = ()  # all that it is to have
    agent: bool = False  # whether it is given a line to an agent in it

    @property
    def starts_from_volume(self) -> bool:
        """Whether its root disk is one of its volumes: it has none of its own then."""
        return any(volume.device == ROOT for volume in self.volumes)


@dataclass(frozen=True)
class Plug:
    """The ports of one instance on one host, with what its metadata server answers for them."""

    instance_id: str
    ports: tuple[Port, ...]
    metadata: GuestMetadata


@dataclass(frozen=True)
class Volume:
    id: str
    project_id: str
    size_gib: int


@dataclass(frozen=True)
class Export:
    """A volume that is (or is no longer) to be reached by whoever has this attachment of it, and by nobody else."""

    attachment_id: str
    volume: Volume


@dataclass(frozen=True)
class Power:
    """A power order: `soft` asks the guest first and waits `grace_seconds` before it forces."""

    instance_id: str
    soft: bool = True
    grace_seconds: int = 60


@dataclass(frozen=True)
class Answer:
    """What an agent says of an order: state `done`, `failed` or `working`; `fault` as errors.to_dict."""

    flow: str
    step: str
    resource: str
    generation: int
    host: str
    boot_id: str
    state: str
    undo: bool = False
    facts: dict[str, Any] = field(default_factory=dict)
    fault: dict[str, Any] | None = None
    started_at: str = ""  # ISO 8601, the agent's wall clock, for the timeline only
    finished_at: str = ""


@dataclass(frozen=True)
class Capacity:
    vcpus: int = 0
    ram_mib: int = 0
    disk_gib: int = 0


@dataclass(frozen=True)
class HostReport:
    """What a host is and has; `powers` maps every instance id that the host knows to its power state, or is None
    when this report says nothing of instances. `boot_id` is the agent process's; `hello` marks its first report."""

    kind: str  # compute | network | volume
    host: str
    address: str  # the bus address that serves it
    boot_id: str
    hello: bool = False
    capacity: Capacity | None = None
    facts: dict[str, Any] = field(default_factory=dict)  # hypervisor type and version, cpu model, ...
    powers: dict[str, str] | None = None  # running | shutdown | crashed | paused | suspended
    generations: dict[str, int] | None = None  # of the order that each guest had last finished; None: not told
    plugged: list[str] | None = None  # ids of the instances that have ports on this host; None: not told
    number: int = 0  # of this process's reports, rising; 0 is not told
