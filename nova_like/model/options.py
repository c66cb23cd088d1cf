"""What an instance's owner chose of it, or its image, beyond the machine. A row keeps only what is not usual."""

import dataclasses
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]
_YES = ("yes", "true", "1", "on", "y", "t")


@dataclass(frozen=True)
class Options:
    protected: bool = False  # a delete is refused until this is taken back
    monitored: bool = False  # a mark that is shown again
    metadata_served: bool = True  # the metadata service answers it
    token_required: bool = False  # and only what names a session token
    token_hops: int = 0  # how far the answer with a token travels; 0: as far as any packet
    guest_agent: bool = False  # its image has an agent in it, which the hypervisor can speak to


def of_row(row: Row) -> Options:
    """The options of an instance's row."""
    return Options(**(row.get("options") or {}))


def to_row(options: Options) -> Row | None:
    """What the row keeps: None when all is as usual."""
    usual = dataclasses.asdict(Options())
    return {name: value for name, value in dataclasses.asdict(options).items() if value != usual[name]} or None


def with_image(options: Options, properties: Row | None) -> Options:
    """The same, with what the image (Glance's property `hw_qemu_guest_agent`) says of itself."""
    said = str((properties or {}).get("hw_qemu_guest_agent", "")).lower() in _YES
    return options if said == options.guest_agent else dataclasses.replace(options, guest_agent=said)
