"""What is left on a host that was away when it should have been taken down; held until the host says it is gone."""

import sqlalchemy as sa

from nova_like.db.schema.base import created_updated, facts, flag, id_column, number, ref, table, text

# The resource may be gone for its user, its rows may be cleared away: `facts` has the orders' payloads in full
tombstones = table(
    "tombstones", id_column(), text("kind", 16),  # instance | volume | evacuated
    ref("resource_id"), ref("project_id", null=True), text("host_kind", 16), text("host"), number("generation"),
    flag("claimed", True),  # whether these are still counted in the host's row
    number("vcpus"), number("ram_mib"), number("disk_gib"), facts("facts"), *created_updated(),
    sa.Index("ix_tombstones_host", "host"),
    sa.Index("ix_tombstones_resource_id", "resource_id"),
)  # fmt: skip
