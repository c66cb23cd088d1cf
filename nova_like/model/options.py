"""What an instance's owner chose of it beyond the machine. A row keeps only what differs from the usual."""

import dataclasses
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True)
class Options:
    protected: bool = False  # a delete is refused until this is taken back
    monitored: bool = False  # a mark that is shown again
    metadata_served: bool = True  # the metadata service answers it
    token_required: bool = False  # and only what names a session token
    token_hops: int = 0  # how far the answer with a token travels; 0: as far as any packet


def of_row(row: Row) -> Options:
    """The options of an instance's row."""
    return Options(**(row.get("options") or {}))


def to_row(options: Options) -> Row | None:
    """What the row keeps: None when all is as usual."""
    usual = dataclasses.asdict(Options())
    return {name: value for name, value in dataclasses.asdict(options).items() if value != usual[name]} or None
