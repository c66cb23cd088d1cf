"""What dialects ask of the services, parsed and typed; no dialect's words in them."""

from dataclasses import dataclass, field
from typing import Any

from nova_like.model.options import Options


@dataclass(frozen=True)
class Doing:
    """What an instance is at: the kind of its flow, at one of some steps ("" before the first), soft or not."""

    kind: str
    steps: tuple[str, ...] = ()
    soft: bool | None = None


@dataclass(frozen=True)
class NetworkRequest:
    """One network card: a network (with an address, perhaps), or a port that exists."""

    network_id: str | None = None
    port_id: str | None = None
    fixed_ip: str | None = None


@dataclass(frozen=True)
class BootDisk:
    """A volume that a new instance is to have: `source` is volume (that of `id`), image (of `id`) or blank, both of
    `size_gib`. `device` is a name like vdb, or empty; the one of `is_root` is what the instance starts from."""

    source: str
    id: str = ""
    size_gib: int = 0
    is_root: bool = False
    delete_on_termination: bool = False
    device: str = ""
    tag: str | None = None
    tags: dict[str, str] = field(default_factory=dict)  # of the volume that is made


@dataclass(frozen=True)
class BootInstances:
    """`networks`: a list, or "auto" (the project's one usable network), or "none". `user_data` is base64."""

    name: str
    flavor_id: str
    image_id: str  # empty when it starts from one of `disks`
    min_count: int = 1
    max_count: int = 1
    networks: list[NetworkRequest] | str = "auto"
    security_groups: list[str] = field(default_factory=list)  # names or ids; empty: default
    key_name: str | None = None
    user_data: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict, repr=False)  # path -> content in base64
    config_drive: bool = False  # files bring one, too
    zone: str | None = None
    hostname: str | None = None
    description: str | None = None
    client_token: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    hints: dict[str, str] = field(default_factory=dict)  # what a dialect shows again and nothing else reads
    wishes: dict[str, Any] = field(default_factory=dict)  # same_host, different_host: ids; host: a name
    group_id: str | None = None  # the server group that it joins
    dry_run: bool = False
    disks: tuple[BootDisk, ...] = ()
    options: Options = field(default_factory=Options)


@dataclass(frozen=True)
class RebuildInstance:
    """`values` holds what is to change: name, description, metadata, user_data (base64), files, key_name,
    hostname; None takes away what may be missing."""

    image_id: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class InstanceQuery:
    """Which instances, which page. Times are seconds; `id_ranges` are inclusive (lowest, highest) UUIDs."""

    all_projects: bool = False
    project_id: str | None = None
    ids: list[str] | None = None
    id_ranges: list[tuple[str, str]] | None = None
    name: str | None = None  # a pattern that the name matches somewhere, case-sensitive
    description: str | None = None  # the same
    hostname: str | None = None
    states: list[str] | None = None
    powers: list[str] | None = None
    host: str | None = None
    image_id: str | None = None
    flavor_id: str | None = None
    key_name: str | None = None
    zone: str | None = None
    reservation_id: str | None = None
    reservation_range: tuple[str, str] | None = None  # inclusive, as of id_ranges
    user_id: str | None = None
    address: str | None = None  # a part of a fixed address, or a pattern
    address6: str | None = None
    group_id: str | None = None
    launch_index: int | None = None
    config_drive: bool | None = None
    locked: bool | None = None
    locked_by: str | None = None  # owner | admin
    tags_all: tuple[str, ...] = ()  # tags without a value
    tags_any: tuple[str, ...] = ()
    tags_not_all: tuple[str, ...] = ()
    tags_not_any: tuple[str, ...] = ()
    doing: list[Doing] | None = None  # one of these
    created_at: float | None = None  # within this second
    launched_at: float | None = None
    terminated_at: float | None = None
    changes_since: float | None = None  # deleted ones included, as clients expect
    changes_before: float | None = None
    deleted: bool = False  # only deleted ones
    soft_deleted: bool = True  # those that may be had back, too: among the others, and among deleted ones
    deleted_since: float | None = None  # live ones, and those deleted at or after this second
    marker: str | None = None
    limit: int | None = None
    sort: list[tuple[str, str]] = field(default_factory=list)  # [(column, "asc" | "desc")]


@dataclass(frozen=True)
class Event:
    """What moves a flow on: `wake` (or the clock), or an agent's answer."""

    kind: str  # wake | done | failed | working
    step: str = ""
    undo: bool = False
    generation: int = 0
    host: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    fault: dict[str, Any] | None = None
    started_at: str = ""
    finished_at: str = ""
    boot_id: str = ""  # of the agent process that answers
    kinds: tuple[str, ...] = ("compute", "network", "volume")  # what the sender serves on that host
