"""All tables, one module a group of nouns. Schema only: statements live in the repository modules of `db/`."""

from nova_like.db.schema import (
    aggregates,
    attachments,
    compute,
    consoles,
    delegation,
    flows,
    groups,
    hosts,
    identity,
    images,
    listening,
    metadefs,
    moves,
    networks,
    notices,
    quotas,
    templates,
    tombstones,
    unified_limits,
    volumes,
)  # fmt: skip
from nova_like.db.schema.base import METADATA, db_now

__all__ = [
    "METADATA", "aggregates", "attachments", "compute", "consoles", "db_now", "delegation", "flows", "groups", "hosts",
    "identity", "images", "listening", "metadefs", "moves", "networks", "notices", "quotas", "templates", "tombstones",
    "unified_limits", "volumes",
]  # fmt: skip
